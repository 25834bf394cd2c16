/** A recorded period played again under the new rules, beside what was. */
import { Progress, Select } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/client.ts';
import type { Values, WhatIfRun } from '../api/types.ts';
import { ActionButton } from '../parts/ActionButton.tsx';
import { ProblemNote } from '../parts/pieces.tsx';
import { Link } from '../shell/route.tsx';
import { useText } from '../text/i18n.ts';
import { Result } from '../whatif/Result.tsx';
import { useRun } from '../whatif/useRun.ts';
import { PLACE } from '../whatif/place.ts';
import css from './routing.module.css';

const HOURS = ['1', '24', '168'] as const;

export function TryOut({ rules }: { rules: Values }) {
  const { t } = useText();
  const [hours, setHours] = useState<string>('24');
  const [id, setId] = useState<string | null>(null);
  const { data: run, problem, reload } = useRun(id);
  const isRunning = id !== null && (run === null || run.state === 'running');
  const start = async () => {
    const now = Date.now();
    const from = new Date(now - Number(hours) * 3_600_000).toISOString();
    const body = { rules, from, to: new Date(now).toISOString(), note: t('routing.try.note_kept') };
    setId((await api.post<WhatIfRun>('/routing/whatif', body)).id);
  };
  const shown = run?.id === id ? run : null;
  return (
    <section className={css.tryOut} aria-labelledby="try-out">
      <h3 id="try-out">{t('routing.try.title')}</h3>
      <p className="muted small">{t('routing.try.note')}</p>
      <div className="row">
        <Select aria-label={t('routing.try.period')} value={hours} allowDeselect={false} data={HOURS.map((value) => ({ value, label: t(`routing.try.hours_${value}`) }))} onChange={(value) => setHours(value ?? '24')} />
        <ActionButton act={start} variant="light" disabled={isRunning} data-testid="try-start">{t('routing.try.start')}</ActionButton>
        {shown && <Link href={`${PLACE}/${shown.id}`} data-testid="try-whole">{t('routing.try.whole_page')}</Link>}
      </div>
      <div role="status">
        {isRunning && <Progress value={100 * (shown?.share ?? 0)} aria-label={t('routing.try.running')} />}
        {shown?.state === 'failed' && <p className={css.fault}>{shown.problem} {shown.hint}</p>}
        {shown?.state === 'interrupted' && <p className={css.fault}>{t('whatif.interrupted_note')}</p>}
      </div>
      {problem && <ProblemNote problem={problem} retry={reload} />}
      {shown?.result && <Result result={shown.result} />}
    </section>
  );
}
