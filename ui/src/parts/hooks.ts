/** Small hooks several desks share. */
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { asProblem, type Problem } from '../api/client.ts';

const listeners = new Set<() => void>();
let beat = 0;
let ticker: ReturnType<typeof setInterval> | undefined;

function onBeat(listener: () => void): () => void {
  listeners.add(listener);
  ticker ??= setInterval(() => {
    beat += 1;
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(ticker);
      ticker = undefined;
    }
  };
}

/** Renders again each second; one timer serves the whole page. */
export function useSecond(): number {
  return useSyncExternalStore(onBeat, () => beat);
}

export interface Loaded<T> {
  data: T | null;
  problem: Problem | null;
  loading: boolean;
  reload: () => void;
  set: (data: T) => void;
}

/** Loads when `key` changes; an answer that comes too late is dropped. `key` null loads nothing. */
export function useLoad<T>(key: string | null, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [data, set] = useState<T | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [loading, setLoading] = useState(key !== null);
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    if (key === null) return;
    const control = new AbortController();
    setLoading(true);
    latest.current(control.signal).then(
      (value) => {
        if (control.signal.aborted) return;
        set(value);
        setProblem(null);
        setLoading(false);
      },
      (fault: unknown) => {
        if (control.signal.aborted) return;
        setProblem(asProblem(fault));
        setLoading(false);
      },
    );
    return () => control.abort();
  }, [key, turn]);
  const reload = useCallback(() => setTurn((n) => n + 1), []);
  return { data, problem, loading, reload, set };
}

/** The value once it has rested for `ms`. */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

/** The value, changing at most once in `ms`: what never rests is still followed. */
export function useThrottled<T>(value: T, ms: number): T {
  const [shown, setShown] = useState(value);
  const changedAt = useRef(-Infinity);
  useEffect(() => {
    const wait = Math.max(0, changedAt.current + ms - performance.now());
    const timer = setTimeout(() => {
      changedAt.current = performance.now();
      setShown(value);
    }, wait);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return shown;
}

/** Keeps a growing list scrolled to its end while the reader is at its end. */
export function useStickToEnd<E extends HTMLElement>(): React.RefObject<E | null> {
  const ref = useRef<E>(null);
  useEffect(() => {
    const list = ref.current;
    if (!list) return;
    let atEnd = true;
    const remember = () => {
      atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 48;
    };
    const follow = () => {
      if (atEnd) list.scrollTop = list.scrollHeight;
    };
    follow();
    // What grows is not only the number of entries: a delivery state adds a line to an old one.
    const changes = new MutationObserver(follow);
    changes.observe(list, { childList: true, subtree: true, characterData: true });
    const sizes = new ResizeObserver(follow);
    sizes.observe(list);
    list.addEventListener('scroll', remember, { passive: true });
    return () => {
      changes.disconnect();
      sizes.disconnect();
      list.removeEventListener('scroll', remember);
    };
  }, []);
  return ref;
}
