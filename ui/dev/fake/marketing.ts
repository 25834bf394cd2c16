/** The marketer's half of the fake. */
import type { WebSocket } from 'ws';
import type { FakeFloor } from './floor.ts';

export class Marketing {
  constructor(readonly floor: FakeFloor) {}

  open(_socket: WebSocket, _topics: string[]): void {}

  answer(_method: string, _path: string[], _url: URL, _body: Record<string, unknown>): { status?: number; body: unknown } | null {
    return null;
  }
}
