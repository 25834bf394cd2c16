/** The server's clock as the desk knows it: waits and countdowns must not depend on this machine's. */
let offsetMs = 0;

export function learnServerTime(at: string): void {
  const server = Date.parse(at);
  if (!Number.isNaN(server)) offsetMs = server - Date.now();
}

export function serverNow(): number {
  return Date.now() + offsetMs;
}

export function secondsSince(at: string): number {
  return (serverNow() - Date.parse(at)) / 1000;
}
