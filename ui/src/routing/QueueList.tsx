import { Button, Table } from '@mantine/core';
import type { Values } from '../api/types.ts';
import { Icon } from '../parts/icons.tsx';
import { Chip, Empty, PageHead, WideTable } from '../parts/pieces.tsx';
import { go, Link } from '../shell/route.tsx';
import { useText } from '../text/i18n.ts';
import { needsOf } from './config.ts';
import type { Book } from './Routing.tsx';
import css from './routing.module.css';

/** Policies worth a mark in the list. */
const MARKS = ['rings', 'overflow', 'limits', 'announcements', 'sticky', 'blending'] as const;

export function QueueList({ book }: { book: Book }) {
  const { t } = useText();
  const { queues, agents } = book.document;
  const names = Object.keys(queues);
  const members = (queue: string) => Object.values(agents as Record<string, Values>).filter((agent) => queue in ((agent.queues ?? {}) as Values)).length;
  return (
    <>
      <PageHead title={t('routing.page.queues')} note={t('routing.queues_note')}>
        {book.canChange && <Button leftSection={<Icon name="plus" size={16} />} onClick={() => go('/desk/routing/queues/new')} data-testid="queue-new">{t('routing.queue_new')}</Button>}
      </PageHead>
      <div className="card">
        {names.length === 0 ? <Empty icon="inbox" title={t('floor.no_queues')}>{t('routing.no_queues_note')}</Empty> : (
          <WideTable title={t('routing.page.queues')} minWidth={640}>
            <Table verticalSpacing="sm" horizontalSpacing="md" data-testid="routing-queue-list">
              <Table.Thead><Table.Tr><Table.Th>{t('floor.queue')}</Table.Th><Table.Th>{t('routing.requires')}</Table.Th><Table.Th>{t('routing.hours')}</Table.Th><Table.Th className={css.right}>{t('floor.agents')}</Table.Th><Table.Th>{t('routing.rules')}</Table.Th></Table.Tr></Table.Thead>
              <Table.Tbody>
                {names.map((name) => {
                  const queue = queues[name] as Values;
                  return (
                    <Table.Tr key={name} data-testid="routing-queue">
                      <Table.Th scope="row"><Link className={css.name} href={`/desk/routing/queues/q:${encodeURIComponent(name)}`}>{name}</Link></Table.Th>
                      <Table.Td><Needs rule={queue.requires} /></Table.Td>
                      <Table.Td>{typeof queue.hours === 'string' ? queue.hours : queue.hours ? t('routing.own_hours') : <span className="muted">{t('routing.always')}</span>}</Table.Td>
                      <Table.Td className={css.right}>{members(name)}</Table.Td>
                      <Table.Td><span className={css.marks}>{MARKS.filter((mark) => queue[mark]).map((mark) => <Chip key={mark}>{t(`routing.section.${mark}`)}</Chip>)}</span></Table.Td>
                    </Table.Tr>
                  );
                })}
              </Table.Tbody>
            </Table>
          </WideTable>
        )}
      </div>
    </>
  );
}

function Needs({ rule }: { rule: unknown }) {
  const { t } = useText();
  const needs = needsOf(rule);
  if (needs === null) return <Chip>{t('routing.expression')}</Chip>;
  if (needs.length === 0) return <span className="muted">{t('routing.anybody')}</span>;
  return (
    <span className={css.marks}>
      {needs.map((need) => <Chip key={need.skill + need.low} tone={need.not ? 'warn' : 'accent'}>{need.not ? t('routing.not', { skill: need.skill }) : need.skill}{(need.low > 1 || need.high < 5) && ` ${need.low}–${need.high}`}</Chip>)}
    </span>
  );
}
