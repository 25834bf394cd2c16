/** Every version with who, when and why; what it changed; and the way back. */
import { Button, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/client.ts';
import type { Page, RoutingApplied, RoutingVersion, RoutingVersionInfo } from '../api/types.ts';
import { ActionButton } from '../parts/ActionButton.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { useLoad } from '../parts/hooks.ts';
import { Icon } from '../parts/icons.tsx';
import { sayDone } from '../parts/notices.tsx';
import { Chip, Empty, PageHead, ProblemNote, Waiting } from '../parts/pieces.tsx';
import { Link } from '../shell/route.tsx';
import { moment } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import { Changes } from './Changes.tsx';
import type { Book } from './Routing.tsx';
import css from './routing.module.css';

export function History({ book }: { book: Book }) {
  const { t, lang } = useText();
  const [open, setOpen] = useState<number | null>(null);
  const [back, setBack] = useState<number | null>(null);
  const [older, setOlder] = useState<RoutingVersion[]>([]);
  const [next, setNext] = useState<string | null | undefined>(undefined);
  const newest = useLoad(`versions ${book.document.version}`, (signal) => api.get<Page<RoutingVersion>>('/routing/config/versions', {}, signal));
  const after = next === undefined ? newest.data?.next : next;
  const more = async () => {
    const page = await api.get<Page<RoutingVersion>>('/routing/config/versions', { after });
    setOlder([...older, ...page.items]);
    setNext(page.next ?? null);
  };
  if (newest.problem) return <ProblemNote problem={newest.problem} retry={newest.reload} />;
  if (!newest.data) return <Waiting />;
  const all = [...newest.data.items, ...older];
  return (
    <>
      <PageHead title={t('routing.page.history')} note={t('routing.history_note')} />
      <div className="card">
        {all.length === 0 ? <Empty icon="clock" title={t('routing.no_versions')}>{t('routing.no_versions_note')}</Empty> : (
          <ol className={css.versions} data-testid="routing-versions">
            {all.map((each) => (
              <li key={each.version} data-testid="routing-version">
                <div className={css.version}>
                  <UnstyledButton className={css.versionHead} aria-expanded={open === each.version} onClick={() => setOpen(open === each.version ? null : each.version)}>
                    <Icon name={open === each.version ? 'down' : 'right'} size={16} />
                    <strong className="num">{t('routing.version', { number: each.version })}</strong>
                    <span className="muted num">{moment(each.at, lang)}</span>
                    <span className="cut grow">{each.note}</span>
                    <Chip tone={each.action === 'rollback' ? 'warn' : 'plain'}>{t(`routing.action.${each.action}`)}</Chip>
                    <span>{each.by || t('routing.by_command')}</span>
                  </UnstyledButton>
                  <Link className={css.tryLink} href={`/desk/routing/whatif/new/version/${each.version}`} aria-label={t('whatif.of_version', { number: each.version })} data-testid="version-whatif">{t('routing.page.whatif')}</Link>
                  {book.canChange && each.version !== book.document.version && <Button size="compact-sm" variant="default" aria-label={t('routing.back_to', { number: each.version })} onClick={() => setBack(each.version)} data-testid="rollback">{t('routing.roll_back')}</Button>}
                </div>
                {open === each.version && <Of number={each.version} />}
              </li>
            ))}
          </ol>
        )}
        {after && <div className={css.end}><ActionButton act={more} variant="subtle">{t('common.more')}</ActionButton></div>}
      </div>
      {back !== null && <Back book={book} number={back} onClose={() => setBack(null)} />}
    </>
  );
}

function Of({ number, against }: { number: number; against?: number }) {
  const found = useLoad(`version ${number} ${against}`, (signal) => api.get<RoutingVersionInfo>(`/routing/config/versions/${number}`, { against }, signal));
  if (found.problem) return <ProblemNote problem={found.problem} retry={found.reload} />;
  return <div className={css.versionBody}>{found.data ? <Changes changes={found.data.changes} /> : <Waiting lines={2} />}</div>;
}

function Back({ book, number, onClose }: { book: Book; number: number; onClose: () => void }) {
  const { t } = useText();
  const go = async () => {
    const made = await api.post<RoutingApplied>(`/routing/config/versions/${number}/rollback`, {});
    sayDone(t('routing.applied', { version: made.version }));
    onClose();
    book.reload();
  };
  return (
    <Dialog opened onClose={onClose} title={t('routing.back_to', { number })} size="lg">
      <div className="stack">
        <p className="muted">{t('routing.back_note')}</p>
        <Of number={number} against={book.document.version} />
        <div className={css.end}>
          <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
          <ActionButton act={go} color="red.9" data-testid="rollback-sure">{t('routing.roll_back')}</ActionButton>
        </div>
      </div>
    </Dialog>
  );
}
