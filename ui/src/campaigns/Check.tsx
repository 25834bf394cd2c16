/** The last look: what a start would do now, real previews, a test message, and the start itself. */
import { NativeSelect, SegmentedControl, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/client.ts';
import type { CampaignInfo, CampaignPlan, Page, Preview } from '../api/types.ts';
import { MailFrame } from '../agent/MailThread.tsx';
import { SmsMeter } from '../agent/Composer.tsx';
import { ActionButton } from '../parts/ActionButton.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { useLoad } from '../parts/hooks.ts';
import { Icon } from '../parts/icons.tsx';
import { languageName } from '../parts/languages.ts';
import { sayDone } from '../parts/notices.tsx';
import { ChannelMark, Chip, ProblemNote, Waiting } from '../parts/pieces.tsx';
import { go } from '../shell/route.tsx';
import { count } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import resultsCss from './results.module.css';
import wizardCss from './wizard.module.css';
import { CustomerPicker } from './CustomerPicker.tsx';
import { localInput } from './draft.ts';

export function Check({ campaign }: { campaign: CampaignInfo }) {
  const plan = useLoad(campaign.id, (signal) => api.get<CampaignPlan>(`/campaigns/${campaign.id}/plan`, {}, signal));
  const blocked = (plan.data?.problems.length ?? 0) > 0;
  return (
    <div className={resultsCss.split}>
      <Previews campaign={campaign} />
      <div className="stack" style={{ gap: '1rem' }}>
        {plan.problem ? <ProblemNote problem={plan.problem} retry={plan.reload} /> : plan.data ? <Plan plan={plan.data} /> : <div className="card"><Waiting lines={6} /></div>}
        <Start campaign={campaign} blocked={blocked} audience={plan.data?.audience ?? null} />
      </div>
    </div>
  );
}

function Plan({ plan }: { plan: CampaignPlan }) {
  const { t, lang, code } = useText();
  const skipped = Object.entries(plan.skipped).filter(([, n]) => n > 0);
  return (
    <section className={`card ${resultsCss.pad} stack`} aria-labelledby="plan" data-testid="campaign-plan">
      <h2 id="plan" className={resultsCss.h2}>{t('campaign.plan')}</h2>
      <div><span className={resultsCss.big}>{count(plan.audience, lang)}</span> <span className="muted">{t('segment.customers', { count: plan.audience })}</span></div>
      <dl className={resultsCss.reasons}>
        {Object.entries(plan.by_channel).map(([channel, n]) => <div key={channel}><dt>{t('campaign.by', { channel: code('channel', channel) })}</dt><dd>{count(n, lang)}</dd></div>)}
        {Object.entries(plan.by_language).map(([language, n]) => <div key={language}><dt>{languageName(language, lang)}</dt><dd>{count(n, lang)}</dd></div>)}
        {plan.held_out > 0 && <div><dt>{code('outcome', 'held_out')}</dt><dd>{count(plan.held_out, lang)}</dd></div>}
        {skipped.map(([reason, n]) => <div key={reason}><dt>{code('outcome', 'skipped')}: {code('reason', reason)}</dt><dd>{count(n, lang)}</dd></div>)}
        {plan.segments_per_sms !== null && <div><dt>{t('campaign.per_sms')}</dt><dd>{count(Math.round(plan.segments_per_sms * 10) / 10, lang)}</dd></div>}
        {plan.cost !== null && <div><dt>{t('campaign.cost')}</dt><dd>{plan.cost}</dd></div>}
      </dl>
      {plan.problems.length > 0 && (
        <ul className={wizardCss.problemList} role="alert" data-testid="plan-problems">
          {plan.problems.map((each) => <li key={each}><Icon name="warning" size={16} /><span>{each}</span></li>)}
        </ul>
      )}
    </section>
  );
}

function Previews({ campaign }: { campaign: CampaignInfo }) {
  const { t } = useText();
  const [customer, setCustomer] = useState<string | null>(null);
  const previews = useLoad(`${campaign.id} ${customer ?? ''}`, (signal) => api.get<Page<Preview>>(`/campaigns/${campaign.id}/preview`, { customer }, signal));
  const [chosen, setChosen] = useState(0);
  const all = previews.data?.items ?? [];
  const shown = all[Math.min(chosen, all.length - 1)];
  return (
    <section className={`card ${resultsCss.pad} stack`} aria-labelledby="preview">
      <h2 id="preview" className={resultsCss.h2}>{t('campaign.preview')}</h2>
      <CustomerPicker label={t('campaign.preview_for')} onPick={(each) => { setCustomer(each.id); setChosen(0); }} testId="preview-customer" />
      {previews.problem && <ProblemNote problem={previews.problem} retry={previews.reload} />}
      {previews.loading && !previews.data && <Waiting />}
      {all.length > 1 && (
        <div className={wizardCss.previewTabs} role="group" aria-label={t('campaign.preview')}>
          {all.map((each, index) => (
            <button key={`${each.customer.id}-${each.channel}`} type="button" aria-pressed={each === shown} onClick={() => setChosen(index)}>
              <ChannelMark channel={each.channel as 'sms'} size="sm" /><span className="cut">{each.customer.name}</span>
            </button>
          ))}
        </div>
      )}
      {previews.data && !shown && <p className="muted">{t('campaign.no_preview')}</p>}
      {shown && <OnePreview key={`${shown.customer.id}-${shown.channel}`} preview={shown} campaign={campaign} />}
    </section>
  );
}

function OnePreview({ preview, campaign }: { preview: Preview; campaign: CampaignInfo }) {
  const { t, lang } = useText();
  const [as, setAs] = useState<'html' | 'text'>(preview.html ? 'html' : 'text');
  return (
    <div className="stack" data-testid="preview">
      <div className={resultsCss.facts}>
        <strong>{preview.customer.name}</strong>
        <Chip icon="globe">{languageName(preview.language, lang)}</Chip>
        {preview.html && <SegmentedControl size="xs" value={as} onChange={(value) => setAs(value as 'html')} data={[{ value: 'html', label: t('mail.as_sent') }, { value: 'text', label: t('mail.as_text') }]} />}
      </div>
      {preview.channel === 'email' && <div className={wizardCss.subject}><span className="muted">{t('mail.subject')}:</span> <strong>{preview.subject}</strong></div>}
      {as === 'html' && preview.html ? <MailFrame html={preview.html} title={preview.subject} /> : <div className={preview.channel === 'sms' ? wizardCss.sms : wizardCss.plain} lang={preview.language} data-testid="preview-text">{preview.text}</div>}
      {preview.channel === 'sms' && <SmsMeter text={preview.text} />}
      {preview.problems.length > 0 && <ul className={wizardCss.problemList}>{preview.problems.map((each, index) => <li key={index}><Icon name="warning" size={16} /><span>{each.message}</span></li>)}</ul>}
      <TestSend campaign={campaign} preview={preview} />
    </div>
  );
}

function TestSend({ campaign, preview }: { campaign: CampaignInfo; preview: Preview }) {
  const { t } = useText();
  const [to, setTo] = useState('');
  const send = async () => {
    await api.post(`/campaigns/${campaign.id}/test-send`, { to: to.trim(), channel: preview.channel, customer: preview.customer.id });
    sayDone(t('campaign.test_sent', { to: to.trim() }));
  };
  return (
    <div className={wizardCss.test}>
      <TextInput className="grow" label={t('campaign.test')} description={t('campaign.test_note')} value={to} placeholder={preview.channel === 'sms' ? '+44 7700 900123' : 'me@example.com'} onChange={(event) => setTo(event.currentTarget.value)} data-testid="test-to" />
      <ActionButton act={send} variant="default" disabled={!to.trim()} data-testid="test-send">{t('campaign.test_go')}</ActionButton>
    </div>
  );
}

function Start({ campaign, blocked, audience }: { campaign: CampaignInfo; blocked: boolean; audience: number | null }) {
  const { t, lang } = useText();
  const [when, setWhen] = useState<'now' | 'later'>('later');
  const [at, setAt] = useState(() => localInput(60));
  const [asked, setAsked] = useState(false);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const past = when === 'later' && !(Date.parse(at) > Date.now());
  const start = async () => {
    await api.post(`/campaigns/${campaign.id}/schedule`, { at: when === 'now' ? null : new Date(at).toISOString() });
    go(`/desk/campaigns/${campaign.id}`);
  };
  return (
    <section className={`card ${resultsCss.pad} stack`} aria-labelledby="start">
      <h2 id="start" className={resultsCss.h2}>{t('campaign.start')}</h2>
      <NativeSelect label={t('campaign.when')} value={when} onChange={(event) => setWhen(event.currentTarget.value as 'now')} data={[{ value: 'later', label: t('campaign.at_time') }, { value: 'now', label: t('campaign.now') }]} data-testid="start-when" />
      {when === 'later' && <TextInput type="datetime-local" label={t('campaign.at')} description={t('campaign.zone', { zone })} value={at} onChange={(event) => setAt(event.currentTarget.value)} error={past ? t('campaign.past') : undefined} data-testid="start-at" />}
      <ActionButton act={async () => setAsked(true)} disabled={blocked || past} leftSection={<Icon name={when === 'now' ? 'send' : 'clock'} size={16} />} data-testid="campaign-schedule">
        {when === 'now' ? t('campaign.start_now') : t('campaign.schedule')}
      </ActionButton>
      {blocked && <p className={wizardCss.warning}><Icon name="warning" size={14} /> {t('campaign.blocked')}</p>}
      <Dialog opened={asked} onClose={() => setAsked(false)} title={when === 'now' ? t('campaign.start_now') : t('campaign.schedule')}>
        <p>{t('campaign.sure', { count: audience ?? 0, total: count(audience ?? 0, lang) })}</p>
        <div className="row" style={{ marginTop: '1.25rem', justifyContent: 'flex-end' }}>
          <ActionButton variant="default" act={async () => setAsked(false)}>{t('common.cancel')}</ActionButton>
          <ActionButton act={start} data-testid="campaign-schedule-sure">{when === 'now' ? t('campaign.start_now') : t('campaign.schedule')}</ActionButton>
        </div>
      </Dialog>
    </section>
  );
}
