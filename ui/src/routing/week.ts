/** A week of business hours: the document names days or ranges of days, the form has seven rows. Pure. */
import type { Config } from './config.ts';

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Day = (typeof DAYS)[number];
export type Week = Record<Day, string[]>;

/** The places of a key such as `mon` or `mon-fri`; none for what is neither. */
export function daysOf(key: string): Day[] {
  const [first, last = first] = key.split('-');
  const [start, end] = [DAYS.indexOf(first as Day), DAYS.indexOf(last as Day)];
  return start < 0 || end < start ? [] : DAYS.slice(start, end + 1);
}

export function weekOf(weekly: Config | undefined): Week {
  const week = Object.fromEntries(DAYS.map((day) => [day, [] as string[]])) as unknown as Week;
  for (const [key, spans] of Object.entries(weekly ?? {})) for (const day of daysOf(key)) week[day] = (spans ?? []) as string[];
  return week;
}

/** Days that follow each other with the same hours stand together; closed days are left out. */
export function weeklyOf(week: Week): Config {
  const weekly: Config = {};
  for (let start = 0; start < DAYS.length; ) {
    const spans = week[DAYS[start]!];
    let end = start;
    while (end + 1 < DAYS.length && week[DAYS[end + 1]!].join() === spans.join()) end += 1;
    if (spans.length > 0) weekly[start === end ? DAYS[start]! : `${DAYS[start]}-${DAYS[end]}`] = spans;
    start = end + 1;
  }
  return weekly;
}

export const NEW_HOURS: Config = { zone: 'UTC', weekly: { 'mon-fri': ['09:00-17:00'] } };
