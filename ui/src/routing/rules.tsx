/** The repeated parts of a queue's form: what it requires, rings, overflow rules, and what a rule does. */
import { ActionIcon, Button, Select, Textarea } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { Icon } from '../parts/icons.tsx';
import { useText } from '../text/i18n.ts';
import { at, faultsAt, needsOf, ruleOf, type Config, type Need, type Path } from './config.ts';
import { FaultLine, FlagField, NamesField, NumberField, TextField, ChoiceField, useForm } from './fields.tsx';
import css from './routing.module.css';

const LEVELS = ['1', '2', '3', '4', '5'];

export function RequiresField({ path }: { path: Path }) {
  const { t } = useText();
  const { config, set, skills, faults, readOnly } = useForm();
  const rule = at(config, path);
  const [needs, setNeeds] = useState(() => needsOf(rule));
  const own = faultsAt(faults, path);
  if (needs === null) return <Expression path={path} />;
  const change = (next: Need[]) => {
    setNeeds(next);
    set(path, ruleOf(next));
  };
  return (
    <div className="stack" data-testid="field-requires">
      {needs.length === 0 && <p className="muted">{t('routing.anybody_note')}</p>}
      {needs.map((need, index) => {
        const put = (by: Partial<Need>) => change(needs.with(index, { ...need, ...by }));
        return (
          <div className={css.need} key={index}>
            <Select aria-label={t('routing.must')} value={need.not ? 'not' : 'has'} disabled={readOnly} allowDeselect={false} data={[{ value: 'has', label: t('routing.has') }, { value: 'not', label: t('routing.has_not') }]} onChange={(value) => put({ not: value === 'not' })} />
            <Select aria-label={t('routing.skill')} placeholder={t('routing.skill')} searchable value={need.skill || null} disabled={readOnly} allowDeselect={false} data={skills} nothingFoundMessage={t('routing.no_skill')} onChange={(value) => put({ skill: value ?? '' })} />
            <Select aria-label={t('routing.from_level')} value={String(need.low)} disabled={readOnly} allowDeselect={false} data={LEVELS} onChange={(value) => put({ low: Number(value) })} />
            <Select aria-label={t('routing.to_level')} value={String(need.high)} disabled={readOnly} allowDeselect={false} data={LEVELS} onChange={(value) => put({ high: Number(value) })} />
            {!readOnly && <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('routing.remove_skill', { skill: need.skill })} onClick={() => change(needs.filter((_, other) => other !== index))}><Icon name="close" size={16} /></ActionIcon>}
          </div>
        );
      })}
      {own.map((each) => <FaultLine key={each.message} fault={each} />)}
      {!readOnly && (
        <div className={css.marks}>
          <Button size="compact-sm" variant="light" leftSection={<Icon name="plus" size={14} />} onClick={() => change([...needs, { skill: '', low: 1, high: 5, not: false }])} data-testid="need-add">{t('routing.add_skill')}</Button>
          <Button size="compact-sm" variant="subtle" onClick={() => setNeeds(null)} data-testid="need-expression">{t('routing.as_expression')}</Button>
        </div>
      )}
    </div>
  );
}

/** An expression that is more than a list of skills: edited as it is written. */
function Expression({ path }: { path: Path }) {
  const { t } = useText();
  const { config, set, faults, readOnly } = useForm();
  const [text, setText] = useState(() => JSON.stringify(at(config, path), null, 2) ?? '');
  const [broken, setBroken] = useState(false);
  const own = faultsAt(faults, path);
  const change = (next: string) => {
    setText(next);
    try {
      set(path, next.trim() ? JSON.parse(next) : undefined);
      setBroken(false);
    } catch {
      setBroken(true);
    }
  };
  return (
    <>
      <Textarea label={t('routing.expression')} description={t('routing.expression_note')} autosize minRows={4} value={text} readOnly={readOnly} error={broken ? t('routing.not_json') : undefined} classNames={{ input: css.code! }} onChange={(event) => change(event.currentTarget.value)} />
      {own.map((each) => <FaultLine key={each.message} fault={each} />)}
    </>
  );
}

export type Deed = 'move' | 'add' | 'leave' | 'callback' | 'play';

/** What becomes of an interaction: one kind, then what it needs. */
export function ActionField({ path, label, kinds, optional = true }: { path: Path; label: string; kinds: Deed[]; optional?: boolean }) {
  const { t } = useText();
  const { config, set, faults, queues, readOnly } = useForm();
  const action = at(config, path) as Config | undefined;
  const kind = kinds.find((each) => action?.[each] !== undefined && action[each] !== false);
  const own = faults.filter((each) => each.path.length === path.length && faultsAt([each], path).length > 0);
  const start: Record<Deed, Config> = { move: { move: '' }, add: { add: [] }, leave: { leave: 'voicemail' }, callback: { callback: true }, play: { play: '' } };
  const data = [...(optional ? [{ value: '', label: t('routing.deed.none') }] : []), ...kinds.map((each) => ({ value: each, label: t(`routing.deed.${each}`) }))];
  return (
    <div className={css.deed}>
      <Select label={label} value={kind ?? ''} disabled={readOnly} allowDeselect={false} data={data} onChange={(value) => set(path, value ? start[value as Deed] : undefined)} data-testid={`field-${path.join('.')}`} />
      {kind === 'move' && <ChoiceField path={[...path, 'move']} label={t('routing.to_queue')} choices={queues.map((each) => ({ value: each, label: each }))} />}
      {kind === 'add' && <NamesField path={[...path, 'add']} label={t('routing.of_queues')} names={queues} />}
      {kind === 'leave' && <TextField path={[...path, 'leave']} label={t('routing.reason')} />}
      {kind === 'play' && <TextField path={[...path, 'play']} label={t('routing.prompt')} />}
      {own.map((each) => <FaultLine key={each.message} fault={each} />)}
    </div>
  );
}

/** A list whose entries are forms of their own. */
export function Rows({ path, add, start, remove, most = 100, children }: { path: Path; add: string; start: Config; remove: (n: number) => string; most?: number; children: (path: Path, entry: Config) => ReactNode }) {
  const { config, set, faults, readOnly } = useForm();
  const entries = (at(config, path) ?? []) as Config[];
  const drop = (index: number) => set(path, entries.length > 1 ? entries.filter((_, other) => other !== index) : undefined);
  return (
    <div className="stack">
      {entries.map((entry, index) => {
        const here = [...path, index];
        const own = faults.filter((each) => each.path.length === here.length && faultsAt([each], here).length > 0);
        return (
          <div key={index} className={css.entry} data-testid={`entry-${here.join('.')}`}>
            <span className={css.number} aria-hidden="true">{index + 1}</span>
            <div className={css.fields}>
              {children(here, entry)}
              {own.map((each) => <FaultLine key={each.message} fault={each} />)}
            </div>
            {!readOnly && <ActionIcon variant="subtle" color="gray" size="lg" aria-label={remove(index + 1)} onClick={() => drop(index)}><Icon name="trash" size={16} /></ActionIcon>}
          </div>
        );
      })}
      {!readOnly && entries.length < most && <div><Button size="compact-sm" variant="light" leftSection={<Icon name="plus" size={14} />} onClick={() => set(path, [...entries, start])} data-testid={`add-${path.join('.')}`}>{add}</Button></div>}
    </div>
  );
}

export function Rings() {
  const { t } = useText();
  const { queues, skills } = useForm();
  return (
    <Rows path={['rings']} add={t('routing.add_ring')} start={{ after_s: 30 }} remove={(n) => t('routing.remove_ring', { n })} most={6}>
      {(path) => (
        <>
          <NumberField path={[...path, 'after_s']} label={t('routing.after_s')} />
          <NamesField path={[...path, 'drop']} label={t('routing.drop')} names={skills} />
          <NamesField path={[...path, 'add']} label={t('routing.add')} names={queues} />
        </>
      )}
    </Rows>
  );
}

const MEASURES = ['length', 'longest_wait_s', 'wait_estimate_s', 'service_level_percent', 'own_wait_s'] as const;

export function Overflows() {
  const { t } = useText();
  const { queues } = useForm();
  return (
    <Rows path={['overflow']} add={t('routing.add_overflow')} start={{ measure: 'longest_wait_s', above: 60, then: { add: [] } }} remove={(n) => t('routing.remove_overflow', { n })}>
      {(path, entry) => (
        <>
          <ChoiceField path={[...path, 'measure']} label={t('routing.measure')} choices={MEASURES.map((value) => ({ value, label: t(`routing.measures.${value}`) }))} />
          {entry.measure !== 'own_wait_s' && <ChoiceField path={[...path, 'of']} label={t('routing.of')} clearable choices={queues.map((value) => ({ value, label: value }))} />}
          <NumberField path={[...path, 'above']} label={t('routing.above')} />
          {entry.measure !== 'own_wait_s' && <NumberField path={[...path, 'below']} label={t('routing.below')} />}
          <ActionField path={[...path, 'then']} label={t('routing.then')} kinds={['add', 'move', 'callback', 'play', 'leave']} optional={false} />
          <FlagField path={[...path, 'skip_if_nobody']} label={t('routing.skip_if_nobody')} />
        </>
      )}
    </Rows>
  );
}
