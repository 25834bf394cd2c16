/** A recorded period played again under the new rules, beside what was. */
import { Progress, Select, Table } from '@mantine/core';
import { useEffect, useState } from 'react';
import { api } from '../api/client.ts';
import type { Values, WhatIfRun, WhatIfValues } from '../api/types.ts';
import { ActionButton } from '../parts/ActionButton.tsx';
import { asProblem, type Problem } from '../api/client.ts';
import { ProblemNote } from '../parts/pieces.tsx';
import { count, percent } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import css from './routing.module.css';

const POLL_MS = 700;
const HOURS = ['1', '24', '168'] as const;
const SHARES = new Set(['service_level', 'abandonment_rate', 'occupancy']);

export function TryOut({ rules }: { rules: Values }) {
  const { t } = useText();
  const [hours, setHours] = useState<string>('24');
  const [run, setRun] = useState<WhatIfRun | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const start = async () => {
    const now = Date.now();
    const from = new Date(now - Number(hours) * 3_600_000).toISOString();
    setProblem(null);
    setRun(await api.post<WhatIfRun>('/routing/whatif', { rules, from, to: new Date(now).toISOString() }));
  };
  const id = run?.state === 'running' ? run.id : null;
  useEffect(() => {
    if (id === null) return;
    const timer = setInterval(() => {
      api.get<WhatIfRun>(`/routing/whatif/${id}`).then(setRun, (fault: unknown) => {
        setProblem(asProblem(fault));
        setRun(null);
      });
    }, POLL_MS);
    return () => clearInterval(timer);
  }, [id]);
  return (
    <section className={css.tryOut} aria-labelledby="try-out">
      <h3 id="try-out">{t('routing.try.title')}</h3>
      <p className="muted small">{t('routing.try.note')}</p>
      <div className="row">
        <Select aria-label={t('routing.try.period')} value={hours} allowDeselect={false} data={HOURS.map((value) => ({ value, label: t(`routing.try.hours_${value}`) }))} onChange={(value) => setHours(value ?? '24')} />
        <ActionButton act={start} variant="light" disabled={id !== null} data-testid="try-start">{t('routing.try.start')}</ActionButton>
      </div>
      <div role="status">
        {id !== null && <Progress value={100 * (run?.share ?? 0)} aria-label={t('routing.try.running')} />}
        {run?.state === 'failed' && <p className={css.fault}>{run.problem} {run.hint}</p>}
      </div>
      {problem && <ProblemNote problem={problem} />}
      {run?.result && <Result result={run.result} />}
    </section>
  );
}

function Result({ result }: { result: NonNullable<WhatIfRun['result']> }) {
  const { t, lang, code } = useText();
  const shown = (name: string, value: number | null) =>
    value === null ? '–' : SHARES.has(name) ? percent(value, lang, 1) : name.endsWith('_s') ? `${value.toFixed(1)} s` : count(value, lang);
  return (
    <Table.ScrollContainer minWidth={420} type="native">
      <Table fz="xs" verticalSpacing={5} data-testid="try-result">
        <Table.Thead><Table.Tr><Table.Th>{t('routing.try.measure')}</Table.Th><Table.Th className={css.right}>{t('routing.try.recorded')}</Table.Th><Table.Th className={css.right}>{t('routing.try.same')}</Table.Th><Table.Th className={css.right}>{t('routing.try.new')}</Table.Th></Table.Tr></Table.Thead>
        {Object.entries(result.queues).map(([queue, measures]) => (
          <Table.Tbody key={queue}>
            <Table.Tr><Table.Th colSpan={4} scope="rowgroup">{queue || t('routing.try.whole')}</Table.Th></Table.Tr>
            {Object.entries(measures as Record<string, WhatIfValues>).map(([name, values]) => (
              <Table.Tr key={name}>
                <Table.Th scope="row" fw={400}>{code('measure', name)}</Table.Th>
                <Table.Td className={css.right}>{shown(name, values.recorded)}</Table.Td>
                <Table.Td className={css.right}>{shown(name, values.same_rules)}</Table.Td>
                <Table.Td className={css.right}><strong>{shown(name, values.rules)}</strong></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        ))}
      </Table>
    </Table.ScrollContainer>
  );
}
