import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countSms, plainHelps, plainPunctuation } from '../src/agent/segments.ts';

test('the empty text has no segment', () => {
  assert.deepEqual(countSms(''), { encoding: 'GSM-7', units: 0, segments: 0, left: 160, offending: [] });
});

test('GSM-7 holds 160 alone and 153 in each of several', () => {
  assert.equal(countSms('a'.repeat(160)).segments, 1);
  assert.equal(countSms('a'.repeat(161)).segments, 2);
  assert.equal(countSms('a'.repeat(306)).segments, 2);
  assert.equal(countSms('a'.repeat(307)).segments, 3);
});

test('an extension character costs two and does not straddle a boundary', () => {
  assert.equal(countSms('€'.repeat(80)).segments, 1);
  assert.equal(countSms('€'.repeat(81)).segments, 2);
  // 152 units, then a pair that does not fit into the 153rd: 153 + 153 units are not reached.
  const text = 'a'.repeat(152) + '€' + 'a'.repeat(151);
  assert.equal(countSms(text).units, 305);
  assert.equal(countSms(text).segments, 2);
  assert.equal(countSms(text + 'a').segments, 3);
});

test('one character outside the alphabet makes the whole text UCS-2', () => {
  const count = countSms('Hello “you”');
  assert.equal(count.encoding, 'UCS-2');
  assert.deepEqual(count.offending, ['“', '”']);
  assert.equal(countSms('好'.repeat(70)).segments, 1);
  assert.equal(countSms('好'.repeat(71)).segments, 2);
});

test('a surrogate pair stays together', () => {
  const count = countSms('好'.repeat(66) + '😀' + '好'.repeat(5));
  assert.equal(count.units, 73);
  assert.equal(count.segments, 2);
  assert.equal(count.left, 67 - 7);
});

test('plain punctuation brings a text back to GSM-7', () => {
  const text = 'It’s “here”\u00a0– now…';
  assert.ok(plainHelps(countSms(text)));
  assert.equal(plainPunctuation(text), 'It\'s "here" - now...');
  assert.equal(countSms(plainPunctuation(text)).encoding, 'GSM-7');
  assert.ok(!plainHelps(countSms('好’')));
});
