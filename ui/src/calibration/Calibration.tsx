/** Was it true what those who waited were told? */
import { Select, Table } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/client.ts';
import type { CalibrationReport, CalibrationRow } from '../api/types.ts';
import { useLoad, useSettled } from '../parts/hooks.ts';
import type { IconName } from '../parts/icons.tsx';
import { PeriodFields, usePeriod } from '../parts/period.tsx';
import { Chip, Empty, PageHead, ProblemNote, Waiting, WideTable } from '../parts/pieces.tsx';
import type { Tone } from '../parts/tone.ts';
import { count, percent } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import css from './calibration.module.css';

const LOOKS: Record<CalibrationRow['verdict'], { tone: Tone; icon: IconName }> = {
  true: { tone: 'good', icon: 'check' },
  narrow: { tone: 'bad', icon: 'warning' },
  wide: { tone: 'warn', icon: 'info' },
  few: { tone: 'plain', icon: 'info' },
  none: { tone: 'plain', icon: 'info' },
};

export function Calibration({ queues }: { queues: string[] }) {
  const { t } = useText();
  const period = usePeriod('168');
  const [queue, setQueue] = useState<string | null>(null);
  const key = useSettled(period.isWrong ? null : JSON.stringify([period.from, period.to, queue]), 350);
  const found = useLoad(key, (signal) => api.get<CalibrationReport>('/routing/calibration', { ...period.query(), queue }, signal));
  return (
    <>
      <PageHead title={t('calibration.title')} note={t('calibration.note')} />
      <div className="stack">
        <section className={`card ${css.section}`} aria-label={t('period.title')}>
          <PeriodFields period={period}>
            <Select label={t('floor.queue')} placeholder={t('calibration.all_queues')} value={queue} data={queues} clearable onChange={setQueue} data-testid="calibration-queue" />
          </PeriodFields>
        </section>
        <div role="status" aria-busy={found.loading}>
          {found.problem ? <ProblemNote problem={found.problem} retry={found.reload} /> : !found.data ? <Waiting lines={8} /> : <Report report={found.data} />}
        </div>
      </div>
    </>
  );
}

function Report({ report }: { report: CalibrationReport }) {
  const { t } = useText();
  const { whole } = report;
  if (whole.told + whole.silent === 0) return <div className="card"><Empty icon="clock" title={t('calibration.none')}>{t('calibration.none_note')}</Empty></div>;
  return (
    <div className="stack" data-testid="calibration">
      <section className={`card ${css.section}`} aria-label={t('calibration.result')}>
        <p><Verdict row={whole} /> <span>{t(`calibration.says.${whole.verdict}`, { few: report.few })}</span></p>
        <Figures report={report} />
        {!report.is_whole && <p className="muted small">{t('calibration.cut')}</p>}
      </section>
      <Rows title={t('calibration.by_width')} note={t('calibration.by_width_note')} rows={report.by_width} name={(row) => t('calibration.seconds', { seconds: row.name })} report={report} />
      <Rows title={t('calibration.by_queue')} rows={report.by_queue} name={(row) => row.name} report={report} />
      <Rows title={t('calibration.by_position')} rows={report.by_position} name={(row) => row.name || t('calibration.no_position')} report={report} />
      <Rows title={t('calibration.by_hour')} note={t('calibration.zone', { zone: report.zone })} rows={report.by_hour} name={(row) => `${row.name}:00`} report={report} />
    </div>
  );
}

function Figures({ report }: { report: CalibrationReport }) {
  const { t, lang } = useText();
  const { whole } = report;
  const share = (value: number | null) => (value === null ? '–' : percent(value, lang, 1));
  const seconds = (value: number | null) => (value === null ? '–' : `${value.toFixed(0)} s`);
  const interval = whole.coverage_low === null || whole.coverage_high === null ? '' : t('calibration.interval', { low: share(whole.coverage_low), high: share(whole.coverage_high) });
  const figures: [string, string, string][] = [
    ['told', count(whole.told, lang), t('calibration.told_note', { answered: count(whole.answered, lang), left: count(whole.left, lang), waiting: count(whole.waiting, lang) })],
    ['coverage', share(whole.coverage), [t('calibration.nominal', { share: share(report.nominal) }), interval].filter(Boolean).join(' · ')],
    ['bounds', `${share(whole.at_least)} – ${share(whole.at_most)}`, t('calibration.bounds_note')],
    ['silent', share(whole.silent_share), t('calibration.silent_note', { count: whole.silent })],
    ['width', seconds(whole.mean_width_s), t('calibration.width_note')],
    ['error', seconds(whole.mean_error_s), t('calibration.error_note')],
  ];
  return (
    <dl className={css.figures}>
      {figures.map(([key, value, note]) => (
        <div key={key} data-testid={`calibration-${key}`}>
          <dt>{t(`calibration.${key}` as 'calibration.told')}</dt>
          <dd className={css.figure}>{value}</dd>
          <dd className="small muted">{note}</dd>
        </div>
      ))}
    </dl>
  );
}

function Rows({ title, note, rows, name, report }: { title: string; note?: string; rows: CalibrationRow[]; name: (row: CalibrationRow) => string; report: CalibrationReport }) {
  const { t, lang } = useText();
  if (rows.length === 0) return null;
  return (
    <div className={`card ${css.section}`}>
      <h2>{title}</h2>
      {note && <p className="muted small">{note}</p>}
      <WideTable title={title} minWidth={760}>
        <Table verticalSpacing={6} layout="fixed" className={css.table}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th><span className="sr-only">{title}</span></Table.Th>
              {(['told', 'silent', 'answered', 'sooner', 'later'] as const).map((column) => <Table.Th key={column} className={css.right}>{t(`calibration.${column}`)}</Table.Th>)}
              <Table.Th>{t('calibration.coverage')}</Table.Th>
              <Table.Th>{t('calibration.result')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={row.name}>
                <Table.Th scope="row" fw={500}>{name(row)}</Table.Th>
                {([row.told, row.silent, row.answered, row.sooner, row.later]).map((value, place) => <Table.Td key={place} className={css.right}>{count(value, lang)}</Table.Td>)}
                <Table.Td><Coverage row={row} nominal={report.nominal} /></Table.Td>
                <Table.Td><Verdict row={row} /></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </WideTable>
    </div>
  );
}

/** The share inside on a line from 0 to 1, its interval, and a mark where the bands say it should be. */
function Coverage({ row, nominal }: { row: CalibrationRow; nominal: number }) {
  const { t, lang } = useText();
  if (row.coverage === null || row.coverage_low === null || row.coverage_high === null) return <span className="muted">–</span>;
  const label = `${percent(row.coverage, lang, 1)}, ${t('calibration.interval', { low: percent(row.coverage_low, lang, 1), high: percent(row.coverage_high, lang, 1) })}`;
  return (
    <span className={css.coverage}>
      <span className={css.line} role="img" aria-label={label}>
        <span style={{ left: `${100 * row.coverage_low}%`, width: `${100 * (row.coverage_high - row.coverage_low)}%` }} />
        <b style={{ left: `${100 * row.coverage}%` }} />
        <i style={{ left: `${100 * nominal}%` }} />
      </span>
      <span className="num" aria-hidden="true">{percent(row.coverage, lang)}</span>
    </span>
  );
}

function Verdict({ row }: { row: CalibrationRow }) {
  const { t } = useText();
  return <Chip tone={LOOKS[row.verdict].tone} icon={LOOKS[row.verdict].icon} data-testid="calibration-verdict">{t(`calibration.verdicts.${row.verdict}`)}</Chip>;
}
