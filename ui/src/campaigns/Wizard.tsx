/** Making a campaign in three steps: whom, what, and a last look before it starts. */
import { Button, NativeSelect, NumberInput, Switch, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, type Versioned } from '../api/client.ts';
import type { CampaignIn, CampaignInfo, Page, Purpose, SegmentInfo, TemplateInfo } from '../api/types.ts';
import { ActionButton } from '../parts/ActionButton.tsx';
import { useLoad } from '../parts/hooks.ts';
import { PageHead, ProblemNote, Waiting } from '../parts/pieces.tsx';
import { Result } from '../segments/Segments.tsx';
import { ruleWords } from '../segments/words.ts';
import { go, Link } from '../shell/route.tsx';
import shell from '../shell/shell.module.css';
import { useText } from '../text/i18n.ts';
import resultsCss from './results.module.css';
import wizardCss from './wizard.module.css';
import { Channels } from './Channels.tsx';
import { Check } from './Check.tsx';
import { draftOf, NEW, sharesAddUp } from './draft.ts';

const STEPS = ['audience', 'messages', 'check'] as const;
type Step = (typeof STEPS)[number];
const PURPOSES: Purpose[] = ['marketing', 'service', 'transactional', 'survey', 'collection'];

interface Made {
  segments: SegmentInfo[];
  templates: TemplateInfo[];
  campaign: Versioned<CampaignInfo> | null;
}

export function Wizard({ id }: { id: string | null }) {
  const made = useLoad('wizard', async (signal): Promise<Made> => {
    const [segments, templates, campaign] = await Promise.all([
      api.get<Page<SegmentInfo>>('/segments', { limit: 200 }, signal),
      api.get<Page<TemplateInfo>>('/templates', { limit: 200 }, signal),
      id ? api.versioned<CampaignInfo>(`/campaigns/${id}`, signal) : null,
    ]);
    return { segments: segments.items, templates: templates.items, campaign };
  });
  if (made.problem) return <div className={shell.page}><ProblemNote problem={made.problem} retry={made.reload} /></div>;
  return made.data ? <Steps made={made.data} /> : <Waiting lines={8} />;
}

function Steps({ made }: { made: Made }) {
  const { t } = useText();
  const [saved, setSaved] = useState<Versioned<CampaignInfo> | null>(made.campaign);
  const [draft, setDraft] = useState<CampaignIn>(() => (made.campaign ? draftOf(made.campaign.data) : NEW));
  const [step, setStep] = useState<Step>('audience');
  const put = (values: Partial<CampaignIn>) => setDraft((before) => ({ ...before, ...values }));
  const ready: Record<Step, boolean> = {
    audience: draft.name.trim() !== '' && draft.segment !== '',
    messages: draft.channels.length > 0 && draft.channels.every((each) => each.template && each.line) && sharesAddUp(draft.channels),
    check: true,
  };
  const place = STEPS.indexOf(step);
  const reachable = (to: number) => STEPS.slice(0, to).every((each) => ready[each]);
  const save = async () => {
    const wanted = { ...draft, name: draft.name.trim() };
    const now = saved ? await api.change<CampaignInfo>('PUT', `/campaigns/${saved.data.id}`, wanted, saved.version) : await api.create<CampaignInfo>('/campaigns', wanted);
    const info = now.data;
    setSaved(now);
    if (!location.pathname.includes(info.id)) history.replaceState(null, '', `/desk/campaigns/${info.id}/edit`);
    return info;
  };
  const open = async (to: Step) => {
    if (to === 'check') await save();
    setStep(to);
    scrollTo(0, 0);
  };
  return (
    <div className={shell.page}>
      <PageHead title={draft.name.trim() || t('campaign.new')} note={t('campaign.wizard_note')}>
        <Button variant="default" onClick={() => go('/desk/campaigns')}>{t('common.back')}</Button>
      </PageHead>
      <ol className={wizardCss.steps} aria-label={t('campaign.steps')}>
        {STEPS.map((each, index) => (
          <li key={each}>
            <ActionButton variant="subtle" act={() => open(each)} disabled={!reachable(index)} className={wizardCss.step} data-testid={`step-${each}`} aria-current={each === step ? 'step' : undefined}>
              <span className={wizardCss.stepNumber} data-now={each === step} data-done={index < place}>{index + 1}</span>
              {t(`campaign.step.${each}`)}
            </ActionButton>
          </li>
        ))}
      </ol>
      {step === 'audience' && <Audience draft={draft} put={put} segments={made.segments} />}
      {step === 'messages' && <Channels draft={draft} put={put} templates={made.templates} />}
      {step === 'check' && saved && <Check campaign={saved.data} />}
      {step !== 'check' && (
        <div className={wizardCss.wizardFoot}>
          {place > 0 && <Button variant="default" onClick={() => setStep(STEPS[place - 1]!)}>{t('common.back')}</Button>}
          <ActionButton act={() => open(STEPS[place + 1]!)} disabled={!ready[step]} data-testid="wizard-next">{t('common.next')}</ActionButton>
        </div>
      )}
    </div>
  );
}

function Audience({ draft, put, segments }: { draft: CampaignIn; put: (values: Partial<CampaignIn>) => void; segments: SegmentInfo[] }) {
  const { t, code } = useText();
  const segment = segments.find((each) => each.id === draft.segment);
  const personal = draft.purpose === 'service' || draft.purpose === 'transactional';
  return (
    <div className={resultsCss.split}>
      <div className={`card ${resultsCss.pad} stack`}>
        <TextInput label={t('campaign.name')} value={draft.name} placeholder={t('campaign.name_hint')} onChange={(event) => put({ name: event.currentTarget.value })} required maxLength={200} data-testid="campaign-name" />
        <NativeSelect
          label={t('campaign.segment')} value={draft.segment} onChange={(event) => put({ segment: event.currentTarget.value })} required data-testid="campaign-segment"
          data={[{ value: '', label: t('campaign.choose_segment'), disabled: true }, ...segments.map((each) => ({ value: each.id, label: each.name }))]}
        />
        <p className="small muted">{segment ? ruleWords(segment.rule, t) : <Link href="/desk/segments/new">{t('campaign.make_segment')}</Link>}</p>
        <NativeSelect
          label={t('campaign.purpose')} value={draft.purpose} data={PURPOSES.map((each) => ({ value: each, label: code('purpose', each) }))} description={t('campaign.purpose_note')}
          onChange={(event) => put({ purpose: event.currentTarget.value as Purpose, ignore_quiet_hours: false })} data-testid="campaign-purpose"
        />
        <NumberInput label={t('campaign.holdout')} description={t('campaign.holdout_note')} value={Math.round(draft.holdout * 100)} min={0} max={90} suffix=" %" onChange={(value) => put({ holdout: Number(value) / 100 })} data-testid="campaign-holdout" />
        <NumberInput label={t('campaign.pace')} description={t('campaign.pace_note')} value={draft.rate_per_min ?? ''} min={1} allowDecimal={false} onChange={(value) => put({ rate_per_min: value === '' ? null : Number(value) })} />
        {personal && <Switch data-testid="campaign-any-hour" label={t('campaign.any_hour')} description={t('campaign.any_hour_note')} checked={draft.ignore_quiet_hours} onChange={(event) => put({ ignore_quiet_hours: event.currentTarget.checked })} />}
      </div>
      <Result rule={segment?.rule ?? null} />
    </div>
  );
}
