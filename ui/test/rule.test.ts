import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromRule, newClause, newGroup, replacePart, toRule, type Kind } from '../src/segments/rule.ts';

const KINDS = new Map<string, Kind>([['tier', 'text'], ['age', 'number'], ['vip', 'bool'], ['ends', 'date'], ['tags', 'texts']]);
const round = (rule: object) => {
  const group = fromRule(rule as never);
  assert.ok(group);
  return toRule(group, KINDS);
};

test('rules survive editing', () => {
  for (const rule of [
    { and: [{ field: 'tier', equals: 'gold' }] },
    { or: [{ field: 'age', at_least: 3 }, { and: [{ field: 'vip', equals: true }, { field: 'ends', less: '2026-03-01', kind: 'date' }] }] },
    { not: { or: [{ field: 'tier', in: ['gold', 'silver'] }] } },
    { and: [{ field: 'age', less: { number: '1.50' } }, { field: 'tags', contains: 'key', kind: 'texts' }, { field: 'age', exists: true, kind: 'number' }] },
  ])
    assert.deepEqual(round(rule), rule);
});

test('a single clause becomes a group, a bare not becomes none', () => {
  assert.deepEqual(round({ field: 'tier', equals: 'gold' }), { and: [{ field: 'tier', equals: 'gold' }] });
  assert.deepEqual(round({ not: { field: 'tier', equals: 'gold' } }), { not: { or: [{ field: 'tier', equals: 'gold' }] } });
});

test('what this editor can not show is refused, not mangled', () => {
  assert.equal(fromRule({ skill: 'billing' }), null);
  assert.equal(fromRule({ and: [{ field: 'tier' }] }), null);
});

test('an incomplete condition gives no rule', () => {
  assert.equal(toRule(newGroup(), KINDS), null);
  for (const [field, value] of [['tier', ' '], ['age', 'many'], ['ends', '2026-3-1']] as const)
    assert.equal(toRule(newGroup('all', [{ ...newClause(field), value }]), KINDS), null);
  assert.equal(toRule(newGroup('all', [{ ...newClause('tier', 'in'), value: [] }]), KINDS), null);
});

test('numbers keep their digits', () => {
  const rule = (value: string) => toRule(newGroup('all', [{ ...newClause('age'), value }]), KINDS);
  assert.deepEqual(rule('12'), { and: [{ field: 'age', equals: 12 }] });
  assert.deepEqual(rule('0.10'), { and: [{ field: 'age', equals: { number: '0.10' } }] });
});

test('parts are replaced and removed wherever they stand', () => {
  const inner = newGroup('any', [newClause('tier'), newClause('age')]);
  const group = newGroup('all', [inner]);
  const changed = replacePart(group, inner.parts[0]!.key, null);
  assert.ok(changed.parts[0]?.type === 'group' && changed.parts[0].parts.length === 1);
  assert.equal(replacePart(group, inner.key, null).parts.length, 0);
});
