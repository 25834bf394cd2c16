/**
 * A fake of the server inside Vite's dev and preview servers, so that the desks can be worked on
 * alone: `npm run dev`, then /sign-in?as=agent (supervisor, marketer, administrator). Never built.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Connect, Plugin } from 'vite';
import { WebSocketServer } from 'ws';
import type { Role, Session } from '../../src/api/types.ts';
import { CUSTOMERS, id, MAIL, SMS, VOICE } from './data.ts';
import { FakeFloor } from './floor.ts';
import { openHandset, ringHandset } from './handset.ts';
import { Marketing } from './marketing.ts';

/** As `contactcenter/web/middleware.py` sends it. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const LINES: Session['lines'] = [
  { address: VOICE, channel: 'voice', provider: 'simulated', name: 'Care line' },
  { address: SMS, channel: 'sms', provider: 'simulated', name: 'Care texts' },
  { address: MAIL, channel: 'email', provider: 'smtp', name: 'Care mailbox' },
];

const NAMES: Record<Role, string> = { agent: 'Mei Lin', supervisor: 'Ada Okafor', marketer: 'Luca Moretti', administrator: 'Sam Reed' };

function session(role: Role): Session {
  return {
    account: { id: id(), name: role, display_name: NAMES[role], role, language: 'en' }, csrf: 'fake', lines: LINES,
    dispositions: [['solved', 'Solved'], ['follow_up', 'Follow-up needed'], ['sold', 'Sold'], ['wrong_number', 'Wrong number'], ['no_answer', 'Not reached']].map(([code, text]) => ({ code: code!, text: text! })),
    away_reasons: ['break', 'meal', 'training', 'meeting', 'other'].map((code) => ({ code, text: code })),
  };
}

type Answer = { status?: number; body: unknown };
const ok = (body: unknown): Answer => ({ body });
const no = (status: number, code: string, detail: string, hint: string | null = null): Answer => ({ status, body: { type: 'about:blank', title: code, status, detail, code, hint, request_id: 'fake' } });

class Api {
  floor = new FakeFloor();
  marketing = new Marketing(this.floor);

  answer(method: string, url: URL, body: Record<string, unknown>, role: Role | null): Answer {
    const path = url.pathname.replace('/api/v1/', '').split('/');
    const [first, second, third] = path;
    if (first === 'session') return method === 'DELETE' ? ok({ done: true }) : role ? ok(session(role)) : no(401, 'not_signed_in', 'Sign in first');
    if (first === 'agents' && third === 'state') return ok(this.floor.setState(body.state as never, (body.reason as string) ?? null));
    if (first === 'reservations') {
      const offer = this.floor.offers.find((each) => each.id === second);
      if (!offer) return no(409, 'superseded', 'The offer is over');
      this.floor.end(offer, third === 'accept' ? 'accepted' : 'rejected');
      return ok({ done: true });
    }
    if (first === 'interactions' && !second) return this.dial(body);
    if (first === 'interactions') {
      const detail = this.floor.find(second!);
      if (!detail) return no(404, 'not_found', 'No such interaction');
      return ok(method === 'GET' ? detail : this.floor.command(detail, third!, body));
    }
    if (first === 'customers') return this.customers(method, second, third, url, body);
    if (first === 'floor') return ok(this.floor.floor());
    if (first === 'queues') return ok({ items: this.floor.floor().queues.map((each) => ({ name: each.name, offer_s: { voice: 20 }, wrap_up: 'optional', wrap_up_s: 90, target_s: each.target_s, target_percent: 80 })) });
    if (first === 'accounts') return ok({ items: (Object.keys(NAMES) as Role[]).map((each) => ({ ...session(each).account, active: true, created_at: new Date().toISOString() })) });
    return this.marketing.answer(method, path, url, body) ?? no(404, 'not_found', `${method} ${url.pathname} is not in the fake`);
  }

  private dial(body: Record<string, unknown>): Answer {
    const card = this.floor.byAddress(String(body.to));
    const detail = this.floor.start(card, body.channel as never, { direction: 'outbound', address: String(body.to), state: 'assigned', agent: this.floor.state.agent, agent_name: 'Mei Lin' });
    this.floor.work.push(detail);
    if (body.text) this.floor.command(detail, 'messages', body);
    else ringHandset(detail);
    return ok(detail);
  }

  private customers(method: string, one: string | undefined, part: string | undefined, url: URL, body: Record<string, unknown>): Answer {
    if (!one) {
      const wanted = (url.searchParams.get('q') ?? url.searchParams.get('address') ?? '').toLowerCase();
      return ok({ items: CUSTOMERS.filter((each) => JSON.stringify([each.name, each.external_id, each.addresses]).toLowerCase().includes(wanted)), next: null });
    }
    const card = this.floor.card(one);
    if (!card) return no(404, 'not_found', 'No such customer');
    if (part === 'timeline') return ok({ items: this.floor.timeline(one), next: null });
    if (method === 'PATCH') {
      Object.assign(card, body, { is_new: false });
      this.floor.cast('customer', 'me', card);
    }
    return ok(card);
  }
}

function roleOf(request: IncomingMessage): Role | null {
  return (/as=(\w+)/.exec(request.headers.cookie ?? '')?.[1] as Role | undefined) ?? null;
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const part of request) text += String(part);
  return text ? (JSON.parse(text) as Record<string, unknown>) : {};
}

function attach(middlewares: Connect.Server, server: Server | null, preview: boolean): void {
  const api = new Api();
  const sockets = new WebSocketServer({ noServer: true });
  server?.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const url = new URL(request.url ?? '/', 'http://fake');
    if (url.pathname !== '/api/v1/live' && url.pathname !== '/handset/ws') return;
    sockets.handleUpgrade(request, stream, head, (socket) => {
      if (url.pathname === '/handset/ws') return openHandset(socket, url.searchParams, api.floor);
      socket.once('message', (raw) => {
        const { hello } = JSON.parse(String(raw)) as { hello: { topics: string[] } };
        api.floor.open(socket, hello.topics);
        api.marketing.open(socket, hello.topics);
      });
    });
  });
  middlewares.use(async (request: IncomingMessage, reply: ServerResponse, next: () => void) => {
    const url = new URL(request.url ?? '/', 'http://fake');
    if (url.pathname === '/sign-in') {
      const role = url.searchParams.get('as') ?? 'agent';
      reply.writeHead(302, { 'set-cookie': `as=${role}; path=/`, location: '/desk/' }).end();
    } else if (url.pathname === '/handset/lines') json(reply, ok({ items: LINES }));
    else if (url.pathname === '/handset/people') json(reply, ok({ items: CUSTOMERS.filter((each) => each.name).map((each) => ({ name: each.name, phone: each.addresses[0]?.value, email: each.addresses[1]?.value, language: each.language })) }));
    else if (url.pathname.startsWith('/api/v1/')) json(reply, api.answer(request.method ?? 'GET', url, await bodyOf(request), roleOf(request)));
    else {
      if (preview) reply.setHeader('Content-Security-Policy', POLICY);
      if (url.pathname === '/handset') request.url = `/desk/handset.html${url.search}`;
      else if (/^\/desk(\/[^.]*)?$/.test(url.pathname)) request.url = '/desk/index.html';
      next();
    }
  });
}

function json(reply: ServerResponse, { status = 200, body }: Answer): void {
  reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export function fake(): Plugin {
  return {
    name: 'fake-server',
    configureServer: (server) => attach(server.middlewares, server.httpServer as Server | null, false),
    configurePreviewServer: (server) => attach(server.middlewares, server.httpServer as Server, true),
  };
}
