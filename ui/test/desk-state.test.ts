import assert from 'node:assert/strict';
import { test } from 'node:test';
import { change, EMPTY, mergeEvents, type DeskState } from '../src/agent/desk-state.ts';
import type { Frame } from '../src/api/live.ts';
import type { AgentState, EventInfo, InteractionDetail, InteractionInfo, Offer } from '../src/api/types.ts';

const AGENT: AgentState = { agent: 'a1', name: 'Mei', state: 'available', reason: null, next_state: null, since: '2026-01-05T09:00:00Z', capacity: {}, load: {} };

function detail(id: string, more: Partial<InteractionDetail> = {}): InteractionDetail {
  return {
    id, customer: 'c1', thread: id, channel: 'voice', direction: 'inbound', line: '+1', address: '+2', state: 'assigned', queue: 'q', agent: 'a1', agent_name: null, subject: null, disposition: null,
    opened_at: '2026-01-05T09:00:00Z', answered_at: null, closed_at: null, on_hold: false, muted: false, connected: false, events: [],
    customer_card: { id: 'c1', external_id: null, name: 'Ann', language: 'en', time_zone: null, is_new: false, tags: [], attributes: {}, addresses: [], created_at: '2026-01-01T00:00:00Z' },
    ...more,
  };
}

function event(seq: number, kind = 'caption'): EventInfo {
  return { id: `e${seq}`, interaction: 'i1', seq, kind, at: '2026-01-05T09:00:00Z', actor: 'customer', actor_name: null, data: {}, content: null };
}

function info(from: InteractionDetail, more: Partial<InteractionInfo> = {}): InteractionInfo {
  return { ...from, ...more };
}

function frame(state: DeskState, one: object): DeskState {
  return change(state, { type: 'frame', frame: { n: 1, topic: 'me', ...one } as Frame });
}

const offer = (of: InteractionDetail, state: Offer['state'] = 'pending'): Offer => ({ id: 'r1', interaction: of, queue: 'q', offered_at: '2026-01-05T09:00:00Z', expires_at: '2026-01-05T09:00:20Z', waited_s: 3, state, callback: false });
const snapshot = (work: InteractionDetail[], offers: Offer[] = []) => frame(EMPTY, { type: 'snapshot', data: { state: AGENT, offers, interactions: work, at: '2026-01-05T09:00:00Z' } });

test('a snapshot is the whole truth, and keeps what is being looked at', () => {
  const before = change(snapshot([detail('i1'), detail('i2')]), { type: 'select', id: 'i2' });
  const after = frame(before, { type: 'snapshot', data: { state: AGENT, offers: [], interactions: [detail('i2'), detail('i3')], at: '' } });
  assert.equal(after.active, 'i2');
  assert.deepEqual(after.work.map((each) => each.id), ['i2', 'i3']);
  assert.equal(frame(after, { type: 'snapshot', data: { state: AGENT, offers: [], interactions: [], at: '' } }).active, null);
});

test('an accepted offer leaves the offers and opens its interaction at once', () => {
  const offered = snapshot([], [offer(detail('i1', { state: 'offered' }))]);
  const accepted = frame(offered, { type: 'offer', data: offer(detail('i1', { state: 'offered' }), 'accepted') });
  assert.equal(accepted.offers.length, 0);
  assert.equal(accepted.active, 'i1');
  assert.equal(accepted.work[0]?.state, 'assigned');
});

test('an offer that ends in any other way is only gone', () => {
  for (const state of ['rejected', 'expired', 'withdrawn'] as const) {
    const after = frame(snapshot([], [offer(detail('i1'))]), { type: 'offer', data: offer(detail('i1'), state) });
    assert.deepEqual([after.offers.length, after.work.length], [0, 0]);
  }
});

test('a text that arrives during a call waits unread; a call takes over from a text', () => {
  const call = snapshot([detail('i1')]);
  const texted = change(call, { type: 'arrived', detail: detail('i2', { channel: 'sms' }) });
  assert.equal(texted.active, 'i1');
  assert.deepEqual(texted.unread, ['i2']);
  const called = change(snapshot([detail('i2', { channel: 'sms' })]), { type: 'arrived', detail: detail('i1') });
  assert.equal(called.active, 'i1');
});

test('the same event twice is shown once, and late ones find their place', () => {
  const one = detail('i1', { events: [event(1), event(3)] });
  let state = snapshot([one]);
  for (const seq of [2, 3, 2]) state = frame(state, { type: 'event', data: { interaction: info(one), event: event(seq) } });
  assert.deepEqual(state.work[0]?.events.map((each) => each.seq), [1, 2, 3]);
});

test('a closed interaction, or one that went to a colleague, leaves the desk', () => {
  for (const more of [{ state: 'closed' as const }, { agent: 'a2' }]) {
    const after = frame(snapshot([detail('i1'), detail('i2')]), { type: 'event', data: { interaction: info(detail('i1'), more), event: event(9, 'closed') } });
    assert.deepEqual(after.work.map((each) => each.id), ['i2']);
    assert.equal(after.active, 'i2');
  }
});

test('an interaction of ours that the desk does not know is asked for once', () => {
  let state = snapshot([]);
  for (const seq of [1, 2]) state = frame(state, { type: 'event', data: { interaction: info(detail('i1')), event: event(seq) } });
  assert.deepEqual(state.missing, ['i1']);
  state = change(state, { type: 'arrived', detail: detail('i1', { events: [event(1)] }) });
  assert.deepEqual([state.missing.length, state.work.length], [0, 1]);
});

test('a request that answers late does not undo what the socket brought', () => {
  const known = snapshot([detail('i1', { connected: true, events: [event(1), event(2)] })]);
  const after = change(known, { type: 'arrived', detail: detail('i1', { connected: false, events: [event(1)] }) });
  assert.equal(after.work[0]?.connected, true);
  assert.equal(after.work[0]?.events.length, 2);
});

test('a changed customer is changed everywhere', () => {
  const state = snapshot([detail('i1')], [offer(detail('i2'))]);
  const card = { ...detail('i1').customer_card, name: 'Anna' };
  const after = frame(state, { type: 'customer', data: card });
  assert.equal(after.work[0]?.customer_card.name, 'Anna');
  assert.equal(after.offers[0]?.interaction.customer_card.name, 'Anna');
});

test('merging keeps order and identity', () => {
  assert.deepEqual(mergeEvents([event(2)], [event(1), event(2)]).map((each) => each.seq), [1, 2]);
});
