/** Named business hours: the list, and one of them as a form beside what it comes to. */
import { Button, Table, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Values } from '../api/types.ts';
import { Icon } from '../parts/icons.tsx';
import { Empty, PageHead, WideTable } from '../parts/pieces.tsx';
import { go, Link } from '../shell/route.tsx';
import { useText } from '../text/i18n.ts';
import { put, type Config } from './config.ts';
import { FaultLine, FormProvider } from './fields.tsx';
import { HoursFields } from './HoursFields.tsx';
import { HoursPreview } from './HoursPreview.tsx';
import { Review } from './Review.tsx';
import type { Book } from './Routing.tsx';
import css from './routing.module.css';
import { useSectionCheck } from './useSectionCheck.ts';
import { NEW_HOURS } from './week.ts';

const PLACE = '/desk/routing/hours';

export function HoursList({ book }: { book: Book }) {
  const { t } = useText();
  const { hours, queues } = book.document;
  const names = Object.keys(hours);
  const users = (name: string) => Object.entries(queues as Record<string, Values>).filter(([, queue]) => queue.hours === name).map(([queue]) => queue);
  return (
    <>
      <PageHead title={t('routing.page.hours')} note={t('hours.note')}>
        {book.canChange && <Button leftSection={<Icon name="plus" size={16} />} onClick={() => go(`${PLACE}/new`)} data-testid="hours-new">{t('hours.new')}</Button>}
      </PageHead>
      <div className="card">
        {names.length === 0 ? <Empty icon="clock" title={t('hours.none')}>{t('hours.none_note')}</Empty> : (
          <WideTable title={t('routing.page.hours')} minWidth={420}>
            <Table verticalSpacing="sm" horizontalSpacing="md" data-testid="hours-list">
              <Table.Thead><Table.Tr><Table.Th>{t('hours.name_of')}</Table.Th><Table.Th>{t('hours.zone')}</Table.Th><Table.Th>{t('hours.used_by')}</Table.Th></Table.Tr></Table.Thead>
              <Table.Tbody>
                {names.map((name) => (
                  <Table.Tr key={name} data-testid="hours-row">
                    <Table.Th scope="row"><Link className={css.name} href={`${PLACE}/h:${encodeURIComponent(name)}`}>{name}</Link></Table.Th>
                    <Table.Td>{String((hours[name] as Values).zone ?? '')}</Table.Td>
                    <Table.Td>{users(name).join(', ') || <span className="muted">{t('hours.unused')}</span>}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </WideTable>
        )}
      </div>
    </>
  );
}

export function HoursForm({ book, name: given }: { book: Book; name: string }) {
  const { t } = useText();
  const { hours } = book.document;
  const [name, setName] = useState(given);
  const [config, setConfig] = useState(() => (hours[given] ?? NEW_HOURS) as Config);
  const [reviewed, setReviewed] = useState<Values | null>(null);
  const place = name.trim();
  // Hours that are given are all there are.
  const sent = { hours: { ...hours, [place]: config } };
  const check = useSectionCheck('hours', place, place ? sent : null);
  if (given && !(given in hours)) return <Empty icon="info" isPage title={t('hours.no_hours', { name: given })} />;
  const taken = !given && place in hours;
  const { [given]: _, ...others } = hours;
  return (
    <FormProvider value={{ config, set: (path, value) => setConfig((old) => put(old, path, value)), faults: check.faults, readOnly: !book.canChange, queues: [], skills: [], hours: [] }}>
      <PageHead title={given || t('hours.new')} note={book.canChange ? t('hours.form_note') : t('routing.read_only')}>
        <Button variant="default" onClick={() => go(PLACE)}>{t('common.back')}</Button>
        {book.canChange && given && <Button variant="default" onClick={() => setReviewed({ hours: others })} data-testid="hours-remove">{t('routing.remove')}</Button>}
        {book.canChange && <Button disabled={taken || !check.mayApply} onClick={() => setReviewed(sent)} data-testid="hours-review">{t('routing.review')}</Button>}
      </PageHead>
      <div className={css.beside}>
        <div className={css.form} data-testid="hours-form" data-checked={check.isChecked}>
          {!given && (
            <div className={`card ${css.section}`}>
              <TextInput label={t('hours.name_of')} value={name} maxLength={100} required error={taken ? t('routing.taken') : undefined} onChange={(event) => setName(event.currentTarget.value)} data-testid="hours-name" />
            </div>
          )}
          {check.elsewhere.map((each) => <FaultLine key={each.message} fault={each} />)}
          <HoursFields base={[]} />
        </div>
        <HoursPreview hours={config} />
      </div>
      {reviewed && <Review book={book} given={reviewed} onClose={() => setReviewed(null)} onDone={() => go(PLACE)} />}
    </FormProvider>
  );
}
