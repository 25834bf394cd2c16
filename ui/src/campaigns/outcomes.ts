/** Outcomes of deliveries in the order of their life, and what they mean for the eye. */
import type { CampaignInfo } from '../api/types.ts';
import type { Tone } from '../parts/tone.ts';

export const OUTCOMES = [
  'delivered', 'sent', 'handing_over', 'claimed', 'queued', 'waiting_until', 'deferred', 'in_doubt', 'bounced', 'rejected', 'failed', 'skipped', 'held_out',
] as const;

const TONE: Record<string, Tone> = {
  delivered: 'good', sent: 'good', handing_over: 'accent', claimed: 'plain', queued: 'plain', waiting_until: 'info', deferred: 'info',
  in_doubt: 'warn', bounced: 'bad', rejected: 'bad', failed: 'bad', skipped: 'warn', held_out: 'plain',
};

export function toneOf(outcome: string): Tone {
  return TONE[outcome] ?? 'plain';
}

/** Counts in the order of life; an outcome this page does not know stands at the end, not nowhere. */
export function ordered(counts: Record<string, number>): [string, number][] {
  const place = (outcome: string) => {
    const index = (OUTCOMES as readonly string[]).indexOf(outcome);
    return index < 0 ? OUTCOMES.length : index;
  };
  return Object.entries(counts).filter(([, n]) => n > 0).sort(([a], [b]) => place(a) - place(b));
}

const OPEN = ['queued', 'claimed', 'handing_over', 'waiting_until', 'deferred'];

export function doneShare(campaign: CampaignInfo): number {
  if (campaign.total === 0) return campaign.state === 'finished' ? 1 : 0;
  const open = OPEN.reduce((sum, outcome) => sum + (campaign.counts[outcome] ?? 0), 0);
  return Math.max(0, Math.min(1, (campaign.total - open) / campaign.total));
}

export const STATE_TONE: Record<CampaignInfo['state'], Tone> = {
  draft: 'plain', scheduled: 'info', running: 'good', paused: 'warn', cancelled: 'plain', finished: 'accent',
};
