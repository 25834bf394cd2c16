/** Before a change is made: what differs, what to look out for, how recorded days would have gone under it, and why it is made. */
import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/client.ts';
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
import { TryOut } from './TryOut.tsx';

export function Review({ book, given, yaml, onClose, onDone }: { book: Book; given?: Values; yaml?: string; onClose: () => void; onDone?: () => void }) {
  const { t } = useText();
  const [note, setNote] = useState('');
  const body = yaml === undefined ? { document: given } : { yaml };
  const checked = useLoad(JSON.stringify(body), () => api.post<RoutingCheck>('/routing/config/check', body));
  const refused = checked.data?.faults.some((each) => each.severity === 'error') ?? true;
  const apply = async () => {
    const made = await api.change<RoutingApplied>('PUT', '/routing/config', { ...body, note }, `"${book.document.version}"`);
    sayDone(t('routing.applied', { version: made.data.version }));
    book.reload();
    onClose();
    onDone?.();
  };
  return (
    <Dialog opened onClose={onClose} title={t('routing.review')} size="lg">
      {checked.problem ? <ProblemNote problem={checked.problem} retry={checked.reload} /> : !checked.data ? <Waiting /> : (
        <div className="stack" data-testid="routing-review">
          <Changes changes={checked.data.changes} />
          {checked.data.faults.map((each) => <FaultLine key={each.where + each.message} fault={{ ...each, message: `${each.where}: ${each.message}` }} />)}
          {checked.data.rules && <TryOut rules={checked.data.rules as Values} />}
          <TextInput label={t('routing.note')} description={t('routing.note_hint')} value={note} maxLength={500} onChange={(event) => setNote(event.currentTarget.value)} data-testid="routing-note" />
          <div className={css.end}>
            <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
            <ActionButton act={apply} disabled={refused || checked.data.changes.length === 0} data-testid="routing-apply">{t('routing.apply')}</ActionButton>
          </div>
        </div>
      )}
    </Dialog>
  );
}
