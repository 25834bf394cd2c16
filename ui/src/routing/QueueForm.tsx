/** One queue, all its rules. What is wrong stands at the field while one writes; nothing is changed before the review. */
import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Empty, PageHead } from '../parts/pieces.tsx';
import { go } from '../shell/route.tsx';
import { useText } from '../text/i18n.ts';
import { put, withoutQueue, type Config } from './config.ts';
import { FaultLine, FormProvider } from './fields.tsx';
import { QueueFields } from './QueueFields.tsx';
import { Remove } from './Remove.tsx';
import { Review } from './Review.tsx';
import type { Book } from './Routing.tsx';
import css from './routing.module.css';
import { useSectionCheck } from './useSectionCheck.ts';

export function QueueForm({ book, name: given }: { book: Book; name: string }) {
  const { t } = useText();
  const { queues, skills, hours } = book.document;
  const [name, setName] = useState(given);
  const [config, setConfig] = useState(() => (queues[given] ?? {}) as Config);
  const [reviewing, setReviewing] = useState(false);
  const [removing, setRemoving] = useState(false);
  const place = name.trim();
  const sent = { queues: { [place]: config } };
  const check = useSectionCheck('queues', place, place ? sent : null);
  if (given && !(given in queues)) return <Empty icon="info" isPage title={t('routing.no_queue', { name: given })} />;
  const taken = !given && place in queues;
  return (
    <FormProvider value={{ config, set: (path, value) => setConfig((old) => put(old, path, value)), faults: check.faults, readOnly: !book.canChange, queues: Object.keys(queues), skills: Object.keys(skills), hours: Object.keys(hours) }}>
      <PageHead title={given || t('routing.queue_new')} note={book.canChange ? t('routing.queue_note') : t('routing.read_only')}>
        <Button variant="default" onClick={() => go('/desk/routing/queues')}>{t('common.back')}</Button>
        {book.canChange && given && <Button variant="default" onClick={() => setRemoving(true)} data-testid="queue-remove">{t('routing.remove')}</Button>}
        {book.canChange && <Button disabled={taken || !check.mayApply} onClick={() => setReviewing(true)} data-testid="queue-review">{t('routing.review')}</Button>}
      </PageHead>
      <div className={css.form} data-testid="queue-form" data-checked={check.isChecked}>
        {!given && (
          <div className={`card ${css.section}`}>
            <TextInput label={t('routing.queue_name')} value={name} maxLength={100} required error={taken ? t('routing.taken') : undefined} onChange={(event) => setName(event.currentTarget.value)} data-testid="queue-name" />
          </div>
        )}
        {[...check.faults.filter((each) => each.path.length === 0), ...check.elsewhere].map((each) => <FaultLine key={each.message} fault={each} />)}
        <QueueFields />
      </div>
      {removing && <Remove book={book} what={given} without={withoutQueue(book.document, given)} path={`/routing/config/queues/${encodeURIComponent(given)}`} note={t('routing.remove_queue_note')} moveTo={Object.keys(queues).filter((each) => each !== given)} onClose={() => setRemoving(false)} onDone={() => go('/desk/routing/queues')} />}
      {reviewing && <Review book={book} given={sent} onClose={() => setReviewing(false)} onDone={() => go('/desk/routing/queues')} />}
    </FormProvider>
  );
}
