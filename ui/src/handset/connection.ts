/** The handset's socket: the call under way is repeated on load, events resume by number after a break. */
import { useEffect, useReducer, useRef, useState } from 'react';
import { randomKey } from '../api/client.ts';
import { waitBefore } from '../api/live.ts';
import { happen, QUIET, type Command, type HandsetState, type Letter, type Received } from './state.ts';

/** A call under way is repeated in one burst; only what comes later is news to speak or to ring for. */
const REPLAY_MS = 700;

export interface Handset {
  state: HandsetState;
  live: boolean;
  act: (command: Command) => void;
  clear: () => void;
}

export function useHandset(address: string, mail: string, onNews: (frame: Received) => void): Handset {
  const [state, dispatch] = useReducer(happen, QUIET);
  const [live, setLive] = useState(false);
  const socket = useRef<WebSocket | null>(null);
  const news = useRef(onNews);
  news.current = onNews;
  const kept = `cc-handset:${address}:${mail}`;

  useEffect(() => {
    let last: number | null = null;
    let world = '';
    let timer: ReturnType<typeof setTimeout> | undefined;
    let attempt = 0;
    let ended = false;
    dispatch({ type: 'sent-mails', mails: read<Letter[]>(`${kept}:mails`) ?? [] });

    function take(frame: Received, isNews: boolean): void {
      if (frame.event === 'hello') {
        if (world && world !== frame.world) dispatch({ type: 'new-world' });
        world = frame.world;
        last ??= frame.n;
      } else if (frame.n !== undefined) last = frame.n;
      if (frame.event === 'inbox') frame.me = address;
      if (frame.event === 'error' && frame.fatal) ended = true;
      dispatch({ type: 'received', frame, at: timeOf(frame, isNews) });
      if (isNews) news.current(frame);
    }

    /** When a call was answered is not in the log: this page remembers it over a reload. */
    function timeOf(frame: Received, isNews: boolean): number {
      if (frame.event !== 'answered') return Date.now();
      const known = read<{ n: number; at: number }>(`${kept}:answered`);
      if (!isNews && known?.n === frame.n) return known?.at ?? Date.now();
      keep(`${kept}:answered`, { n: frame.n, at: Date.now() });
      return Date.now();
    }

    function connect(): void {
      const query = new URLSearchParams({ address, mail, hello: '1' });
      if (last !== null) query.set('after', String(last));
      if (world) query.set('world', world);
      const opened = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/handset/ws?${query}`);
      const fresh = last === null;
      let since = Infinity;
      socket.current = opened;
      opened.onopen = () => {
        since = performance.now();
        attempt = 0;
        setLive(true);
        opened.send(JSON.stringify({ do: 'inbox' }));
      };
      opened.onmessage = (message) => take(JSON.parse(String(message.data)) as Received, !fresh || performance.now() - since > REPLAY_MS);
      opened.onclose = () => {
        setLive(false);
        if (!ended) timer = setTimeout(connect, waitBefore(attempt++));
      };
    }

    connect();
    return () => {
      ended = true;
      clearTimeout(timer);
      socket.current?.close();
    };
  }, [address, mail, kept]);

  const act = (command: Command) => {
    if (socket.current?.readyState !== WebSocket.OPEN) return;
    const key = randomKey();
    const at = Date.now();
    // A command with an id acts once, and its refusal names it.
    socket.current.send(JSON.stringify({ ...command, id: key }));
    dispatch({ type: 'did', command, key, at });
    if (command.do === 'mail') {
      const letter: Letter = { key, out: true, with: command.address, subject: command.subject, text: command.body, at: new Date(at).toISOString() };
      keep(`${kept}:mails`, [...(read<Letter[]>(`${kept}:mails`) ?? []), letter].slice(-50));
    }
  };
  return { state, live, act, clear: () => dispatch({ type: 'clear' }) };
}

function read<T>(key: string): T | null {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? 'null') as T | null;
  } catch {
    return null;
  }
}

function keep(key: string, value: unknown): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Without storage a reload forgets the mails sent and the time of the call, nothing else.
  }
}
