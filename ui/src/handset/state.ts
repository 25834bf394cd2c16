/** What the handset shows: a fold of the server's numbered events and of what its owner did. Pure. */

export type Received = { n: number } & (
  | { event: 'prompt'; text: string; language?: string }
  | { event: 'ringing'; from: string }
  | { event: 'answered' }
  | { event: 'connected' }
  | { event: 'held'; on: boolean }
  | { event: 'caption'; from: string; text: string }
  | { event: 'ended'; cause: string }
  | { event: 'sms'; from: string; text: string }
  | { event: 'mail'; from: string; subject: string; text: string }
  | { event: 'error'; message: string }
);

export type Command =
  | { do: 'call'; number: string }
  | { do: 'press'; digits: string }
  | { do: 'say'; text: string }
  | { do: 'hangup' }
  | { do: 'answer' }
  | { do: 'sms'; number: string; text: string }
  | { do: 'mail'; address: string; subject: string; body: string }
  | { do: 'inbox' };

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
}

export interface HandsetState {
  /** The number of the last event seen. */
  n: number;
  call: 'none' | 'calling' | 'ringing' | 'menu' | 'connected' | 'held' | 'ended';
  with: string;
  cause: string;
  /** When the call began for this page, in ms. */
  since: number | null;
  lines: Line[];
  texts: Letter[];
  mails: Letter[];
  error: string;
}

export const QUIET: HandsetState = { n: 0, call: 'none', with: '', cause: '', since: null, lines: [], texts: [], mails: [], error: '' };

export type Happening = { type: 'received'; frame: Received; at: number } | { type: 'did'; command: Command; key: string; at: number } | { type: 'clear' };

export function inCall(state: HandsetState): boolean {
  return !['none', 'ringing', 'ended'].includes(state.call);
}

export function happen(state: HandsetState, happening: Happening): HandsetState {
  if (happening.type === 'clear') return { ...state, call: state.call === 'ended' ? 'none' : state.call, error: '' };
  if (happening.type === 'did') return did(state, happening.command, happening.key, happening.at);
  return received({ ...state, n: happening.frame.n }, happening.frame, happening.at);
}

function received(state: HandsetState, frame: Received, at: number): HandsetState {
  const key = `r${frame.n}`;
  const say = (who: Line['who'], text: string, language: string | null = null): HandsetState => ({ ...state, lines: [...state.lines, { key, who, text, language }] });
  switch (frame.event) {
    case 'ringing':
      return { ...state, call: 'ringing', with: frame.from, since: null, lines: [], cause: '' };
    case 'answered':
      return { ...state, call: 'menu', since: state.since ?? at, lines: inCall(state) || state.call === 'ringing' ? state.lines : [] };
    case 'prompt': {
      const spoken = say('menu', frame.text, frame.language ?? null);
      return inCall(state) && state.call !== 'calling' ? spoken : { ...spoken, call: 'menu', since: state.since ?? at };
    }
    case 'connected':
      return { ...state, call: 'connected', since: state.since ?? at };
    case 'held':
      return { ...state, call: frame.on ? 'held' : 'connected' };
    case 'caption':
      // What one said oneself is shown at once; the echo would show it twice.
      return isMine(frame.from, state) ? state : say('agent', frame.text);
    case 'ended':
      return { ...state, call: 'ended', cause: frame.cause, since: null };
    case 'sms':
      return { ...state, texts: [...state.texts, { key, out: false, with: frame.from, subject: '', text: frame.text }] };
    case 'mail':
      return { ...state, mails: [...state.mails, { key, out: false, with: frame.from, subject: frame.subject, text: frame.text }] };
    case 'error':
      return { ...state, error: frame.message, call: state.call === 'calling' ? 'none' : state.call };
  }
}

function isMine(from: string, state: HandsetState): boolean {
  return from === 'customer' || from === 'me' || (from !== '' && from !== 'agent' && from !== 'menu' && from === state.with);
}

function did(state: HandsetState, command: Command, key: string, at: number): HandsetState {
  switch (command.do) {
    case 'call':
      return { ...state, call: 'calling', with: command.number, since: null, lines: [], cause: '', error: '' };
    case 'answer':
      return { ...state, call: 'connected', since: at };
    case 'press':
      return { ...state, lines: addDigits(state.lines, command.digits, key) };
    case 'say':
      return { ...state, lines: [...state.lines, { key, who: 'me', text: command.text, language: null }] };
    case 'hangup':
      return state.call === 'none' ? state : { ...state, call: 'ended', cause: 'normal', since: null };
    case 'sms':
      return { ...state, texts: [...state.texts, { key, out: true, with: command.number, subject: '', text: command.text }], error: '' };
    case 'mail':
      return { ...state, mails: [...state.mails, { key, out: true, with: command.address, subject: command.subject, text: command.body }], error: '' };
    case 'inbox':
      return state;
  }
}

/** Keys pressed one after the other stand on one line. */
function addDigits(lines: Line[], digits: string, key: string): Line[] {
  const last = lines.at(-1);
  if (last?.who === 'note') return [...lines.slice(0, -1), { ...last, text: last.text + digits }];
  return [...lines, { key, who: 'note', text: digits, language: null }];
}
