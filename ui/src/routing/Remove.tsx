/** Taking a queue or an agent out of the configuration: what goes, why, and where what waits goes. */
import { Button, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, asProblem, type Problem } from '../api/client.ts';
import type { RoutingApplied, RoutingCheck, Values } from '../api/types.ts';
import { ActionButton } from '../parts/ActionButton.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { useLoad } from '../parts/hooks.ts';
import { sayDone } from '../parts/notices.tsx';
import { ProblemNote, Waiting } from '../parts/pieces.tsx';
import { useText } from '../text/i18n.ts';
import { Changes } from './Changes.tsx';
import { FaultLine } from './fields.tsx';
import type { Book } from './Routing.tsx';
import css from './routing.module.css';

export function Remove({ book, what, without, path, note, moveTo, onClose, onDone }: {
  book: Book;
  what: string;
  /** The sections as they are without it: the check says what that changes. */
  without: Values;
  path: string;
  note: string;
  /** Queues that take what waits in this one. */
  moveTo?: string[];
  onClose: () => void;
  onDone: () => void;
}) {
  const { t } = useText();
  const [why, setWhy] = useState('');
  const [to, setTo] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const checked = useLoad(JSON.stringify(without), () => api.post<RoutingCheck>('/routing/config/check', { document: without, remove: true }));
  const errors = (checked.data?.faults ?? []).filter((each) => each.severity === 'error');
  const remove = async () => {
    const query = new URLSearchParams({ ...(why.trim() ? { note: why.trim() } : {}), ...(to ? { move_to: to } : {}) }).toString();
    setProblem(null);
    try {
      const made = await api.delete<RoutingApplied>(query ? `${path}?${query}` : path);
      sayDone(t('routing.applied', { version: made.version }));
      book.reload();
      onDone();
    } catch (fault) {
      setProblem(asProblem(fault));
    }
  };
  return (
    <Dialog opened onClose={onClose} title={t('routing.remove_of', { name: what })}>
      <div className="stack" data-testid="remove-dialog">
        <p className="muted">{note}</p>
        {checked.problem ? <ProblemNote problem={checked.problem} retry={checked.reload} /> : !checked.data ? <Waiting lines={2} /> : errors.length === 0 ? <Changes changes={checked.data.changes} /> : null}
        {errors.map((each) => <FaultLine key={each.where + each.message} fault={{ ...each, message: `${each.where}: ${each.message}` }} />)}
        {moveTo && <Select label={t('routing.move_to')} description={t('routing.move_to_hint')} value={to} data={moveTo} clearable onChange={setTo} data-testid="remove-to" />}
        <TextInput label={t('routing.note')} description={t('routing.note_hint')} value={why} maxLength={500} onChange={(event) => setWhy(event.currentTarget.value)} />
        {problem && <ProblemNote problem={problem} />}
        <div className={css.end}>
          <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
          <ActionButton act={remove} color="red.9" disabled={!checked.data || errors.length > 0} data-testid="remove-sure">{t('routing.remove')}</ActionButton>
        </div>
      </div>
    </Dialog>
  );
}
