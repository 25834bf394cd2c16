/** Everything with this customer over all channels, newest first, older pages on request. */
import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { api, asProblem, type Problem } from '../api/client.ts';
import type { Page, TimelineItem } from '../api/types.ts';
import { ActionButton } from '../parts/ActionButton.tsx';
import { useThrottled } from '../parts/hooks.ts';
import { ChannelMark, Chip, Empty, ProblemNote, Waiting } from '../parts/pieces.tsx';
import { fullMoment, moment } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import css from './customer.module.css';
import { read } from './reading.ts';

export function Timeline({ customer, version }: { customer: string; version: number }) {
  const { t } = useText();
  const [items, setItems] = useState<TimelineItem[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [turn, setTurn] = useState(0);
  const settled = useThrottled(version, 400);
  useEffect(() => {
    const control = new AbortController();
    api.get<Page<TimelineItem>>(`/customers/${customer}/timeline`, {}, control.signal).then(
      (page) => {
        setProblem(null);
        // Older pages that were opened stay; the newest page is replaced.
        setItems((before) => withOlder(page.items, before ?? []));
        setNext((before) => before ?? page.next ?? null);
      },
      (fault: unknown) => {
        if (!control.signal.aborted) setProblem(asProblem(fault));
      },
    );
    return () => control.abort();
  }, [customer, settled, turn]);
  const older = async () => {
    const page = await api.get<Page<TimelineItem>>(`/customers/${customer}/timeline`, { after: next });
    setItems((before) => withOlder(before ?? [], page.items));
    setNext(page.next ?? null);
  };
  return (
    <section className={css.section} aria-label={t('timeline.title')}>
      <h3>{t('timeline.title')}</h3>
      {problem && <ProblemNote problem={problem} retry={() => setTurn(turn + 1)} />}
      {items === null && !problem && <Waiting />}
      {items?.length === 0 && <Empty icon="clock" title={t('timeline.none')}>{t('timeline.none_note')}</Empty>}
      {items && items.length > 0 && (
        <ol className={css.timeline} data-testid="timeline">
          {items.map((item) => <Item key={item.interaction.id} item={item} />)}
        </ol>
      )}
      {next && <ActionButton act={older} variant="default" size="compact-md" fullWidth data-testid="timeline-older">{t('timeline.older')}</ActionButton>}
    </section>
  );
}

function withOlder(first: TimelineItem[], then: TimelineItem[]): TimelineItem[] {
  const seen = new Set(first.map((item) => item.interaction.id));
  return [...first, ...then.filter((item) => !seen.has(item.interaction.id))];
}

function Item({ item }: { item: TimelineItem }) {
  const { t, lang, code } = useText();
  const [open, setOpen] = useState(false);
  const { interaction } = item;
  const entries = read(item.messages).filter((entry) => entry.type !== 'happened');
  return (
    <li className={css.timelineItem} data-testid="timeline-item" data-channel={interaction.channel} data-state={interaction.state}>
      <ChannelMark channel={interaction.channel} size="sm" />
      <div className="grow">
        <div className={css.timelineHead}>
          <span className="grow cut">
            {t(`timeline.${interaction.direction === 'outbound' ? 'out' : 'in'}.${interaction.channel}`)}
            {interaction.agent_name && <span className="muted"> · {interaction.agent_name}</span>}
          </span>
          <time className="small muted num" dateTime={interaction.opened_at} title={fullMoment(interaction.opened_at, lang)}>{moment(interaction.opened_at, lang)}</time>
        </div>
        {item.summary && <p className={css.summary} data-open={open}>{item.summary}</p>}
        <div className={css.chips}>
          {interaction.state !== 'closed' ? <Chip tone="good">{code('interaction', interaction.state)}</Chip> : interaction.disposition && <Chip>{code('disposition', interaction.disposition)}</Chip>}
          {entries.length > 0 && <Button variant="subtle" size="compact-xs" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? t('common.less') : t('timeline.read', { count: entries.length })}</Button>}
        </div>
        {open && (
          <ul className={css.said}>
            {entries.map((entry) => (
              <li key={entry.id} data-who={entry.who}>
                <span className="small muted">{entry.who === 'customer' ? t('who.customer') : entry.who === 'menu' ? t('who.menu') : (entry.name ?? t('who.agent'))}</span>
                <span>{entry.text}</span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </li>
  );
}
