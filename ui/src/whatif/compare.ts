/** What differs between two re-runs, and whether that is better. Pure. */
import type { WhatIfValues } from '../api/types.ts';

export type Verdict = 'better' | 'worse' | 'other' | 'same';

export const SHARES = new Set(['service_level', 'abandonment_rate', 'occupancy']);
const MORE_IS_BETTER = new Set(['answered', 'service_level']);
const LESS_IS_BETTER = new Set(['abandoned', 'abandonment_rate', 'asa_s', 'longest_wait_s', 'waiting_at_end']);

/** The order they are read in; a store may keep them in another. */
const ORDER = [
  'offered', 'answered', 'abandoned', 'flowed_out', 'waiting_at_end', 'service_level', 'asa_s', 'longest_wait_s', 'abandonment_rate', 'occupancy', 'offers',
];

export function inOrder<T>(measures: Record<string, T>): [string, T][] {
  const place = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return Object.entries(measures).sort(([one], [other]) => place(one) - place(other));
}

/** The new rules less the same rules; null where one of them has no value. */
export function difference({ same_rules, rules }: WhatIfValues): number | null {
  return same_rules === null || rules === null ? null : rules - same_rules;
}

/** `same` also where the difference is no larger than what playing the record again alone makes of it. */
export function verdict(name: string, values: WhatIfValues): Verdict {
  const by = difference(values);
  if (by === null || by === 0) return 'same';
  const error = values.recorded === null || values.same_rules === null ? 0 : Math.abs(values.same_rules - values.recorded);
  if (Math.abs(by) <= error) return 'same';
  if (MORE_IS_BETTER.has(name)) return by > 0 ? 'better' : 'worse';
  if (LESS_IS_BETTER.has(name)) return by < 0 ? 'better' : 'worse';
  return 'other';
}
