import { Button } from '@mantine/core';
import { useText } from '../text/i18n.ts';
import { at } from './config.ts';
import { ChoiceField, FlagField, NamesField, NumberField, OptionalSection, Section, useForm } from './fields.tsx';
import { HoursFields } from './HoursFields.tsx';
import css from './routing.module.css';
import { ActionField, Overflows, RequiresField, Rings } from './rules.tsx';
import { NEW_HOURS } from './week.ts';

const ORDERS = ['longest_idle', 'least_occupied', 'round_robin', 'highest_level', 'lowest_level', 'most_capacity', 'weighted'] as const;
const WRAP_UPS = ['none', 'optional', 'mandatory', 'mandatory_limit', 'fixed'] as const;

/** Every rule of a queue, in the order in which an interaction meets them. */
export function QueueFields() {
  const { t, code } = useText();
  const { config, set, queues, hours, readOnly } = useForm();
  const ownHours = typeof at(config, ['hours']) === 'object' && at(config, ['hours']) !== null;
  return (
    <>
      <Section title={t('routing.section.requires')} note={t('routing.section.requires_note')} path={['requires']}><RequiresField path={['requires']} /></Section>
      <Section title={t('routing.section.order')} note={t('routing.section.order_note')}>
        <div className={css.fields}>
          <ChoiceField path={['caller_order']} label={t('routing.caller_order')} unset="score" choices={(['score', 'priority'] as const).map((value) => ({ value, label: t(`routing.caller_orders.${value}`) }))} />
          <NamesField path={['agent_order']} label={t('routing.agent_order')} hint={t('routing.agent_order_note')} names={ORDERS.map((value) => ({ value, label: t(`routing.agent_orders.${value}`) }))} />
          <NumberField path={['priority']} label={t('routing.priority')} hint={t('routing.priority_note')} unset={0} />
        </div>
      </Section>
      <Section title={t('routing.section.offer')} note={t('routing.section.offer_note')}>
        <div className={css.fields}>
          {(['voice', 'sms', 'email'] as const).map((channel, index) => <NumberField key={channel} path={['offer_s', channel]} label={t('routing.offer_s', { channel: code('channel', channel) })} unset={[20, 60, 120][index]} />)}
          <NumberField path={['offer_to']} label={t('routing.offer_to')} unset={1} />
          <NumberField path={['exclude_s']} label={t('routing.exclude_s')} unset={60} />
          <NumberField path={['media_s']} label={t('routing.media_s')} unset={30} />
          <NumberField path={['max_offers']} label={t('routing.max_offers')} />
        </div>
        <ActionField path={['escalate']} label={t('routing.escalate')} kinds={['move', 'callback', 'add', 'play', 'leave']} />
      </Section>
      <Section title={t('routing.section.rings')} note={t('routing.section.rings_note')} path={['rings']}>
        <Rings />
        <div className={css.fields}><NumberField path={['anyone_after_s']} label={t('routing.anyone_after_s')} hint={t('routing.anyone_note')} /></div>
      </Section>
      <Section title={t('routing.section.overflow')} note={t('routing.section.overflow_note')} path={['overflow']}><Overflows /></Section>
      <Section title={t('routing.section.limits')} note={t('routing.section.limits_note')} path={['limits']}>
        <div className={css.fields}>
          <NumberField path={['limits', 'max_length']} label={t('routing.max_length')} />
          <ActionField path={['limits', 'full_then']} label={t('routing.full_then')} kinds={['move', 'callback', 'leave']} />
          <NumberField path={['max_wait_s']} label={t('routing.max_wait_s')} />
          <ActionField path={['limits', 'wait_then']} label={t('routing.wait_then')} kinds={['move', 'callback', 'leave']} />
          <ActionField path={['limits', 'nobody_then']} label={t('routing.nobody_then')} kinds={['move', 'callback', 'leave']} />
        </div>
      </Section>
      <Section title={t('routing.section.hours')} note={t('routing.section.hours_note')}>
        <div className={css.fields}>
          {ownHours
            ? <Button variant="default" disabled={readOnly} onClick={() => set(['hours'], undefined)} className={css.ownHours!} data-testid="hours-named">{t('routing.named_hours')}</Button>
            : <ChoiceField path={['hours']} label={t('routing.hours')} clearable choices={hours.map((value) => ({ value, label: value }))} hint={t('routing.hours_hint')} />}
          {!ownHours && !readOnly && <Button variant="default" onClick={() => set(['hours'], NEW_HOURS)} className={css.ownHours!} data-testid="hours-own">{t('routing.give_own_hours')}</Button>}
          <ActionField path={['limits', 'closed_then']} label={t('routing.closed_then')} kinds={['move', 'callback', 'leave']} />
        </div>
      </Section>
      {ownHours && <HoursFields base={['hours']} />}
      <Section title={t('routing.section.target')}>
        <div className={css.fields}>
          <NumberField path={['target_percent']} label={t('routing.target_percent')} unset={80} />
          <NumberField path={['target_s']} label={t('routing.target_s')} unset={20} />
          <ChoiceField path={['wrap_up']} label={t('routing.wrap_up')} unset="mandatory_limit" choices={WRAP_UPS.map((value) => ({ value, label: t(`routing.wrap_ups.${value}`) }))} />
          <NumberField path={['wrap_up_s']} label={t('routing.wrap_up_s')} unset={60} />
        </div>
      </Section>
      <OptionalSection path={['announcements']} title={t('routing.section.announcements')} note={t('routing.section.announcements_note')}>
        <div className={css.fields}>
          <NumberField path={['announcements', 'first_s']} label={t('routing.first_s')} unset={30} />
          <NumberField path={['announcements', 'every_s']} label={t('routing.every_s')} unset={60} />
          <NamesField path={['announcements', 'prompts']} label={t('routing.prompts')} names={[]} free />
          <FlagField path={['announcements', 'position']} label={t('routing.tell_position')} unset />
          <FlagField path={['announcements', 'wait']} label={t('routing.tell_wait')} unset />
        </div>
      </OptionalSection>
      <Section title={t('routing.section.callback')} note={t('routing.section.callback_note')} path={['callback']}>
        <div className={css.fields}>
          <ChoiceField path={['callback', 'first']} label={t('routing.callback_first')} unset="customer" choices={(['customer', 'agent'] as const).map((value) => ({ value, label: t(`routing.callback_firsts.${value}`) }))} />
          <NumberField path={['callback', 'attempts']} label={t('routing.attempts')} unset={3} />
          <NumberField path={['callback', 'gap_s']} label={t('routing.gap_s')} unset={600} />
        </div>
      </Section>
      <OptionalSection path={['sticky']} title={t('routing.section.sticky')} note={t('routing.section.sticky_note')}>
        <div className={css.fields}>
          <NumberField path={['sticky', 'days']} label={t('routing.days')} unset={7} />
          <NumberField path={['sticky', 'hold_s']} label={t('routing.hold_s')} unset={30} />
          <FlagField path={['sticky', 'owner']} label={t('routing.owner')} unset />
        </div>
      </OptionalSection>
      <OptionalSection path={['blending']} title={t('routing.section.blending')} note={t('routing.section.blending_note')} start={{ yields_to: [] }}>
        <div className={css.fields}>
          <NamesField path={['blending', 'yields_to']} label={t('routing.yields_to')} names={queues} />
          <NumberField path={['blending', 'reserve']} label={t('routing.reserve')} unset={0} />
          <NumberField path={['blending', 'max_share_percent']} label={t('routing.max_share')} unset={100} />
          <NumberField path={['blending', 'wait_above_s']} label={t('routing.wait_above_s')} />
          <NumberField path={['blending', 'service_level_below']} label={t('routing.level_below')} />
        </div>
      </OptionalSection>
    </>
  );
}
