/** The fields of a queue's form: each knows its place in the document, so a fault stands where it belongs. */
import { Checkbox, MultiSelect, NumberInput, Select, Switch, TagsInput, TextInput } from '@mantine/core';
import { createContext, useContext, type ReactNode } from 'react';
import type { RoutingFault } from '../api/types.ts';
import { Icon } from '../parts/icons.tsx';
import { at, faultsAt, type Config, type Path } from './config.ts';
import css from './routing.module.css';

export interface Form {
  config: Config;
  set: (path: Path, value: unknown) => void;
  faults: RoutingFault[];
  readOnly: boolean;
  queues: string[];
  skills: string[];
  hours: string[];
}

const FormContext = createContext<Form | null>(null);
export const FormProvider = FormContext.Provider;

export function useForm(): Form {
  const form = useContext(FormContext);
  if (!form) throw new Error('no form around this field');
  return form;
}

export interface FieldProps {
  path: Path;
  label: string;
  hint?: string;
}

/** What every field shows: its label, what is wrong with it, and a stable id for tests. */
export function useField({ path, label, hint }: FieldProps) {
  const form = useForm();
  const faults = faultsAt(form.faults, path);
  const error = faults.length > 0 ? faults.map((each) => [each.message, each.hint].filter(Boolean).join('. ')).join('; ') : undefined;
  return {
    value: at(form.config, path),
    set: (value: unknown) => form.set(path, value),
    common: { label, description: hint, error, disabled: form.readOnly, 'data-testid': `field-${path.join('.')}` },
    form,
  };
}

export function NumberField({ unset, ...field }: FieldProps & { /** Shown while nothing is set: the default. */ unset?: string | number }) {
  const { value, set, common } = useField(field);
  return (
    <NumberInput
      {...common} value={typeof value === 'number' ? value : ''} placeholder={unset === undefined ? '–' : String(unset)} hideControls
      onChange={(next) => set(next === '' ? undefined : Number(next))}
    />
  );
}

export function TextField(field: FieldProps) {
  const { value, set, common } = useField(field);
  return <TextInput {...common} value={typeof value === 'string' ? value : ''} maxLength={100} onChange={(event) => set(event.currentTarget.value || undefined)} />;
}

export function ChoiceField({ choices, unset, clearable, searchable, ...field }: FieldProps & { choices: { value: string; label: string }[]; unset?: string; clearable?: boolean; searchable?: boolean }) {
  const { value, set, common } = useField(field);
  return <Select {...common} value={typeof value === 'string' ? value : (unset ?? null)} data={choices} clearable={clearable ?? false} searchable={searchable ?? false} allowDeselect={false} onChange={(next) => set(next === unset || next === null ? undefined : next)} />;
}

export function NamesField({ names, free, unset = [], keepsEmpty, ...field }: FieldProps & {
  names: { value: string; label: string }[] | string[];
  free?: boolean;
  /** Chosen while nothing is set: the default. */
  unset?: string[];
  /** None at all is a value of its own. */
  keepsEmpty?: boolean;
}) {
  const { value, set, common: { disabled, ...shown } } = useField(field);
  // Disabled names would be too pale to read.
  const common = { ...shown, readOnly: disabled };
  const chosen = Array.isArray(value) ? (value as string[]) : typeof value === 'string' ? [value] : unset;
  const change = (next: string[]) => set(next.length > 0 || keepsEmpty ? next : undefined);
  if (free) return <TagsInput {...common} value={chosen} onChange={change} data={names} />;
  return <MultiSelect {...common} value={chosen} onChange={change} data={names} searchable hidePickedOptions />;
}

export function FlagField({ unset = false, ...field }: FieldProps & { unset?: boolean }) {
  const { value, set, common } = useField(field);
  return <Checkbox {...common} checked={typeof value === 'boolean' ? value : unset} onChange={(event) => set(event.currentTarget.checked === unset ? undefined : event.currentTarget.checked)} />;
}

/** A section that is off unless it stands in the document. */
export function OptionalSection({ path, title, note, start = {}, children }: { path: Path; title: string; note: string; start?: Config; children: ReactNode }) {
  const { config, set, readOnly } = useForm();
  const is = at(config, path) !== undefined;
  return (
    <Section title={title} note={note} path={path} action={<Switch checked={is} disabled={readOnly} aria-label={title} onChange={(event) => set(path, event.currentTarget.checked ? start : undefined)} data-testid={`switch-${path.join('.')}`} />}>
      {is && children}
    </Section>
  );
}

export function Section({ title, note, path, action, children }: { title: string; note?: string; path?: Path; action?: ReactNode; children: ReactNode }) {
  const { faults } = useForm();
  // Faults of the section itself: those below it stand at their fields.
  const own = path ? faults.filter((each) => each.path.length === path.length && faultsAt([each], path).length > 0) : [];
  return (
    <fieldset className={`card ${css.section}`}>
      <legend className="sr-only">{title}</legend>
      <div className={css.sectionHead}>
        <div className="grow">
          <h2>{title}</h2>
          {note && <p className="muted small">{note}</p>}
        </div>
        {action}
      </div>
      {own.map((each) => <FaultLine key={each.message} fault={each} />)}
      {children}
    </fieldset>
  );
}

export function FaultLine({ fault }: { fault: RoutingFault }) {
  return (
    <p className={css.fault} data-severity={fault.severity} role={fault.severity === 'error' ? 'alert' : 'status'}>
      <Icon name={fault.severity === 'error' ? 'warning' : 'info'} size={15} />
      <span>{fault.message}{fault.hint && <span className="small"> {fault.hint}</span>}</span>
    </p>
  );
}
