import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factName, factValue, flatFacts } from '../src/parts/facts.ts';

test('names of fields read as words, and stay apart', () => {
  assert.equal(factName('attributes.MonthlyCharges'), 'Monthly Charges');
  assert.equal(factName('attributes.contract.ends'), 'Contract › ends');
  assert.equal(factName('attributes.contract_ends'), 'Contract ends');
});

test('nested attributes are laid flat, unknown ones left out', () => {
  assert.deepEqual(flatFacts({ plan: 'L', contract: { ends: '2026-11-30', note: null }, empty: '' }), [['plan', 'L'], ['contract.ends', '2026-11-30']]);
});

test('values are words, never [object Object]', () => {
  assert.equal(factValue(true, 'Yes', 'No'), 'Yes');
  assert.equal(factValue(['a', { name: 'Router', price: 20 }], 'Yes', 'No'), 'a, Router 20');
});
