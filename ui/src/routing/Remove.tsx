/** Taking a queue or an agent out of the configuration: what goes, why, and where what waits goes. */
import { Button, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, asProblem, type Problem } from '../api/client.ts';
import type { RoutingApplied } from '../api/types.ts';
import { ActionButton } from '../parts/ActionButton.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { sayDone } from '../parts/notices.tsx';
import { ProblemNote } from '../parts/pieces.tsx';
import { useText } from '../text/i18n.ts';
import type { Book } from './Routing.tsx';
import css from './routing.module.css';

export function Remove({ book, what, path, note, moveTo, onClose, onDone }: {
  book: Book;
  what: string;
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
        {moveTo && <Select label={t('routing.move_to')} description={t('routing.move_to_hint')} value={to} data={moveTo} clearable onChange={setTo} data-testid="remove-to" />}
        <TextInput label={t('routing.note')} description={t('routing.note_hint')} value={why} maxLength={500} onChange={(event) => setWhy(event.currentTarget.value)} />
        {problem && <ProblemNote problem={problem} />}
        <div className={css.end}>
          <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
          <ActionButton act={remove} color="red.9" data-testid="remove-sure">{t('routing.remove')}</ActionButton>
        </div>
      </div>
    </Dialog>
  );
}
