/** Times, durations and numbers as people read them. Durations come in seconds. */

export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const s = String(whole % 60).padStart(2, '0');
  const m = Math.floor(whole / 60) % 60;
  const h = Math.floor(whole / 3600);
  return h > 0 ? `${h}:${String(m).padStart(2, '0')}:${s}` : `${m}:${s}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(lang: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = lang + JSON.stringify(options);
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(lang, options);
    formats.set(key, found);
  }
  return found;
}

export function timeOfDay(at: string | Date, lang: string): string {
  return format(lang, { hour: '2-digit', minute: '2-digit', hour12: false }).format(new Date(at));
}

/** Today: the time; this year: day, month and time; else with the year. */
export function moment(at: string | Date, lang: string, now = new Date()): string {
  const when = new Date(at);
  if (when.toDateString() === now.toDateString()) return timeOfDay(when, lang);
  const base: Intl.DateTimeFormatOptions = {
    month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false,
  };
  return format(lang, when.getFullYear() === now.getFullYear() ? base : { ...base, year: 'numeric' }).format(when);
}

export function fullMoment(at: string | Date, lang: string): string {
  return format(lang, { dateStyle: 'full', timeStyle: 'medium' }).format(new Date(at));
}

export function day(at: string | Date, lang: string): string {
  return format(lang, { dateStyle: 'medium' }).format(new Date(at));
}

/** Day and time on the clocks of a time zone. */
export function momentIn(at: string, lang: string, timeZone: string): string {
  return format(lang, { weekday: 'short', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false, timeZone }).format(new Date(at));
}

/** A date (`2026-12-24`, without a zone) with the day of its week. */
export function weekday(date: string, lang: string): string {
  return format(lang, { weekday: 'short', month: 'short', day: 'numeric', timeZone: 'UTC' }).format(new Date(`${date}T00:00Z`));
}

export function count(value: number, lang: string): string {
  return new Intl.NumberFormat(lang).format(value);
}

export function percent(share: number, lang: string, digits = 0): string {
  return new Intl.NumberFormat(lang, { style: 'percent', maximumFractionDigits: digits }).format(share);
}
