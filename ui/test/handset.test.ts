import assert from 'node:assert/strict';
import { test } from 'node:test';
import { happen, inCall, QUIET, type Command, type HandsetState, type Received } from '../src/handset/state.ts';

let n = 0;
const got = (state: HandsetState, frame: Omit<Received, 'n'> & Record<string, unknown>): HandsetState => happen(state, { type: 'received', frame: { n: ++n, ...frame } as Received, at: 1000 });
const all = (...frames: Record<string, unknown>[]): HandsetState => frames.reduce((state, frame) => got(state, frame as never), QUIET);
const did = (state: HandsetState, command: Command, key = 'k1'): HandsetState => happen(state, { type: 'did', command, key, at: 2000 });

const CALL = [{ event: 'answered', from: '+44', to: '+1555' }, { event: 'prompt', text: 'Welcome', language: 'en' }];

test('a call under way is restored from its events alone', () => {
  const state = all(...CALL, { event: 'connected' }, { event: 'caption', from: 'customer', text: 'hi' }, { event: 'caption', from: 'agent', text: 'hello' }, { event: 'held', on: true });
  assert.equal(state.call, 'held');
  assert.equal(state.with, '+1555');
  assert.deepEqual(state.lines.map((line) => line.who), ['menu', 'me', 'agent']);
  assert.ok(inCall(state));
});

test('a call that comes in rings with the other side’s number', () => {
  const state = all({ event: 'ringing', from: '+1555', to: '+44' });
  assert.deepEqual([state.call, state.with], ['ringing', '+1555']);
});

test('the end gives the cause, the next call begins clean', () => {
  const over = all(...CALL, { event: 'ended', cause: 'busy' });
  assert.deepEqual([over.call, over.cause, inCall(over)], ['ended', 'busy', false]);
  const again = got(did(over, { do: 'call', number: '+1556' }), { event: 'answered', from: '+44', to: '+1556' } as never);
  assert.deepEqual([again.lines.length, again.cause], [0, '']);
});

test('a refused call does not hang', () => {
  const state = got(did(QUIET, { do: 'call', number: '+9' }), { event: 'error', message: 'no line has the number +9', id: 'k1' } as never);
  assert.deepEqual([state.call, state.error], ['none', 'no line has the number +9']);
});

test('a refused text is marked, the others are not', () => {
  const sent = did(did(QUIET, { do: 'sms', number: '+1', text: 'a' }, 'k1'), { do: 'sms', number: '+1', text: 'b' }, 'k2');
  const state = got(sent, { event: 'error', message: 'no', id: 'k2' } as never);
  assert.deepEqual(state.texts.map((each) => each.failed ?? false), [false, true]);
});

test('the inbox tells which texts were ours, and keeps the mails this page sent', () => {
  const sent = did(QUIET, { do: 'mail', address: 'care@x', subject: 's', body: 'b' });
  const state = got(sent, { event: 'inbox', me: '+44', sms: [{ from: '+44', to: '+1', text: 'out', at: '2026-01-05T09:00:00Z' }, { from: '+1', to: '+44', text: 'in', at: '2026-01-05T09:01:00Z' }], mail: [{ id: 'm', from: 'care@x', to: 'me@x', subject: 'Re', text: 't', at: '2026-01-05T09:02:00Z' }] } as never);
  assert.deepEqual(state.texts.map((each) => [each.out, each.with]), [[true, '+1'], [false, '+1']]);
  assert.deepEqual(state.mails.map((each) => each.out).sort(), [false, true]);
});

test('the same mail from the inbox and from its event is one', () => {
  const frame = { id: 'm', from: 'care@x', subject: 'Re', text: 't', at: '2026-01-05T09:02:00Z' };
  const state = got(got(QUIET, { event: 'inbox', me: '', sms: [], mail: [{ ...frame, to: 'me@x' }] } as never), { event: 'mail', ...frame } as never);
  assert.equal(state.mails.length, 1);
});

test('keys pressed one after the other stand on one line', () => {
  const state = did(did(all(...CALL), { do: 'press', digits: '1' }), { do: 'press', digits: '2' }, 'k2');
  assert.equal(state.lines.at(-1)?.text, '12');
});

test('another world has no call of ours', () => {
  assert.equal(happen(all(...CALL), { type: 'new-world' }).call, 'none');
});
