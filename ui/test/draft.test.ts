import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CampaignChannel, CampaignInfo } from '../src/api/types.ts';
import { waitBefore } from '../src/api/live.ts';
import { localInput, share, sharesAddUp, withShare } from '../src/campaigns/draft.ts';
import { doneShare, ordered } from '../src/campaigns/outcomes.ts';
import { clock } from '../src/text/format.ts';

const way = (channel: 'sms' | 'email', part: number): CampaignChannel => ({ channel, template: 't', line: 'l', share: part });

test('shares always add up to one', () => {
  assert.ok(sharesAddUp(share([way('sms', 1)])));
  assert.ok(sharesAddUp(share([way('sms', 1), way('email', 1)])));
  for (const value of [0, 0.01, 0.333, 0.5, 1]) assert.ok(sharesAddUp(withShare([way('sms', 0.5), way('email', 0.5)], 0, value)));
  assert.ok(!sharesAddUp([way('sms', 0.5)]));
});

test('the start is written in local time', () => {
  const now = new Date(2026, 5, 2, 10, 30);
  assert.equal(localInput(60, now), '2026-06-02T11:30');
});

test('outcomes stand in the order of life, and none is lost', () => {
  assert.deepEqual(ordered({ skipped: 1, brand_new: 2, delivered: 3, queued: 0 }), [['delivered', 3], ['skipped', 1], ['brand_new', 2]]);
});

test('done is what waits for nothing any more', () => {
  const campaign = { total: 10, state: 'running', counts: { queued: 4, waiting_until: 1, delivered: 4, skipped: 1 } } as unknown as CampaignInfo;
  assert.equal(doneShare(campaign), 0.5);
  assert.equal(doneShare({ ...campaign, total: 0 }), 0);
});

test('durations read as people write them', () => {
  assert.deepEqual([0, 59.9, 60, 3661, -5].map(clock), ['0:00', '0:59', '1:00', '1:01:01', '0:00']);
});

test('waiting before the next try grows, and has an end', () => {
  assert.ok(waitBefore(0, 0.5) < waitBefore(3, 0.5));
  assert.ok(waitBefore(50, 1) <= 8000 * 1.25);
});
