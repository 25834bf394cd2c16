/** A comparison that is followed until it has ended. */
import { useEffect } from 'react';
import { api } from '../api/client.ts';
import type { WhatIfRun } from '../api/types.ts';
import { useLoad, type Loaded } from '../parts/hooks.ts';

const POLL_MS = 700;

export function useRun(id: string | null): Loaded<WhatIfRun> {
  const run = useLoad(id && `whatif ${id}`, (signal) => api.get<WhatIfRun>(`/routing/whatif/${id}`, {}, signal));
  const { reload } = run;
  const isRunning = run.data?.state === 'running';
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(reload, POLL_MS);
    return () => clearInterval(timer);
  }, [isRunning, reload]);
  return run;
}
