import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldQuoted, read } from '../src/agent/reading.ts';
import type { EventInfo, Values } from '../src/api/types.ts';

let seq = 0;
function event(kind: string, data: Values = {}, content: Values | null = null, actor = 'customer'): EventInfo {
  seq += 1;
  return { id: `e${seq}`, interaction: 'i', seq, kind, at: '2026-01-05T09:00:00Z', actor, actor_name: null, data, content };
}

test('captions say who spoke', () => {
  const [one, other] = read([event('caption', { party: 'customer' }, { text: 'hello' }), event('caption', {}, { text: 'hi' }, 'agent:1')]);
  assert.deepEqual([one?.type === 'said' && one.who, other?.type === 'said' && other.who], ['customer', 'agent']);
});

test('a message shows its latest state and provider code', () => {
  const [written] = read([
    event('message_queued', { message: 'm1' }, { text: 'hi' }, 'agent:1'),
    event('message_state', { message: 'm1', state: 'sent' }),
    event('message_state', { message: 'm1', state: 'failed', code: '30003' }),
  ]);
  assert.ok(written?.type === 'written');
  assert.deepEqual([written.state, written.code, written.who], ['failed', '30003', 'agent']);
});

test('what the customer wrote has no state of ours', () => {
  const [written] = read([event('message_received', { message: 'm1' }, { text: 'hi' })]);
  assert.ok(written?.type === 'written' && written.state === null);
});

test('a key pressed in the menu is told, machine noise is not, an unknown kind is never hidden', () => {
  const kinds = read([event('menu_step', { node: 'x' }, { value: '2', how: 'digits' }), event('leg_started'), event('offered'), event('brand_new_kind')]).map((entry) => (entry.type === 'happened' ? `${entry.kind} ${entry.detail}`.trim() : entry.type));
  assert.deepEqual(kinds, ['menu_input 2', 'brand_new_kind']);
});

test('content that was erased leaves the entry', () => {
  const [written] = read([event('message_received', { message: 'm1' }, null)]);
  assert.ok(written?.type === 'written' && written.text === '');
});

test('the quoted part of a mail is folded', () => {
  assert.deepEqual(foldQuoted('New words\n\nOn Mon, 2 Jun 2026, Ann wrote:\n> old'), { text: 'New words', quoted: 'On Mon, 2 Jun 2026, Ann wrote:\n> old' });
  assert.deepEqual(foldQuoted('New\n> old\n> older\n'), { text: 'New', quoted: '> old\n> older' });
  assert.deepEqual(foldQuoted('> a\nanswer between'), { text: '> a\nanswer between', quoted: '' });
  assert.equal(foldQuoted('收到\n\n在 2026年6月2日,客服写道:\n> 原文').text, '收到');
});
