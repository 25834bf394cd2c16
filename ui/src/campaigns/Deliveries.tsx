import { NativeSelect, Table } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { api, asProblem, type Problem } from '../api/client.ts';
import type { CampaignInfo, Channel, DeliveryInfo, Page } from '../api/types.ts';
import { ActionButton } from '../parts/ActionButton.tsx';
import { useThrottled } from '../parts/hooks.ts';
import { ChannelMark, Chip, Empty, ProblemNote, Waiting, WideTable } from '../parts/pieces.tsx';
import { moment } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import css from './results.module.css';
import { ordered, toneOf } from './outcomes.ts';

const FIRST = 25;

export function Deliveries({ campaign }: { campaign: CampaignInfo }) {
  const { t, code } = useText();
  const [outcome, setOutcome] = useState('');
  const [reason, setReason] = useState('');
  const [rows, setRows] = useState<DeliveryInfo[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [turn, setTurn] = useState(0);
  const query = { outcome, reason, limit: FIRST };
  const asked = `${campaign.id} ${outcome} ${reason} ${turn}`;
  const shown = useRef('');
  const paged = (rows?.length ?? 0) > FIRST;
  // Read again when the counters have moved, but not at each of them.
  const counted = useThrottled(JSON.stringify(campaign.counts), 2000);
  useEffect(() => {
    // Whoever has opened further pages is reading: they are not taken away.
    if (paged && shown.current === asked) return;
    const control = new AbortController();
    api.get<Page<DeliveryInfo>>(`/campaigns/${campaign.id}/deliveries`, query, control.signal).then(
      (page) => {
        shown.current = asked;
        setRows(page.items);
        setNext(page.next ?? null);
        setProblem(null);
      },
      (fault: unknown) => {
        if (!control.signal.aborted) setProblem(asProblem(fault));
      },
    );
    return () => control.abort();
  }, [asked, counted]);
  const more = async () => {
    const page = await api.get<Page<DeliveryInfo>>(`/campaigns/${campaign.id}/deliveries`, { ...query, after: next });
    setRows((before) => [...(before ?? []), ...page.items]);
    setNext(page.next ?? null);
  };
  return (
    <section className="card" aria-labelledby="deliveries">
      <header className={css.head}>
        <h2 id="deliveries" className={`grow ${css.h2}`}>{t('campaign.deliveries')}</h2>
        <NativeSelect size="xs" aria-label={t('campaign.outcome')} value={outcome} onChange={(event) => { setOutcome(event.currentTarget.value); setReason(''); }} data-testid="filter-outcome" data={[{ value: '', label: t('campaign.any_outcome') }, ...ordered(campaign.counts).map(([each]) => ({ value: each, label: code('outcome', each) }))]} />
        <NativeSelect size="xs" aria-label={t('campaign.reason')} value={reason} onChange={(event) => setReason(event.currentTarget.value)} data-testid="filter-reason" data={[{ value: '', label: t('campaign.any_reason') }, ...Object.keys(campaign.reasons).map((each) => ({ value: each, label: code('reason', each) }))]} />
      </header>
      {problem ? <div className={css.pad}><ProblemNote problem={problem} retry={() => setTurn(turn + 1)} /></div> : rows === null ? <Waiting /> : rows.length === 0 ? (
        <Empty icon="inbox" title={t('campaign.no_deliveries')}>{t('campaign.no_deliveries_note')}</Empty>
      ) : (
        <WideTable title={t('campaign.deliveries')} minWidth={520}>
          <Table verticalSpacing="xs" horizontalSpacing="md" className={css.table} data-testid="deliveries">
            <Table.Thead><Table.Tr><Table.Th>{t('customer.card')}</Table.Th><Table.Th>{t('campaign.outcome')}</Table.Th><Table.Th>{t('campaign.when')}</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>{rows.map((row) => <Row key={row.id} row={row} />)}</Table.Tbody>
          </Table>
        </WideTable>
      )}
      {next && <div className={css.pad}><ActionButton act={more} variant="default" size="compact-md" fullWidth>{t('common.more')}</ActionButton></div>}
    </section>
  );
}

function Row({ row }: { row: DeliveryInfo }) {
  const { t, lang } = useText();
  return (
    <Table.Tr data-testid="delivery">
      <Table.Td>
        <span className="row"><ChannelMark channel={row.channel as Channel} size="sm" /><span className={css.two}><span className="cut">{row.customer_name || t('customer.unknown')}</span><span className="small muted cut num">{row.address}</span></span></span>
      </Table.Td>
      <Table.Td><OutcomeChip row={row} /></Table.Td>
      <Table.Td className="num">{moment(row.at, lang)}</Table.Td>
    </Table.Tr>
  );
}

export function OutcomeChip({ row }: { row: DeliveryInfo }) {
  const { t, lang, code } = useText();
  return (
    <span className={css.outcome}>
      <Chip tone={toneOf(row.outcome)}>{code('outcome', row.outcome)}</Chip>
      {row.reason && <span className="small muted">{code('reason', row.reason)}</span>}
      {row.until && <span className="small muted num">{t('campaign.until', { at: moment(row.until, lang) })}</span>}
    </span>
  );
}
