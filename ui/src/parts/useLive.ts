/** The live socket of a desk; when it is back, problems of reaching the server are no news any more. */
import { useEffect, useRef, useState } from 'react';
import { openLive, type Frame, type LiveStatus } from '../api/live.ts';
import { forgetUnreachable } from './notices.tsx';

export function useLive(topic: string, onFrame: (frame: Frame) => void): LiveStatus {
  const [status, setStatus] = useState<LiveStatus>('connecting');
  const latest = useRef(onFrame);
  latest.current = onFrame;
  useEffect(() => openLive({ topics: [topic], onStatus: setStatus, onFrame: (frame) => latest.current(frame) }), [topic]);
  useEffect(() => {
    if (status === 'live') forgetUnreachable();
  }, [status]);
  return status;
}
