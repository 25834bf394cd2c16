import assert from 'node:assert/strict';
import test from 'node:test';
import { difference, inOrder, verdict } from '../src/whatif/compare.ts';

const values = (recorded: number | null, same_rules: number | null, rules: number | null) => ({ recorded, same_rules, rules });

test('a difference is the new rules less the same rules', () => {
  assert.equal(difference(values(1, 10, 7)), -3);
  assert.equal(difference(values(1, null, 7)), null);
  assert.equal(difference(values(1, 10, null)), null);
});

test('whether it is better depends on the measure', () => {
  assert.equal(verdict('asa_s', values(10, 10, 7)), 'better');
  assert.equal(verdict('asa_s', values(10, 10, 12)), 'worse');
  assert.equal(verdict('service_level', values(0.8, 0.8, 0.9)), 'better');
  assert.equal(verdict('answered', values(100, 100, 90)), 'worse');
  assert.equal(verdict('offers', values(100, 100, 90)), 'other');
});

test('what is no larger than the error of the method is no difference', () => {
  assert.equal(verdict('asa_s', values(10, 12, 10)), 'same');
  assert.equal(verdict('asa_s', values(10, 12, 9)), 'better');
  assert.equal(verdict('asa_s', values(10, 12, 12)), 'same');
  assert.equal(verdict('asa_s', values(null, 12, 11)), 'better');
  assert.equal(verdict('asa_s', values(10, 12, null)), 'same');
});

test('measures are read in one order, unknown ones at the end', () => {
  const found = inOrder({ occupancy: 1, later: 2, offered: 3, asa_s: 4 });
  assert.deepEqual(found.map(([name]) => name), ['offered', 'asa_s', 'occupancy', 'later']);
});
