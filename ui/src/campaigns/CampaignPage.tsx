/** One campaign: how far it is, what became of everyone, and the reason for each. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/client.ts';
import type { CampaignInfo, Channel } from '../api/types.ts';
import { ActionButton } from '../parts/ActionButton.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { useLoad } from '../parts/hooks.ts';
import { Icon } from '../parts/icons.tsx';
import { LiveMark, LostBanner } from '../parts/live-mark.tsx';
import { ChannelMark, PageHead, ProblemNote, Waiting } from '../parts/pieces.tsx';
import { useLive } from '../parts/useLive.ts';
import { InHeader } from '../shell/Header.tsx';
import { go } from '../shell/route.tsx';
import shell from '../shell/shell.module.css';
import { clock, count, moment, percent } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import css from './results.module.css';
import { Deliveries } from './Deliveries.tsx';
import { doneShare, ordered, toneOf } from './outcomes.ts';
import { StateChip } from './StateChip.tsx';
import { WhyBox } from './WhyBox.tsx';

export function CampaignPage({ id }: { id: string }) {
  const { t, lang } = useText();
  const campaign = useLoad(id, (signal) => api.get<CampaignInfo>(`/campaigns/${id}`, {}, signal));
  const live = useLive(`campaign:${id}`, (frame) => {
    if (frame.topic === `campaign:${id}`) campaign.set(frame.data as CampaignInfo);
  });
  const info = campaign.data;
  if (!info) return <div className={shell.page}>{campaign.problem ? <ProblemNote problem={campaign.problem} retry={campaign.reload} /> : <Waiting lines={8} />}</div>;
  const act = (verb: string, body?: unknown) => async () => {
    await api.post(`/campaigns/${id}/${verb}`, body);
    campaign.reload();
  };
  const at = info.started_at ?? info.starts_at;
  return (
    <>
      <InHeader><LiveMark status={live} /></InHeader>
      {live === 'lost' && <LostBanner />}
      <div className={shell.page}>
        <PageHead
          title={info.name}
          note={<span className={css.facts}><StateChip campaign={info} /><span>{info.segment_name}</span>{at && <span className="num">{t(info.started_at ? 'campaign.started_at' : 'campaign.starts_at', { at: moment(at, lang) })}</span>}{info.finished_at && <span className="num">{t('campaign.finished_at', { at: moment(info.finished_at, lang) })}</span>}</span>}
        >
          <Button variant="default" onClick={() => go('/desk/campaigns')}>{t('common.back')}</Button>
          <Actions campaign={info} act={act} />
        </PageHead>
        {info.needs_answer && <Overdue campaign={info} act={act} />}
        <div className="stack" style={{ gap: '1rem' }}>
          <Progress campaign={info} />
          <div className={css.split}>
            <Deliveries campaign={info} />
            <div className="stack" style={{ gap: '1rem' }}>
              <WhyBox campaign={id} />
              <Reasons campaign={info} />
            </div>
          </div>
        </div>
      </div>
    </>
  );
}

type Act = (verb: string, body?: unknown) => () => Promise<void>;

function Actions({ campaign, act }: { campaign: CampaignInfo; act: Act }) {
  const { t } = useText();
  const [asked, setAsked] = useState(false);
  const { state } = campaign;
  const ends = state === 'finished' || state === 'cancelled';
  return (
    <>
      {state === 'draft' && <Button leftSection={<Icon name="pencil" size={16} />} onClick={() => go(`/desk/campaigns/${campaign.id}/edit`)} data-testid="campaign-edit">{t('campaign.go_on')}</Button>}
      {(state === 'running' || state === 'scheduled') && <ActionButton act={act('pause')} variant="default" leftSection={<Icon name="pause" size={16} />} data-testid="campaign-pause">{t('campaign.pause')}</ActionButton>}
      {state === 'paused' && <ActionButton act={act('resume')} leftSection={<Icon name="play" size={16} />} data-testid="campaign-resume">{t('campaign.resume')}</ActionButton>}
      {!ends && state !== 'draft' && <Button variant="default" c="var(--bad)" onClick={() => setAsked(true)} data-testid="campaign-cancel">{t('campaign.cancel')}</Button>}
      <Dialog opened={asked} onClose={() => setAsked(false)} title={t('campaign.cancel_title')}>
        <p>{t('campaign.cancel_note')}</p>
        <div className="row" style={{ marginTop: '1.25rem', justifyContent: 'flex-end' }}>
          <Button variant="default" onClick={() => setAsked(false)}>{t('campaign.keep')}</Button>
          <ActionButton color="#b42318" act={async () => { await act('cancel')(); setAsked(false); }} data-testid="campaign-cancel-sure">{t('campaign.cancel')}</ActionButton>
        </div>
      </Dialog>
    </>
  );
}

function Overdue({ campaign, act }: { campaign: CampaignInfo; act: Act }) {
  const { t, lang } = useText();
  return (
    <section className={css.overdue} role="alert" data-testid="campaign-overdue">
      <Icon name="warning" size={22} />
      <div className="grow">
        <strong>{t('campaign.overdue_title')}</strong>
        <p>{t('campaign.overdue_note', { at: campaign.starts_at ? moment(campaign.starts_at, lang) : '' })}</p>
      </div>
      <div className={css.overdueActions}>
        <ActionButton act={act('answer', { answer: 'send' })} data-testid="overdue-send">{t('campaign.answer_send')}</ActionButton>
        <ActionButton act={act('answer', { answer: 'skip' })} variant="default" data-testid="overdue-skip">{t('campaign.answer_skip')}</ActionButton>
        <ActionButton act={act('answer', { answer: 'cancel' })} variant="default" data-testid="overdue-cancel">{t('campaign.cancel')}</ActionButton>
      </div>
    </section>
  );
}

function Progress({ campaign }: { campaign: CampaignInfo }) {
  const { t, lang, code } = useText();
  const rows = ordered(campaign.counts);
  const whole = Math.max(1, campaign.total);
  if (rows.length === 0) return <section className={`card ${css.pad} muted`} aria-label={t('campaign.progress')}>{t('campaign.nothing_yet')}</section>;
  const share = doneShare(campaign);
  return (
    <section className={`card ${css.pad}`} aria-label={t('campaign.progress')}>
      <div className={css.progressHead}>
        <span className={css.big} data-testid="campaign-progress">{percent(share, lang)}</span>
        <span className="muted">{t('campaign.of', { count: campaign.total, total: count(campaign.total, lang) })}</span>
        <span className={css.rate}>
          {campaign.rate_now_per_min !== null && <span><Icon name="send" size={14} /> {t('campaign.rate', { rate: count(Math.round(campaign.rate_now_per_min), lang) })}</span>}
          {campaign.time_left_s !== null && campaign.state === 'running' && <span><Icon name="clock" size={14} /> {t('campaign.left', { time: clock(campaign.time_left_s) })}</span>}
          {campaign.channels.map((each) => <span key={each.channel}><ChannelMark channel={each.channel as Channel} size="sm" /> {percent(each.share, lang)}</span>)}
        </span>
      </div>
      <div className={css.stacked} aria-hidden="true">
        {rows.map(([outcome, n]) => <span key={outcome} data-tone={toneOf(outcome)} data-outcome={outcome} style={{ flexGrow: n / whole }} />)}
      </div>
      <dl className={css.counts} data-testid="campaign-counts">
        {rows.map(([outcome, n]) => (
          <div key={outcome} data-testid={`count-${outcome}`}>
            <dt><i data-tone={toneOf(outcome)} data-outcome={outcome} aria-hidden="true" />{code('outcome', outcome)}</dt>
            <dd>{count(n, lang)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Reasons({ campaign }: { campaign: CampaignInfo }) {
  const { t, lang, code } = useText();
  const rows = Object.entries(campaign.reasons).sort(([, a], [, b]) => b - a);
  if (rows.length === 0) return null;
  return (
    <section className={`card ${css.pad}`} aria-labelledby="reasons">
      <h2 id="reasons" className={css.h2}>{t('campaign.reasons')}</h2>
      <dl className={css.reasons} data-testid="campaign-reasons">
        {rows.map(([reason, n]) => <div key={reason}><dt>{code('reason', reason)}</dt><dd className="num">{count(n, lang)}</dd></div>)}
      </dl>
    </section>
  );
}
