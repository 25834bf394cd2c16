/** What the handset shows: a fold of the server's events (docs/reference/handset.md) and of what its owner did. Pure. */

export interface InboxText {
  from: string;
  to: string;
  text: string;
  at: string;
}

export interface InboxMail {
  id: string;
  from: string;
  to: string;
  subject: string;
  text: string;
  at: string;
}

/** Events of the log carry `n`; those of this connection alone (hello, done, inbox, error) do not count. */
export type Received = { n?: number; id?: string } & (
  | { event: 'hello'; world: string; n: number; lines: { voice?: string[]; sms?: string[] } }
  | { event: 'prompt'; text: string; language?: string }
  | { event: 'ringing'; from: string; to: string }
  | { event: 'answered'; from?: string; to?: string }
  | { event: 'connected' }
  | { event: 'held'; on: boolean }
  | { event: 'caption'; from: string; text: string }
  | { event: 'ended'; cause: string }
  | { event: 'sms'; from: string; text: string }
  | { event: 'mail'; id?: string; from: string; subject: string; text: string; at?: string }
  // `me`, the number of this handset, is added by the page.
  | { event: 'inbox'; sms: InboxText[]; mail: InboxMail[]; me: string }
  | { event: 'done' }
  | { event: 'error'; message: string; fatal?: boolean }
);

export type Command =
  | { do: 'call'; number: string }
  | { do: 'press'; digits: string }
  | { do: 'say'; text: string }
  | { do: 'hangup' }
  | { do: 'answer' }
  | { do: 'sms'; number: string; text: string }
  | { do: 'mail'; address: string; subject: string; body: string };

export interface Line {
  key: string;
  who: 'menu' | 'agent' | 'me' | 'note';
  text: string;
  language: string | null;
}

export interface Letter {
  key: string;
  out: boolean;
  /** The other side. */
  with: string;
  subject: string;
  text: string;
  at: string;
  failed?: boolean;
}

export interface HandsetState {
  call: 'none' | 'calling' | 'ringing' | 'menu' | 'connected' | 'held' | 'ended';
  with: string;
  cause: string;
  /** When the call was answered, in ms. */
  since: number | null;
  lines: Line[];
  texts: Letter[];
  mails: Letter[];
  /** The lines that can be reached, as the carrier says. */
  numbers: { voice: string[]; sms: string[] };
  error: string;
}

export const QUIET: HandsetState = {
  call: 'none', with: '', cause: '', since: null, lines: [], texts: [], mails: [], numbers: { voice: [], sms: [] }, error: '',
};

export type Happening =
  | { type: 'received'; frame: Received; at: number }
  | { type: 'did'; command: Command; key: string; at: number }
  | { type: 'sent-mails'; mails: Letter[] }
  | { type: 'new-world' }
  | { type: 'clear' };

export function inCall(state: HandsetState): boolean {
  return !['none', 'ringing', 'ended'].includes(state.call);
}

export function happen(state: HandsetState, happening: Happening): HandsetState {
  switch (happening.type) {
    case 'clear':
      return { ...state, call: state.call === 'ended' ? 'none' : state.call, error: '' };
    case 'new-world':
      return { ...state, call: 'none', lines: [], since: null };
    case 'sent-mails':
      return { ...state, mails: byTime([...state.mails, ...happening.mails]) };
    case 'did':
      return did(state, happening.command, happening.key, happening.at);
    case 'received':
      return received(state, happening.frame, happening.at);
  }
}

function received(state: HandsetState, frame: Received, at: number): HandsetState {
  const key = `r${frame.n}`;
  const say = (who: Line['who'], text: string, language: string | null = null): HandsetState => ({ ...state, lines: [...state.lines, { key, who, text, language }] });
  const iso = new Date(at).toISOString();
  switch (frame.event) {
    case 'hello':
      return { ...state, numbers: { voice: frame.lines.voice ?? [], sms: frame.lines.sms ?? [] } };
    case 'ringing':
      return { ...state, call: 'ringing', with: frame.from, since: null, lines: [], cause: '', error: '' };
    case 'answered': {
      // After a reload this is the first one hears of a call under way.
      const fresh = state.call === 'none' || state.call === 'ended';
      return { ...state, call: 'menu', with: (fresh ? frame.to : state.with) ?? '', lines: fresh ? [] : state.lines, cause: '', since: at };
    }
    case 'prompt':
      return say('menu', frame.text, frame.language || null);
    case 'connected':
      return { ...state, call: 'connected', since: state.since ?? at };
    case 'held':
      return { ...state, call: frame.on ? 'held' : 'connected' };
    case 'caption':
      return say(frame.from === 'customer' ? 'me' : 'agent', frame.text);
    case 'ended':
      return { ...state, call: 'ended', cause: frame.cause, since: null };
    case 'sms':
      return { ...state, texts: [...state.texts, { key, out: false, with: frame.from, subject: '', text: frame.text, at: iso }] };
    case 'mail': {
      const letter: Letter = { key: frame.id ?? key, out: false, with: frame.from, subject: frame.subject, text: frame.text, at: frame.at ?? iso };
      return { ...state, mails: byTime([...state.mails.filter((each) => each.key !== letter.key), letter]) };
    }
    case 'inbox':
      return withInbox(state, frame.sms, frame.mail, frame.me);
    case 'done':
      return state;
    case 'error':
      return refused(state, frame.message, frame.id);
  }
}

/** The inbox is the whole truth of texts, and of mails that came; mails that went are this page's own. */
function withInbox(state: HandsetState, sms: InboxText[], mail: InboxMail[], me: string): HandsetState {
  const texts = sms.map((each, index): Letter => {
    const out = each.from === me;
    return { key: `i${index}-${each.at}`, out, with: out ? each.to : each.from, subject: '', text: each.text, at: each.at };
  });
  const came = mail.map((each): Letter => ({ key: each.id, out: false, with: each.from, subject: each.subject, text: each.text, at: each.at }));
  return { ...state, texts, mails: byTime([...came, ...state.mails.filter((each) => each.out)]) };
}

function refused(state: HandsetState, message: string, id: string | undefined): HandsetState {
  const mark = (letter: Letter): Letter => (id !== undefined && letter.key === id ? { ...letter, failed: true } : letter);
  const call = state.call === 'calling' && state.lines.length === 0 ? 'none' : state.call;
  return { ...state, error: message, call, texts: state.texts.map(mark), mails: state.mails.map(mark) };
}

function did(state: HandsetState, command: Command, key: string, at: number): HandsetState {
  const letter = (other: string, subject: string, text: string): Letter => ({ key, out: true, with: other, subject, text, at: new Date(at).toISOString() });
  switch (command.do) {
    case 'call':
      return { ...state, call: 'calling', with: command.number, since: null, lines: [], cause: '', error: '' };
    case 'press':
      return { ...state, lines: addDigits(state.lines, command.digits, key) };
    case 'sms':
      return { ...state, texts: [...state.texts, letter(command.number, '', command.text)], error: '' };
    case 'mail':
      return { ...state, mails: byTime([...state.mails, letter(command.address, command.subject, command.body)]), error: '' };
    case 'say':
    case 'answer':
    case 'hangup':
      return { ...state, error: '' };
  }
}

function byTime(letters: Letter[]): Letter[] {
  return letters.toSorted((a, b) => a.at.localeCompare(b.at));
}

/** Keys pressed one after the other stand on one line. */
function addDigits(lines: Line[], digits: string, key: string): Line[] {
  const last = lines.at(-1);
  if (last?.who === 'note') return [...lines.slice(0, -1), { ...last, text: last.text + digits }];
  return [...lines, { key, who: 'note', text: digits, language: null }];
}
