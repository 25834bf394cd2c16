import { serverNow } from '../api/time.ts';
import { useSecond } from '../parts/hooks.ts';

/** Seconds since the frame came: waits go on while nothing is sent. */
export function useAge(at: string): number {
  useSecond();
  return Math.max(0, (serverNow() - Date.parse(at)) / 1000);
}
