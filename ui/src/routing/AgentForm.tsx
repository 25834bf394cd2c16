/** One agent: queues with priority and delay, how much at once, what may be asked of them by rules. Skills stand in the matrix. */
import { Button, TagsInput } from '@mantine/core';
import { useState } from 'react';
import { Empty, PageHead } from '../parts/pieces.tsx';
import { go } from '../shell/route.tsx';
import { useText } from '../text/i18n.ts';
import { attributeOf, attributeText, put, type Config } from './config.ts';
import { ChoiceField, FaultLine, FormProvider, NamesField, NumberField, Section, useForm } from './fields.tsx';
import { Remove } from './Remove.tsx';
import { Review } from './Review.tsx';
import type { Book } from './Routing.tsx';
import css from './routing.module.css';
import { Rows } from './rules.tsx';
import { useSectionCheck } from './useSectionCheck.ts';

const CHANNELS = ['voice', 'sms', 'email'] as const;
const USUAL = { voice: 1, sms: 3, email: 5 };
const PLACE = '/desk/routing/agents';

export function AgentForm({ book, name }: { book: Book; name: string }) {
  const { t } = useText();
  const { agents, queues, agent_ids } = book.document;
  const [config, setConfig] = useState(() => (agents[name] ?? {}) as Config);
  const [reviewing, setReviewing] = useState(false);
  const [removing, setRemoving] = useState(false);
  const sent = { agents: { [name]: config } };
  const check = useSectionCheck('agents', name, name in agents ? sent : null);
  if (!(name in agents)) return <Empty icon="info" isPage title={t('agentform.nobody', { name })} />;
  const id = agent_ids[name];
  return (
    <FormProvider value={{ config, set: (path, value) => setConfig((old) => put(old, path, value)), faults: check.faults, readOnly: !book.canChange, queues: Object.keys(queues), skills: [], hours: [] }}>
      <PageHead title={name} note={book.canChange ? t('agentform.note') : t('routing.read_only')}>
        <Button variant="default" onClick={() => go(PLACE)}>{t('common.back')}</Button>
        {book.canChange && id && <Button variant="default" onClick={() => setRemoving(true)} data-testid="agent-remove">{t('routing.remove')}</Button>}
        {book.canChange && <Button disabled={!check.mayApply} onClick={() => setReviewing(true)} data-testid="agent-review">{t('routing.review')}</Button>}
      </PageHead>
      <div className={css.form} data-testid="agent-form" data-checked={check.isChecked}>
        {[...check.faults.filter((each) => each.path.length === 0), ...check.elsewhere].map((each) => <FaultLine key={each.message} fault={each} />)}
        <AgentFields />
      </div>
      {reviewing && <Review book={book} given={sent} onClose={() => setReviewing(false)} onDone={() => go(PLACE)} />}
      {removing && id && <Remove book={book} what={name} without={{ agents: put(agents, [name], undefined) }} path={`/routing/config/agents/${id}`} note={t('agentform.remove_note')} onClose={() => setRemoving(false)} onDone={() => go(PLACE)} />}
    </FormProvider>
  );
}

function AgentFields() {
  const { t, code } = useText();
  const { config, queues } = useForm();
  const places = (config.queues ?? {}) as Config;
  const channels = CHANNELS.map((value) => ({ value, label: code('channel', value) }));
  return (
    <>
      <Section title={t('agentform.queues')} note={t('agentform.queues_note')} path={['queues']}>
        <Members queues={queues} />
        {Object.keys(places).map((queue) => (
          <div key={queue} className={css.entry} data-testid={`place-${queue}`}>
            <div className={css.fields}>
              <strong className={css.placeName}>{queue}</strong>
              <NumberField path={['queues', queue, 'priority']} label={t('agentform.priority')} hint={t('agentform.priority_hint')} unset={0} />
              <NumberField path={['queues', queue, 'delay_s']} label={t('agentform.delay_s')} hint={t('agentform.delay_hint')} unset={0} />
            </div>
          </div>
        ))}
      </Section>
      <Section title={t('agentform.capacity')} note={t('agentform.capacity_note')} path={['capacity']}>
        <div className={css.fields}>
          {CHANNELS.map((channel) => <NumberField key={channel} path={['capacity', channel]} label={t('agentform.most_of', { channel: code('channel', channel) })} unset={USUAL[channel]} />)}
        </div>
        <Rows path={['shared']} add={t('agentform.add_shared')} start={{ channels: ['sms', 'email'], most: 3 }} remove={(n) => t('agentform.remove_shared', { n })}>
          {(path) => (
            <>
              <NamesField path={[...path, 'channels']} label={t('agentform.together')} names={channels} />
              <NumberField path={[...path, 'most']} label={t('agentform.most')} />
            </>
          )}
        </Rows>
      </Section>
      <Section title={t('agentform.interrupts')} note={t('agentform.interrupts_note')} path={['interrupts']}>
        <div className={css.fields}>
          {CHANNELS.map((channel) => <NamesField key={channel} path={['interrupts', channel]} label={t('agentform.offered', { channel: code('channel', channel) })} names={channels} unset={['sms', 'email']} keepsEmpty />)}
        </div>
      </Section>
      <Section title={t('agentform.order')}>
        <div className={css.fields}>
          <ChoiceField path={['idle_clock']} label={t('agentform.idle_clock')} unset="any" choices={(['any', 'inbound'] as const).map((value) => ({ value, label: t(`agentform.clocks.${value}`) }))} />
          <NumberField path={['weight']} label={t('agentform.weight')} hint={t('agentform.weight_hint')} unset={1} />
        </div>
      </Section>
      <Section title={t('agentform.attributes')} note={t('agentform.attributes_note')} path={['attributes']}><Attributes /></Section>
    </>
  );
}

function Members({ queues }: { queues: string[] }) {
  const { t } = useText();
  const { config, set, readOnly } = useForm();
  const places = (config.queues ?? {}) as Config;
  const change = (names: string[]) => set(['queues'], names.length > 0 ? Object.fromEntries(names.map((name) => [name, places[name] ?? {}])) : undefined);
  return <TagsInput label={t('agentform.member')} value={Object.keys(places)} data={queues} readOnly={readOnly} onChange={(names) => change(names.filter((name) => queues.includes(name) || name in places))} data-testid="agent-queues" />;
}

/** Written as `name = value`, one a tag: text, a number, true or false, or a list in brackets. */
function Attributes() {
  const { t } = useText();
  const { config, set, faults, readOnly } = useForm();
  const given = (config.attributes ?? {}) as Config;
  const wrong = faults.filter((each) => each.path[0] === 'attributes' && each.path.length > 1).map((each) => `${each.path.slice(1).join('.')}: ${each.message}`).join('; ');
  const change = (texts: string[]) => {
    const pairs = texts.map(attributeOf).filter((pair) => pair !== null);
    set(['attributes'], pairs.length > 0 ? Object.fromEntries(pairs) : undefined);
  };
  return <TagsInput label={t('agentform.attribute')} description={t('agentform.attribute_hint')} placeholder="team = north" splitChars={[]} value={Object.entries(given).map(attributeText)} readOnly={readOnly} error={wrong || undefined} onChange={change} data-testid="agent-attributes" />;
}
