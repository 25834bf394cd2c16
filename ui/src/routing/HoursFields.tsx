/** Business hours as fields: the week, holidays, days and times that differ. */
import { Select, TagsInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useText } from '../text/i18n.ts';
import { at, faultsAt, type Config, type Path } from './config.ts';
import { ChoiceField, FaultLine, FlagField, NamesField, Section, TextField, useForm, useField, type FieldProps } from './fields.tsx';
import css from './routing.module.css';
import { Rows } from './rules.tsx';
import { DAYS, weekOf, weeklyOf, type Day } from './week.ts';

const ZONES = Intl.supportedValuesOf('timeZone');

/** `base`: where the hours stand in the form. */
export function HoursFields({ base }: { base: Path }) {
  const { t } = useText();
  const { config, set } = useForm();
  const place = (...more: (string | number)[]): Path => [...base, ...more];
  const zone = at(config, place('zone'));
  const zones = typeof zone === 'string' && !ZONES.includes(zone) ? [zone, ...ZONES] : ZONES;
  return (
    <>
      <Section title={t('hours.week')} note={t('hours.week_note')} path={base}>
        <div className={css.fields}>
          <ChoiceField path={place('zone')} label={t('hours.zone')} searchable choices={zones.map((value) => ({ value, label: value }))} />
          <FlagField path={place('emergency')} label={t('hours.closed_now')} />
        </div>
        <WeekFields base={base} />
      </Section>
      <Section title={t('hours.holidays')} note={t('hours.holidays_note')} path={place('holidays')}>
        <div className={css.fields}>
          <TextField path={place('holidays', 'country')} label={t('hours.country')} hint={t('hours.country_hint')} />
          <TextField path={place('holidays', 'subdivision')} label={t('hours.subdivision')} hint={t('hours.subdivision_hint')} />
          <NamesField path={place('holidays', 'worked')} label={t('hours.worked')} hint={t('hours.dates_hint')} names={[]} free />
          <NamesField path={place('holidays', 'hours')} label={t('hours.on_holidays')} hint={t('hours.on_holidays_hint')} names={[]} free />
        </div>
        <Rows path={place('holidays', 'dates')} add={t('hours.add_date')} start={{ date: '', name: '' }} remove={(n) => t('hours.remove_date', { n })}>
          {(path, entry) => (typeof entry === 'string'
            ? <MomentField path={path} label={t('hours.date')} kind="date" />
            : <>
                <MomentField path={[...path, 'date']} label={t('hours.date')} kind="date" />
                <TextField path={[...path, 'name']} label={t('hours.name')} />
              </>)}
        </Rows>
      </Section>
      <Section title={t('hours.overrides')} note={t('hours.overrides_note')} path={place('overrides')}>
        <Rows path={place('overrides')} add={t('hours.add_override')} start={{ from: '', to: '', open: false, name: '' }} remove={(n) => t('hours.remove_override', { n })}>
          {(path, entry) => <Override path={path} entry={entry} set={set} />}
        </Rows>
      </Section>
    </>
  );
}

function WeekFields({ base }: { base: Path }) {
  const { t } = useText();
  const { config, set, faults, readOnly } = useForm();
  const place = [...base, 'weekly'];
  const week = weekOf(at(config, place) as Config | undefined);
  // What is wrong stands under the key of the document, which may name several days.
  const own = faultsAt(faults, place);
  const change = (day: Day, spans: string[]) => set(place, weeklyOf({ ...week, [day]: spans }));
  return (
    <div className="stack">
      {own.map((each) => <FaultLine key={each.message} fault={{ ...each, message: `${each.path.slice(place.length).join(' ')}: ${each.message}` }} />)}
      <div className={css.week}>
        {DAYS.map((day) => (
          <TagsInput key={day} label={t(`hours.days.${day}`)} value={week[day]} readOnly={readOnly} placeholder={week[day].length === 0 ? t('hours.closed_day') : ''} onChange={(spans) => change(day, spans)} data-testid={`week-${day}`} />
        ))}
      </div>
    </div>
  );
}

const KINDS = ['closed', 'open', 'hours'] as const;

function Override({ path, entry, set }: { path: Path; entry: Config; set: (path: Path, value: unknown) => void }) {
  const { t } = useText();
  const { readOnly } = useForm();
  const [isTimed, setTimed] = useState(String(entry.from ?? '').includes('T'));
  const kind = entry.hours !== undefined ? 'hours' : entry.open === true ? 'open' : 'closed';
  const choose = (next: string | null) => {
    const { hours: _, open: __, ...others } = entry;
    set(path, next === 'hours' ? { ...others, hours: ['09:00-12:00'] } : { ...others, open: next === 'open' });
  };
  const time = (next: boolean) => {
    setTimed(next);
    const turned = (value: unknown) => (value === undefined || value === '' ? value : next ? `${String(value).slice(0, 10)}T09:00` : String(value).slice(0, 10));
    const { hours: _, ...others } = entry;
    set(path, { ...(next ? { open: false, ...others } : entry), from: turned(entry.from), to: turned(entry.to) });
  };
  const input = isTimed ? 'datetime-local' : 'date';
  return (
    <>
      <Select label={t('hours.of')} value={isTimed ? 'times' : 'days'} disabled={readOnly} allowDeselect={false} data={[{ value: 'days', label: t('hours.whole_days') }, { value: 'times', label: t('hours.times') }]} onChange={(next) => time(next === 'times')} data-testid={`field-${path.join('.')}.of`} />
      <MomentField path={[...path, 'from']} label={t('hours.from')} kind={input} />
      <MomentField path={[...path, 'to']} label={t('hours.to')} kind={input} />
      <Select label={t('hours.then')} value={kind} disabled={readOnly} allowDeselect={false} data={KINDS.filter((each) => !isTimed || each !== 'hours').map((value) => ({ value, label: t(`hours.kinds.${value}`) }))} onChange={choose} data-testid={`field-${path.join('.')}.then`} />
      {kind === 'hours' && <NamesField path={[...path, 'hours']} label={t('hours.hours')} hint={t('hours.span_hint')} names={[]} free />}
      <TextField path={[...path, 'name']} label={t('hours.name')} hint={t('hours.name_hint')} />
    </>
  );
}

function MomentField({ kind, ...field }: FieldProps & { kind: 'date' | 'datetime-local' }) {
  const { value, set, common } = useField(field);
  return <TextInput {...common} type={kind} value={typeof value === 'string' ? value : ''} onChange={(event) => set(event.currentTarget.value)} />;
}
