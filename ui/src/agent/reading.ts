/** Reads the log of an interaction as a person would: who said what, and what happened in between. */
import type { EventInfo, Values } from '../api/types.ts';

export interface Said {
  type: 'said';
  id: string;
  at: string;
  who: 'customer' | 'agent' | 'menu';
  name: string | null;
  text: string;
  language: string | null;
}

export interface Written {
  type: 'written';
  id: string;
  at: string;
  /** The message's own id, by which its state is told. */
  message: string | null;
  who: 'customer' | 'agent' | 'system';
  name: string | null;
  subject: string;
  text: string;
  quoted: string;
  html: string;
  /** Outbound: queued, sent, delivered, failed ...; null for the customer's own. */
  state: string | null;
  code: string | null;
}

export interface Happened {
  type: 'happened';
  id: string;
  at: string;
  kind: string;
  name: string | null;
  data: Values;
  detail: string;
}

export type Entry = Said | Written | Happened;

function str(values: Values | null | undefined, ...keys: string[]): string {
  for (const key of keys) {
    const value = values?.[key];
    if (typeof value === 'string' && value) return value;
    if (typeof value === 'number') return String(value);
  }
  return '';
}

/** Kinds that only carry numbers for machines, or repeat what another entry says in words. */
const SILENT = new Set([
  'opened', 'leg_started', 'leg_ringing', 'leg_answered', 'joined', 'left', 'offered', 'message_state', 'hang_up_asked',
  'customer_linked', 'dequeued', 'wrap_up_started', 'menu_entered', 'menu_left',
]);

export function read(events: EventInfo[]): Entry[] {
  const states = new Map<string, { state: string; code: string }>();
  for (const event of events) {
    if (event.kind === 'message_state') states.set(str(event.data, 'message'), { state: str(event.data, 'state'), code: str(event.data, 'code') });
  }
  const entries: Entry[] = [];
  for (const event of events) {
    const entry = readOne(event, states);
    if (entry) entries.push(entry);
  }
  return entries;
}

function readOne(event: EventInfo, states: Map<string, { state: string; code: string }>): Entry | null {
  const { id, at, kind, data, content } = event;
  const name = event.actor_name ?? null;
  if (kind === 'caption') {
    const party = str(data, 'party') || event.actor.split(':')[0];
    const who = party === 'agent' || party === 'menu' ? party : 'customer';
    return { type: 'said', id, at, who, name, text: str(content, 'text'), language: str(data, 'language') || null };
  }
  if (kind === 'message_received' || kind === 'message_queued') {
    const message = str(data, 'message') || null;
    const known = message === null ? undefined : states.get(message);
    const whole = str(content, 'text', 'body');
    const fresh = str(content, 'new_text', 'reply');
    const folded = fresh ? { text: fresh, quoted: str(content, 'quoted') || rest(whole, fresh) } : foldQuoted(whole);
    const inbound = kind === 'message_received';
    return {
      type: 'written', id, at, message, name,
      who: inbound ? 'customer' : event.actor.startsWith('agent') ? 'agent' : 'system',
      subject: str(content, 'subject'), text: folded.text, quoted: str(content, 'quoted') || folded.quoted, html: str(content, 'html'),
      state: inbound ? null : (known?.state ?? 'queued'), code: known?.code || null,
    };
  }
  if (kind === 'menu_step') {
    const spoken = str(content, 'prompt', 'text', 'said');
    const given = str(content, 'input', 'digits', 'value', 'speech');
    if (spoken && !given) return { type: 'said', id, at, who: 'menu', name: null, text: spoken, language: str(content, 'language') || null };
    if (!given) return null;
    return { type: 'happened', id, at, kind: 'menu_input', name, data, detail: given };
  }
  if (SILENT.has(kind)) return null;
  return { type: 'happened', id, at, kind, name, data, detail: str(content, 'note', 'text') };
}

function rest(whole: string, fresh: string): string {
  return whole.startsWith(fresh) ? whole.slice(fresh.length).trim() : '';
}

const QUOTE_HEAD = /^(On .{5,200} wrote:|.{0,120}写道[::]?|-{2,}\s*(Original Message|原始邮件)\s*-{2,})\s*$/i;

/** The new part of a mail and the quoted part below it; everything is new when nothing is quoted. */
export function foldQuoted(text: string): { text: string; quoted: string } {
  const lines = text.split('\n');
  let start = lines.findIndex((line) => QUOTE_HEAD.test(line.trim()));
  if (start < 0) {
    start = lines.findIndex((line, index) => line.startsWith('>') && lines.slice(index).every((each) => each.startsWith('>') || each.trim() === ''));
  }
  if (start <= 0) return { text, quoted: '' };
  return { text: lines.slice(0, start).join('\n').trimEnd(), quoted: lines.slice(start).join('\n').trim() };
}
