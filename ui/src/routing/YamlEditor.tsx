/** A routing document as YAML, checked while one writes, each fault with its line. */
import { Button, Textarea } from '@mantine/core';
import { useRef } from 'react';
import { api } from '../api/client.ts';
import type { RoutingChange, RoutingCheck, RoutingFault } from '../api/types.ts';
import { useLoad, useSettled } from '../parts/hooks.ts';
import { Chip } from '../parts/pieces.tsx';
import { useText } from '../text/i18n.ts';
import css from './routing.module.css';

export interface Checked {
  /** What is no YAML at all: one fault a line, said in its words. */
  broken: { where: string; what: string }[];
  faults: RoutingFault[];
  changes: RoutingChange[];
  refused: boolean;
  /** The check is of what stands there now. */
  isSettled: boolean;
}

export function useChecked(yaml: string, remove = false): Checked {
  const settled = useSettled(yaml, 350);
  const key = settled.trim() ? `${remove} ${settled}` : null;
  const checked = useLoad(key, () => api.post<RoutingCheck>('/routing/config/check', { yaml: settled, remove }));
  const broken = checked.problem && checked.problem.code === 'file_invalid' ? checked.problem.faults : [];
  const faults = checked.problem ? [] : (checked.data?.faults ?? []);
  const refused = key === null || checked.problem !== null || faults.some((each) => each.severity === 'error');
  return { broken, faults, refused, changes: checked.data?.changes ?? [], isSettled: settled === yaml && !checked.loading };
}

export function YamlEditor({ label, yaml, onChange, readOnly, checked: { broken, faults } }: { label: string; yaml: string; onChange: (yaml: string) => void; readOnly?: boolean; checked: Checked }) {
  const { t } = useText();
  const area = useRef<HTMLTextAreaElement>(null);
  const jump = (line: number) => {
    const text = area.current;
    if (!text) return;
    const lines = text.value.split('\n');
    const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    text.focus();
    text.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  };
  return (
    <div className={css.document}>
      <Textarea ref={area} aria-label={label} autosize minRows={16} maxRows={36} value={yaml} readOnly={readOnly ?? false} spellCheck={false} classNames={{ input: css.code! }} onChange={(event) => onChange(event.currentTarget.value)} data-testid="document-yaml" />
      <section className={`card ${css.section}`} aria-label={t('routing.faults')} aria-live="polite" data-testid="document-faults">
        {faults.length === 0 && broken.length === 0 ? <Chip tone="good" icon="check">{t('routing.no_faults')}</Chip> : (
          <ul className={css.faults}>
            {broken.map((each) => <li key={each.where + each.what}><Line line={Number(each.where.split(':').at(-1))} jump={jump} /><span>{each.what}</span></li>)}
            {faults.map((each) => <li key={each.where + each.message} data-severity={each.severity}><Line line={each.line ?? 1} jump={jump} /><Told fault={each} /></li>)}
          </ul>
        )}
      </section>
    </div>
  );
}

function Line({ line, jump }: { line: number; jump: (line: number) => void }) {
  const { t } = useText();
  return <Button size="compact-xs" variant="light" onClick={() => jump(line)}>{t('routing.line', { line })}</Button>;
}

function Told({ fault }: { fault: RoutingFault }) {
  const { t } = useText();
  return (
    <span>
      {fault.severity === 'warning' && <Chip tone="warn">{t('routing.warning')}</Chip>} <strong className={css.where}>{fault.where}</strong> {fault.message}
      {fault.hint && <span className="muted small"> {fault.hint}</span>}
    </span>
  );
}
