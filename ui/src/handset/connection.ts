/** The handset's socket: events replayed from the start on load, resumed by number after a break. */
import { useEffect, useReducer, useRef, useState } from 'react';
import { waitBefore } from '../api/live.ts';
import { randomKey } from '../api/client.ts';
import { happen, QUIET, type Command, type HandsetState, type Received } from './state.ts';

/** Events of a replay come in one burst; only what comes later is news to speak or to ring for. */
const REPLAY_MS = 700;

interface Own {
  command: Command;
  key: string;
  /** The number of the last event before it, so that a reload puts it back in its place. */
  after: number;
  at: number;
}

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
  const last = useRef(0);
  const news = useRef(onNews);
  news.current = onNews;
  const stored = `cc-handset:${address}:${mail}`;

  useEffect(() => {
    let own = readOwn(stored);
    let timer: ReturnType<typeof setTimeout> | undefined;
    let attempt = 0;
    let ended = false;
    last.current = 0;

    // What came without a time is told by what its owner did last before it.
    let told = 0;

    function replayOwn(upTo: number): void {
      for (const each of own) {
        // A call nothing followed is not known to the server any more: it would ring for ever.
        const forgotten = upTo === Infinity && (each.command.do === 'call' || each.command.do === 'answer');
        if (each.after < upTo && !forgotten) dispatch({ type: 'did', command: each.command, key: each.key, at: each.at });
        if (each.after < upTo) told = each.at;
      }
      own = own.filter((each) => each.after >= upTo);
    }

    function connect(): void {
      const query = new URLSearchParams({ address, mail, after: String(last.current) });
      const opened = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/handset/ws?${query}`);
      socket.current = opened;
      let since = Infinity;
      opened.onopen = () => {
        since = performance.now();
        attempt = 0;
        setLive(true);
        if (last.current > 0) return;
        setTimeout(() => {
          replayOwn(Infinity);
          dispatch({ type: 'clear' });
        }, REPLAY_MS);
      };
      opened.onmessage = (message) => {
        const frame = JSON.parse(String(message.data)) as Received;
        replayOwn(frame.n);
        last.current = frame.n;
        const isNews = performance.now() - since > REPLAY_MS;
        dispatch({ type: 'received', frame, at: isNews ? Date.now() : told || Date.now() });
        if (isNews) news.current(frame);
      };
      opened.onclose = () => {
        if (ended) return;
        setLive(false);
        timer = setTimeout(connect, waitBefore(attempt++));
      };
    }

    connect();
    return () => {
      ended = true;
      clearTimeout(timer);
      socket.current?.close();
    };
  }, [address, mail, stored]);

  const act = (command: Command) => {
    if (socket.current?.readyState !== WebSocket.OPEN) return;
    socket.current.send(JSON.stringify(command));
    const key = `d${randomKey()}`;
    const at = Date.now();
    if (command.do !== 'inbox' && command.do !== 'hangup') keepOwn(stored, { command, key, after: last.current, at });
    dispatch({ type: 'did', command, key, at });
  };
  return { state, live, act, clear: () => dispatch({ type: 'clear' }) };
}

function readOwn(stored: string): Own[] {
  try {
    return JSON.parse(sessionStorage.getItem(stored) ?? '[]') as Own[];
  } catch {
    return [];
  }
}

function keepOwn(stored: string, own: Own): void {
  try {
    sessionStorage.setItem(stored, JSON.stringify([...readOwn(stored), own].slice(-200)));
  } catch {
    // Without storage what was sent is forgotten at a reload; what was received is not.
  }
}
