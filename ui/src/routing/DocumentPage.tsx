/** The whole configuration as YAML, checked while one writes, each fault with its line. */
import { Button, Textarea } from '@mantine/core';
import { useRef, useState } from 'react';
import { api } from '../api/client.ts';
import type { RoutingCheck, RoutingFault } from '../api/types.ts';
import { useLoad, useSettled } from '../parts/hooks.ts';
import { Chip, PageHead } from '../parts/pieces.tsx';
import { useText } from '../text/i18n.ts';
import { Review } from './Review.tsx';
import type { Book } from './Routing.tsx';
import css from './routing.module.css';

export function DocumentPage({ book }: { book: Book }) {
  const { t } = useText();
  const [yaml, setYaml] = useState(book.document.yaml);
  const [reviewing, setReviewing] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const settled = useSettled(yaml, 350);
  const checked = useLoad(settled.trim() ? settled : null, () => api.post<RoutingCheck>('/routing/config/check', { yaml: settled }));
  // What is no YAML at all is a problem of the call: one fault a line, said in its words.
  const broken = checked.problem && checked.problem.code === 'file_invalid' ? checked.problem.faults : [];
  const faults = checked.problem ? [] : (checked.data?.faults ?? []);
  const refused = broken.length > 0 || faults.some((each) => each.severity === 'error');
  const jump = (line: number) => {
    const text = area.current;
    if (!text) return;
    const lines = text.value.split('\n');
    const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    text.focus();
    text.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  };
  return (
    <>
      <PageHead title={t('routing.page.document')} note={book.canChange ? t('routing.document_note') : t('routing.read_only')}>
        {book.canChange && <Button disabled={refused || settled !== yaml || (checked.data?.changes.length ?? 0) === 0} onClick={() => setReviewing(true)} data-testid="document-review">{t('routing.review')}</Button>}
      </PageHead>
      <div className={css.document}>
        <Textarea ref={area} aria-label={t('routing.page.document')} autosize minRows={16} maxRows={36} value={yaml} readOnly={!book.canChange} spellCheck={false} classNames={{ input: css.code! }} onChange={(event) => setYaml(event.currentTarget.value)} data-testid="document-yaml" />
        <section className={`card ${css.section}`} aria-label={t('routing.faults')} aria-live="polite" data-testid="document-faults">
          {faults.length === 0 && broken.length === 0 ? <Chip tone="good" icon="check">{t('routing.no_faults')}</Chip> : (
            <ul className={css.faults}>
              {broken.map((each) => <li key={each.where + each.what}><Line line={Number(each.where.split(':').at(-1))} jump={jump} /><span>{each.what}</span></li>)}
              {faults.map((each) => <li key={each.where + each.message} data-severity={each.severity}><Line line={each.line ?? 1} jump={jump} /><Told fault={each} /></li>)}
            </ul>
          )}
        </section>
      </div>
      {reviewing && <Review book={book} yaml={yaml} onClose={() => setReviewing(false)} />}
    </>
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
