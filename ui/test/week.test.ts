import assert from 'node:assert/strict';
import test from 'node:test';
import { attributeOf, attributeText } from '../src/routing/config.ts';
import { daysOf, weeklyOf, weekOf } from '../src/routing/week.ts';

test('a key names a day or a range of days', () => {
  assert.deepEqual(daysOf('mon'), ['mon']);
  assert.deepEqual(daysOf('thu-sat'), ['thu', 'fri', 'sat']);
  assert.deepEqual(daysOf('sat-mon'), []);
  assert.deepEqual(daysOf('someday'), []);
});

test('a week is written as it is read', () => {
  const weekly = { 'mon-fri': ['09:00-12:00', '13:00-17:00'], sat: ['10:00-14:00'] };
  assert.deepEqual(weeklyOf(weekOf(weekly)), weekly);
  assert.deepEqual(weeklyOf(weekOf(undefined)), {});
});

test('a day that becomes another splits its range, and joins it again', () => {
  const week = weekOf({ 'mon-fri': ['09:00-17:00'] });
  const shorter = { ...week, wed: ['09:00-12:00'] };
  assert.deepEqual(weeklyOf(shorter), { 'mon-tue': ['09:00-17:00'], wed: ['09:00-12:00'], 'thu-fri': ['09:00-17:00'] });
  assert.deepEqual(weeklyOf({ ...shorter, wed: ['09:00-17:00'] }), { 'mon-fri': ['09:00-17:00'] });
  assert.deepEqual(weeklyOf({ ...shorter, wed: [] }), { 'mon-tue': ['09:00-17:00'], 'thu-fri': ['09:00-17:00'] });
});

test('an attribute is what it looks like', () => {
  assert.deepEqual(attributeOf('team = north'), ['team', 'north']);
  assert.deepEqual(attributeOf('senior=true'), ['senior', true]);
  assert.deepEqual(attributeOf('level = 3.5'), ['level', 3.5]);
  assert.deepEqual(attributeOf('areas = [a, b c]'), ['areas', ['a', 'b c']]);
  assert.deepEqual(attributeOf('formula = a=b'), ['formula', 'a=b']);
  assert.equal(attributeOf('nothing'), null);
  assert.equal(attributeOf(' = x'), null);
  for (const text of ['team = north', 'senior = false', 'areas = [a, b]']) assert.equal(attributeText(attributeOf(text)!), text);
});
