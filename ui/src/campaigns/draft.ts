/** A campaign while it is being made. Pure. */
import type { CampaignChannel, CampaignIn, CampaignInfo, Purpose } from '../api/types.ts';

export const NEW: CampaignIn = { name: '', segment: '', channels: [], purpose: 'marketing', holdout: 0, rate_per_min: null, ignore_quiet_hours: false };

export function draftOf(campaign: CampaignInfo): CampaignIn {
  const { name, segment, purpose, holdout, rate_per_min, ignore_quiet_hours } = campaign;
  // A reply names what was accepted in a request, so the wider type narrows back.
  const channels = campaign.channels.map((each): CampaignChannel => ({ ...each, channel: each.channel as CampaignChannel['channel'] }));
  return { name, segment, channels, purpose: purpose as Purpose, holdout, rate_per_min, ignore_quiet_hours };
}

/** Shares that add up to one: what is added takes an equal part, what is removed gives its part back. */
export function share(channels: CampaignChannel[]): CampaignChannel[] {
  const part = Math.floor(100 / Math.max(1, channels.length)) / 100;
  return channels.map((each, index) => ({ ...each, share: index === 0 ? round(1 - part * (channels.length - 1)) : part }));
}

/** One share set by hand; with two ways the other takes the rest. */
export function withShare(channels: CampaignChannel[], index: number, value: number): CampaignChannel[] {
  const set = round(Math.min(0.99, Math.max(0.01, value)));
  return channels.map((each, at) => (at === index ? { ...each, share: set } : channels.length === 2 ? { ...each, share: round(1 - set) } : each));
}

export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

export function sharesAddUp(channels: CampaignChannel[]): boolean {
  return Math.abs(channels.reduce((sum, each) => sum + each.share, 0) - 1) < 0.005;
}

/** Local date and time, as `datetime-local` writes it, `minutes` from now. */
export function localInput(minutes: number, now = new Date()): string {
  const at = new Date(now.getTime() + minutes * 60_000);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
