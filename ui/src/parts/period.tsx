/** A period: recent days in one choice, or any two moments on this browser's clock. */
import { Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useText } from '../text/i18n.ts';
import css from './parts.module.css';

const HOURS = ['1', '24', '168', '720'] as const;

/** As `datetime-local` writes it. */
export function localMinute(at: Date): string {
  const shifted = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

function ago(hours: string): Date {
  return new Date(Date.now() - Number(hours) * 3_600_000);
}

export interface Period {
  from: string;
  to: string;
  setFrom: (from: string) => void;
  setTo: (to: string) => void;
  isWrong: boolean;
  /** As the API takes it; only when it is not wrong. */
  query: () => { from: string; to: string };
}

export function usePeriod(hours: (typeof HOURS)[number], begun: { from?: string | undefined; to?: string | undefined } = {}): Period {
  const [from, setFrom] = useState(() => localMinute(begun.from ? new Date(begun.from) : ago(hours)));
  const [to, setTo] = useState(() => localMinute(begun.to ? new Date(begun.to) : new Date()));
  const isWrong = !from || !to || new Date(from) >= new Date(to);
  return { from, to, setFrom, setTo, isWrong, query: () => ({ from: new Date(from).toISOString(), to: new Date(to).toISOString() }) };
}

export function PeriodFields({ period, children }: { period: Period; children?: React.ReactNode }) {
  const { t } = useText();
  const recent = (hours: string | null) => {
    if (hours === null) return;
    period.setFrom(localMinute(ago(hours)));
    // The minute that runs is part of what is recent.
    period.setTo(localMinute(new Date(Date.now() + 60_000)));
  };
  return (
    <div className={css.period}>
      <Select label={t('period.recent')} placeholder={t('period.own')} value={null} data={HOURS.map((value) => ({ value, label: t(`period.hours_${value}`) }))} onChange={recent} data-testid="period-recent" />
      <TextInput type="datetime-local" label={t('period.from')} value={period.from} onChange={(event) => period.setFrom(event.currentTarget.value)} data-testid="period-from" />
      <TextInput type="datetime-local" label={t('period.to')} value={period.to} error={period.isWrong ? t('period.wrong') : undefined} onChange={(event) => period.setTo(event.currentTarget.value)} data-testid="period-to" />
      {children}
    </div>
  );
}
