/** By which ways a campaign goes out, with which template, and to which part of the audience. */
import { ActionIcon, Button, NativeSelect, NumberInput } from '@mantine/core';
import type { CampaignChannel, CampaignIn, TemplateInfo } from '../api/types.ts';
import { Icon } from '../parts/icons.tsx';
import { ChannelMark, Empty } from '../parts/pieces.tsx';
import { Link } from '../shell/route.tsx';
import { useSession } from '../shell/session.ts';
import { useText } from '../text/i18n.ts';
import resultsCss from './results.module.css';
import wizardCss from './wizard.module.css';
import { share, sharesAddUp, withShare } from './draft.ts';

const WAYS = ['email', 'sms'] as const;

export function Channels({ draft, put, templates }: { draft: CampaignIn; put: (values: Partial<CampaignIn>) => void; templates: TemplateInfo[] }) {
  const { t } = useText();
  const { lines } = useSession();
  const { channels } = draft;
  const set = (index: number, values: Partial<CampaignChannel>) => put({ channels: channels.map((each, at) => (at === index ? { ...each, ...values } : each)) });
  const add = (channel: 'sms' | 'email') => {
    const template = templates.find((each) => each.channel === channel)?.id ?? '';
    const line = lines.find((each) => each.channel === channel)?.address ?? '';
    put({ channels: share([...channels, { channel, template, line, share: 1 }]) });
  };
  return (
    <div className="stack">
      {channels.length === 0 && <div className="card"><Empty icon="send" title={t('campaign.no_channel')}>{t('campaign.no_channel_note')}</Empty></div>}
      {channels.map((each, index) => {
        const fitting = templates.filter((template) => template.channel === each.channel);
        return (
          <fieldset key={each.channel} className={`card ${resultsCss.pad} ${wizardCss.way}`} data-testid={`way-${each.channel}`}>
            <legend className="sr-only">{t(`dial.${each.channel}`)}</legend>
            <ChannelMark channel={each.channel} size="lg" />
            <NativeSelect label={t('campaign.template')} value={each.template} onChange={(event) => set(index, { template: event.currentTarget.value })} data-testid={`way-${each.channel}-template`} data={[{ value: '', label: t('campaign.choose_template'), disabled: true }, ...fitting.map((template) => ({ value: template.id, label: template.name }))]} />
            <NativeSelect label={t('dial.line')} value={each.line} onChange={(event) => set(index, { line: event.currentTarget.value })} data={lines.filter((line) => line.channel === each.channel).map((line) => ({ value: line.address, label: `${line.name} · ${line.address}` }))} />
            <NumberInput label={t('campaign.share')} value={Math.round(each.share * 100)} min={1} max={100} suffix=" %" disabled={channels.length === 1} onChange={(value) => put({ channels: withShare(channels, index, Number(value) / 100) })} data-testid={`way-${each.channel}-share`} />
            <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('campaign.remove_way')} onClick={() => put({ channels: share(channels.filter((_, at) => at !== index)) })}><Icon name="trash" size={17} /></ActionIcon>
          </fieldset>
        );
      })}
      <div className="row">
        {WAYS.filter((way) => !channels.some((each) => each.channel === way)).map((way) => (
          <Button key={way} variant="light" leftSection={<Icon name="plus" size={16} />} onClick={() => add(way)} data-testid={`add-${way}`}>{t(`campaign.add_${way}`)}</Button>
        ))}
      </div>
      {channels.length > 0 && !sharesAddUp(channels) && <p role="alert" className={wizardCss.warning}><Icon name="warning" size={14} /> {t('campaign.shares')}</p>}
      {templates.length === 0 && <p className="muted">{t('campaign.no_templates')} <Link href="/desk/templates/new">{t('template.new')}</Link></p>}
    </div>
  );
}
