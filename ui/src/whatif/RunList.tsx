/** The comparisons that were asked for, the newest first. */
import { Button, Table } from '@mantine/core';
import { useEffect } from 'react';
import { api } from '../api/client.ts';
import type { WhatIfEntry } from '../api/types.ts';
import { useLoad } from '../parts/hooks.ts';
import { Icon } from '../parts/icons.tsx';
import { Empty, PageHead, ProblemNote, Waiting, WideTable } from '../parts/pieces.tsx';
import { go, Link } from '../shell/route.tsx';
import { moment } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import { RunState } from './RunState.tsx';
import { PLACE } from './place.ts';
import css from './whatif.module.css';

const POLL_MS = 2000;

export function RunList() {
  const { t, lang } = useText();
  const runs = useLoad('whatif', (signal) => api.get<{ items: WhatIfEntry[] }>('/routing/whatif', {}, signal));
  const { reload } = runs;
  const isRunning = runs.data?.items.some((each) => each.state === 'running') ?? false;
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(reload, POLL_MS);
    return () => clearInterval(timer);
  }, [isRunning, reload]);
  const ask = <Button leftSection={<Icon name="plus" size={16} />} onClick={() => go(`${PLACE}/new`)} data-testid="whatif-new">{t('whatif.new')}</Button>;
  return (
    <>
      <PageHead title={t('routing.page.whatif')} note={t('whatif.note')}>{ask}</PageHead>
      {runs.problem ? <ProblemNote problem={runs.problem} retry={reload} /> : !runs.data ? <Waiting /> : (
        <div className="card">
          {runs.data.items.length === 0 ? <Empty icon="clock" title={t('whatif.none')}>{t('whatif.none_note')}</Empty> : (
            <WideTable title={t('routing.page.whatif')} minWidth={620}>
              <Table verticalSpacing="sm" horizontalSpacing="md" data-testid="whatif-list">
                <Table.Thead><Table.Tr><Table.Th>{t('whatif.question')}</Table.Th><Table.Th>{t('routing.try.period')}</Table.Th><Table.Th>{t('whatif.asked')}</Table.Th><Table.Th>{t('whatif.state')}</Table.Th></Table.Tr></Table.Thead>
                <Table.Tbody>
                  {runs.data.items.map((each) => (
                    <Table.Tr key={each.id} data-testid="whatif-entry">
                      <Table.Th scope="row"><Link className={css.name} href={`${PLACE}/${each.id}`}>{each.note || t('whatif.no_note')}</Link></Table.Th>
                      <Table.Td className="num">{moment(each.from, lang)} – {moment(each.to, lang)}</Table.Td>
                      <Table.Td>{moment(each.asked_at, lang)}{each.by && <span className="muted"> · {each.by}</span>}</Table.Td>
                      <Table.Td><RunState run={each} /></Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </WideTable>
          )}
        </div>
      )}
    </>
  );
}
