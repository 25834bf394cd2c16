/** A template's source with line numbers; lines with findings are marked, and a press leads there. */
import { useRef } from 'react';
import type { TemplateProblem } from '../api/types.ts';
import { Icon } from '../parts/icons.tsx';
import { useText } from '../text/i18n.ts';
import css from './templates.module.css';

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  problems: TemplateProblem[];
  rows: number;
  testId: string;
  areaRef?: React.RefObject<HTMLTextAreaElement | null>;
  onFocus?: () => void;
}

export function Source({ label, value, onChange, problems, rows, testId, areaRef, onFocus }: Props) {
  const { t } = useText();
  const own = useRef<HTMLTextAreaElement>(null);
  const area = areaRef ?? own;
  const gutter = useRef<HTMLDivElement>(null);
  const lines = value.split('\n').length;
  const worst = new Map<number, TemplateProblem['severity']>();
  for (const problem of problems) if (worst.get(problem.line) !== 'error') worst.set(problem.line, problem.severity);
  const lead = (problem: TemplateProblem) => {
    const start = value.split('\n').slice(0, problem.line - 1).join('\n').length + (problem.line > 1 ? 1 : 0) + Math.max(0, problem.column - 1);
    area.current?.focus();
    area.current?.setSelectionRange(start, start);
  };
  return (
    <div>
      <label className={css.label} htmlFor={testId}>{label}</label>
      <div className={css.source} data-bad={problems.some((problem) => problem.severity === 'error')}>
        <div className={css.gutter} ref={gutter} aria-hidden="true">
          {Array.from({ length: lines }, (_, index) => <span key={index} data-severity={worst.get(index + 1)}>{index + 1}</span>)}
        </div>
        <textarea
          id={testId} ref={area} value={value} rows={rows} spellCheck={false} data-testid={testId} wrap="off" onFocus={onFocus}
          aria-invalid={problems.some((problem) => problem.severity === 'error')} aria-describedby={problems.length > 0 ? `${testId}-problems` : undefined}
          onChange={(event) => onChange(event.currentTarget.value)}
          onScroll={(event) => { if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop; }}
        />
      </div>
      {problems.length > 0 && (
        <ul className={css.problems} id={`${testId}-problems`} data-testid={`${testId}-problems`}>
          {problems.map((problem, index) => (
            <li key={index} data-severity={problem.severity}>
              <button type="button" onClick={() => lead(problem)}>
                <Icon name={problem.severity === 'error' ? 'warning' : 'info'} size={14} />
                <span className="num">{t('template.at', { line: problem.line, column: problem.column })}</span>
                <span>{problem.message}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
