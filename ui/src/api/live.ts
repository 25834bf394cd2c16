/** The live socket (docs/reference/live.md): a snapshot, then numbered frames, resumed by number. */
import type { AgentState, CampaignInfo, CustomerCard, EventInfo, FloorInfo, InteractionDetail, InteractionInfo, Offer } from './types.ts';

export interface MeSnapshot {
  state: AgentState;
  offers: Offer[];
  interactions: InteractionDetail[];
  at: string;
}

export type Frame =
  | { n: number; type: 'snapshot'; topic: 'me'; data: MeSnapshot }
  | { n: number; type: 'snapshot' | 'floor'; topic: 'floor'; data: FloorInfo }
  | { n: number; type: 'state'; topic: 'me'; data: AgentState }
  | { n: number; type: 'offer'; topic: 'me'; data: Offer }
  | { n: number; type: 'event'; topic: 'me'; data: { interaction: InteractionInfo; event: EventInfo } }
  | { n: number; type: 'customer'; topic: 'me'; data: CustomerCard }
  | { n: number; type: 'snapshot' | 'campaign'; topic: `campaign:${string}`; data: CampaignInfo };

export type LiveStatus = 'connecting' | 'live' | 'lost';

interface Options {
  topics: string[];
  onFrame: (frame: Frame) => void;
  onStatus: (status: LiveStatus) => void;
}

const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 8000;

/** Waits grow by half each time, with a random part so that a restarted server is not stormed. */
export function waitBefore(attempt: number, random = Math.random()): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 1.5 ** attempt) * (0.75 + random / 2);
}

/** Opens the socket and keeps it open until the returned function is called. */
export function openLive({ topics, onFrame, onStatus }: Options): () => void {
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let last: number | null = null;
  let ended = false;

  function connect(): void {
    clearTimeout(timer);
    onStatus(attempt === 0 ? 'connecting' : 'lost');
    const opened = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/v1/live`);
    socket = opened;
    opened.onopen = () => opened.send(JSON.stringify({ hello: last === null ? { topics } : { topics, after: last } }));
    opened.onmessage = (message) => {
      const frame = JSON.parse(String(message.data)) as Frame | { type: 'problem'; code: string; detail: string };
      if (frame.type === 'problem') {
        console.error('live socket:', frame.code, frame.detail);
        return;
      }
      attempt = 0;
      last = frame.n;
      onStatus('live');
      onFrame(frame);
    };
    opened.onclose = () => {
      if (ended || socket !== opened) return;
      onStatus('lost');
      timer = setTimeout(connect, waitBefore(attempt++));
    };
  }

  /** The network is back or the page is looked at again: do not wait for the timer. */
  function hurry(): void {
    if (document.visibilityState === 'hidden' || socket?.readyState === WebSocket.OPEN) return;
    attempt = Math.max(attempt, 1);
    socket?.close();
    connect();
  }

  addEventListener('online', hurry);
  document.addEventListener('visibilitychange', hurry);
  connect();
  return () => {
    ended = true;
    clearTimeout(timer);
    removeEventListener('online', hurry);
    document.removeEventListener('visibilitychange', hurry);
    socket?.close();
  };
}
