import assert from 'node:assert/strict';
import test from 'node:test';
import { at, faultsAt, needsOf, put, ruleOf, skillOf, withoutQueue, withSkill } from '../src/routing/config.ts';

test('a value is put without touching the old, and taken away by undefined', () => {
  const old = { rings: [{ after_s: 30, drop: ['german'] }], limits: { max_length: 5 } };
  const wider = put(old, ['rings', 0, 'after_s'], 60);
  assert.deepEqual(wider.rings, [{ after_s: 60, drop: ['german'] }]);
  assert.equal(old.rings[0]?.after_s, 30);
  assert.deepEqual(put(old, ['limits', 'max_length'], undefined), { rings: old.rings, limits: {} });
  assert.deepEqual(put(old, ['rings', 0], undefined).rings, []);
  assert.deepEqual(put({}, ['offer_s', 'voice'], 20), { offer_s: { voice: 20 } });
  assert.deepEqual(put({}, ['rings', 0], { after_s: 1 }), { rings: [{ after_s: 1 }] });
  assert.equal(at(old, ['rings', 0, 'drop', 0]), 'german');
  assert.equal(at(old, ['sticky', 'days']), undefined);
});

test('a list of skills is edited as rows and written back', () => {
  const rule = { and: [{ skill: 'german', level: { at_least: 2 } }, { not: { skill: 'billing' } }] };
  const needs = needsOf(rule);
  assert.deepEqual(needs, [
    { skill: 'german', low: 2, high: 5, not: false },
    { skill: 'billing', low: 1, high: 5, not: true },
  ]);
  assert.deepEqual(ruleOf(needs!), rule);
  assert.deepEqual(needsOf('german'), needsOf({ skill: 'german' }));
  assert.deepEqual(needsOf({ skill: 'german', level: 3 }), [{ skill: 'german', low: 3, high: 5, not: false }]);
  assert.deepEqual(needsOf(null), []);
  assert.equal(ruleOf([]), undefined);
  assert.equal(ruleOf([{ skill: '', low: 1, high: 5, not: false }]), undefined);
});

test('any other expression is left as it is written', () => {
  assert.equal(needsOf({ or: ['german', 'polish'] }), null);
  assert.equal(needsOf({ and: ['german', { or: [] }] }), null);
  assert.equal(needsOf({ not: { not: 'german' } }), null);
});

test('faults stand at their place and above it', () => {
  const fault = (path: (string | number)[]) => ({ where: '', path, line: null, message: '', hint: '', severity: 'error' as const });
  const all = [fault(['rings', 0, 'add', 1]), fault(['requires'])];
  assert.equal(faultsAt(all, ['rings', 0]).length, 1);
  assert.equal(faultsAt(all, ['rings', 1]).length, 0);
  assert.equal(faultsAt(all, []).length, 2);
});

test('a skill keeps its level while it is off', () => {
  assert.deepEqual(skillOf({ german: 3 }, 'german'), { level: 3, active: true });
  const off = withSkill({ german: 3 }, 'german', 3, false);
  assert.deepEqual(off, { german: { level: 3, active: false } });
  assert.deepEqual(skillOf(off, 'german'), { level: 3, active: false });
  assert.deepEqual(withSkill(off, 'german', 0, true), {});
  assert.equal(skillOf(undefined, 'german'), null);
});

test('a queue goes with the places agents have in it', () => {
  const book = { queues: { care: { priority: 1 }, sales: {} }, agents: { Ann: { queues: { care: { delay_s: 5 }, sales: {} } }, Ben: { queues: { care: {} } } } };
  assert.deepEqual(withoutQueue(book, 'care'), { queues: { sales: {} }, agents: { Ann: { queues: { sales: {} } }, Ben: { queues: {} } } });
  assert.ok('care' in book.queues);
});
