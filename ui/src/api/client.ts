/** Calls of `/api/v1`: the cookie says who, the CSRF header that it was this page, problems become `Problem`. */
import type { ProblemBody, Session } from './types.ts';

const BASE = '/api/v1';
let csrf = '';

/** A refused or failed call. `hint` says what to do next; `status` 0 means the server was not reached. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | null;
  readonly faults: { where: string; what: string }[];

  constructor(body: Partial<ProblemBody> & { status: number; code: string; detail: string }) {
    super(body.detail);
    this.status = body.status;
    this.code = body.code;
    this.hint = body.hint ?? null;
    this.faults = body.errors ?? [];
  }
}

export function asProblem(fault: unknown): Problem {
  if (fault instanceof Problem) return fault;
  return new Problem({ status: 0, code: 'page_fault', detail: fault instanceof Error ? fault.message : String(fault) });
}

/** A random key; `crypto.randomUUID` exists only on https and localhost. */
export function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function signIn(): void {
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
}

type Query = Record<string, string | number | null | undefined>;

function address(path: string, query?: Query): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== '') params.set(key, String(value));
  }
  const tail = params.toString();
  return BASE + path + (tail ? `?${tail}` : '');
}

interface Sent {
  body?: unknown;
  /** The ETag of what is changed: the server refuses the change (412) when it is no longer the stored one. */
  version?: string | null | undefined;
  signal?: AbortSignal | undefined;
}

async function send(method: string, url: string, key: string, { body, version, signal }: Sent): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (version) headers['If-Match'] = version;
  if (method !== 'GET') headers['X-CSRF-Token'] = csrf;
  if (method === 'POST') headers['Idempotency-Key'] = key;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  try {
    return await fetch(url, {
      method, headers, credentials: 'same-origin',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (fault) {
    if (fault instanceof DOMException && fault.name === 'AbortError') throw fault;
    throw new Problem({ status: 0, code: 'unreachable', detail: '' });
  }
}

async function problemOf(reply: Response): Promise<Problem> {
  const status = reply.status;
  try {
    const body = (await reply.json()) as Partial<ProblemBody>;
    return new Problem({ ...body, status, code: body.code ?? `http_${status}`, detail: body.detail ?? body.title ?? reply.statusText });
  } catch {
    return new Problem({ status, code: `http_${status}`, detail: reply.statusText });
  }
}

/** A record with the ETag to send along when it is changed. */
export interface Versioned<T> {
  data: T;
  version: string | null;
}

async function call<T>(method: string, path: string, query: Query | undefined, sent: Sent): Promise<Versioned<T>> {
  const url = address(path, query);
  const key = randomKey();
  let reply = await send(method, url, key, sent);
  if (reply.status === 403 && method !== 'GET') {
    const problem = await problemOf(reply);
    // The token of a sign-in renewed in another window: take the new one and try once more.
    if (!problem.code.includes('csrf')) throw problem;
    await loadSession();
    reply = await send(method, url, key, sent);
  }
  if (reply.status === 401) {
    signIn();
    throw await problemOf(reply);
  }
  if (!reply.ok) throw await problemOf(reply);
  const data = reply.status === 204 ? undefined : await reply.json();
  return { data: data as T, version: reply.headers.get('ETag') };
}

const only = <T>(made: Promise<Versioned<T>>): Promise<T> => made.then(({ data }) => data);

export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) => only(call<T>('GET', path, query, { signal })),
  /** As `get`, with the version to change it by. */
  versioned: <T>(path: string, signal?: AbortSignal) => call<T>('GET', path, undefined, { signal }),
  post: <T = unknown>(path: string, body?: unknown) => only(call<T>('POST', path, undefined, { body })),
  create: <T>(path: string, body: unknown) => call<T>('POST', path, undefined, { body }),
  put: <T = unknown>(path: string, body: unknown) => only(call<T>('PUT', path, undefined, { body })),
  /** Change what stands under `version`; `Problem` 412 when somebody else changed it meanwhile. */
  change: <T>(method: 'PUT' | 'PATCH', path: string, body: unknown, version: string | null) => call<T>(method, path, undefined, { body, version }),
  delete: <T = unknown>(path: string) => only(call<T>('DELETE', path, undefined, {})),
};

export async function loadSession(): Promise<Session> {
  const session = await api.get<Session>('/session');
  csrf = session.csrf;
  return session;
}
