import { Table } from '@mantine/core';
import { useMemo } from 'react';
import { api } from '../api/client.ts';
import type { FloorInfo, Page, QueueInfo, QueueRow } from '../api/types.ts';
import { useLoad } from '../parts/hooks.ts';
import { WideTable } from '../parts/pieces.tsx';
import { Icon } from '../parts/icons.tsx';
import { clock, count, percent } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import { useAge } from './age.ts';
import css from './floor.module.css';
import { QueueActions } from './Manual.tsx';

/** The share aimed at where the queue's configuration is not read yet. */
const USUAL_GOAL = 0.8;

export function Queues({ floor }: { floor: FloorInfo }) {
  const { t } = useText();
  const age = useAge(floor.at);
  const configured = useLoad('queues', (signal) => api.get<Page<QueueInfo>>('/queues', {}, signal));
  const goals = useMemo(() => new Map((configured.data?.items ?? []).map((each) => [each.name, each.target_percent / 100])), [configured.data]);
  return (
    <section className="card" aria-labelledby="queues">
      <h2 id="queues" className={css.title}>{t('floor.queues')}</h2>
      <WideTable title={t('floor.queues')} minWidth={660}>
        <Table verticalSpacing="sm" horizontalSpacing="md" className={css.table} data-testid="queues">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{t('floor.queue')}</Table.Th>
              <Table.Th scope="col" className={css.right}>{t('floor.waiting')}</Table.Th>
              <Table.Th scope="col" className={css.right}>{t('floor.longest_wait')}</Table.Th>
              <Table.Th scope="col">{t('floor.service_level')}</Table.Th>
              <Table.Th scope="col" className={css.right}>{t('floor.answered')}</Table.Th>
              <Table.Th scope="col" className={css.right}>{t('floor.abandoned')}</Table.Th>
              <Table.Th scope="col" className={css.right}>{t('floor.free_agents')}</Table.Th>
              <Table.Th><span className="sr-only">{t('manual.do')}</span></Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {floor.queues.map((queue) => <Row key={queue.name} queue={queue} age={age} goal={goals.get(queue.name) ?? USUAL_GOAL} />)}
          </Table.Tbody>
        </Table>
      </WideTable>
      {floor.queues.length === 0 && <p className={css.none}>{t('floor.no_queues')}</p>}
    </section>
  );
}

function Row({ queue, age, goal }: { queue: QueueRow; age: number; goal: number }) {
  const { t, lang } = useText();
  const longest = queue.waiting > 0 ? queue.longest_wait_s + age : 0;
  const late = longest > queue.target_s;
  const alone = queue.waiting > 0 && queue.agents_available === 0;
  return (
    <Table.Tr data-testid="queue" data-queue={queue.name}>
      <Table.Th scope="row" className={css.queueName}>{queue.name}</Table.Th>
      <Table.Td className={css.right}>
        <span className={css.waiting} data-some={queue.waiting > 0} data-testid="queue-waiting">{queue.waiting}</span>
      </Table.Td>
      <Table.Td className={css.right}>
        {queue.waiting === 0 ? <span className="muted">–</span> : (
          <span className={css.wait} data-late={late}>
            {late && <Icon name="warning" size={14} label={t('floor.late')} />}
            {clock(longest)}
          </span>
        )}
      </Table.Td>
      <Table.Td><Level queue={queue} lang={lang} goal={goal} /></Table.Td>
      <Table.Td className={css.right}>{count(queue.answered, lang)}</Table.Td>
      <Table.Td className={css.right}>{count(queue.abandoned, lang)}</Table.Td>
      <Table.Td className={css.right}>
        <span className={css.wait} data-late={alone}>{alone && <Icon name="warning" size={14} label={t('floor.alone')} />}{queue.agents_available}</span>
      </Table.Td>
      <Table.Td className={css.right}><QueueActions queue={queue} /></Table.Td>
    </Table.Tr>
  );
}

function Level({ queue, lang, goal }: { queue: QueueRow; lang: string; goal: number }) {
  const { t } = useText();
  const target = queue.target_s >= 120 ? t('floor.minutes', { count: Math.round(queue.target_s / 60) }) : t('floor.seconds', { count: queue.target_s });
  if (queue.service_level === null) return <span className="muted">{t('floor.no_answer_yet')}</span>;
  const share = queue.service_level;
  const reached = share >= goal;
  return (
    <div className={css.level} data-reached={reached}>
      <div className={css.levelBar} role="img" aria-label={t('floor.level_label', { share: percent(share, lang), target, goal: percent(goal, lang) })}>
        <span style={{ transform: `scaleX(${share})` }} />
        <i style={{ left: `${goal * 100}%` }} />
      </div>
      <span className={css.levelText}>
        <Icon name={reached ? 'check' : 'warning'} size={13} />
        <strong className="num">{percent(share, lang)}</strong> <span className="muted">{t('floor.in_target', { target })}</span>
      </span>
    </div>
  );
}
