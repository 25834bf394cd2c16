/** Short messages of the page itself: what failed and what to do next, or that something is done. */
import { CloseButton } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { asProblem, type Problem } from '../api/client.ts';
import i18next from 'i18next';
import { useText } from '../text/i18n.ts';
import { Icon } from './icons.tsx';
import css from './parts.module.css';

interface Notice {
  id: number;
  kind: 'done' | 'problem';
  text: string;
  hint: string | null;
  code?: string;
}

let notices: readonly Notice[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function change(to: readonly Notice[]): void {
  notices = to;
  for (const listener of listeners) listener();
}

function add(notice: Omit<Notice, 'id'>): void {
  const id = nextId++;
  const same = notices.find((each) => each.text === notice.text);
  change([...notices.filter((each) => each !== same), { ...notice, id }].slice(-4));
  // Problems stay until they are closed; good news may go by itself.
  if (notice.kind === 'done') setTimeout(() => close(id), 5000);
}

function close(id: number): void {
  change(notices.filter((notice) => notice.id !== id));
}

export function sayDone(text: string): void {
  add({ kind: 'done', text, hint: null });
}

/** The sentence and the hint of a problem; an unreachable server has its own words here. */
export function wordsOf(problem: Problem): { text: string; hint: string | null } {
  if (problem.status === 0 && problem.code === 'unreachable')
    return { text: i18next.t('problem.unreachable'), hint: i18next.t('problem.unreachable_hint') };
  if (problem.code === 'superseded') return { text: i18next.t('problem.superseded'), hint: i18next.t('problem.superseded_hint') };
  const faults = problem.faults.map((fault) => `${fault.where}: ${fault.what}`).join('; ');
  return {
    text: problem.message || i18next.t('problem.unknown'),
    hint: problem.hint ?? (faults || (problem.status >= 500 ? i18next.t('problem.server_hint') : null)),
  };
}

export function sayProblem(fault: unknown): void {
  const problem = asProblem(fault);
  add({ kind: 'problem', code: problem.code, ...wordsOf(problem) });
}

export function forgetUnreachable(): void {
  if (notices.some((notice) => notice.code === 'unreachable')) change(notices.filter((notice) => notice.code !== 'unreachable'));
}

export function Notices() {
  const { t } = useText();
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => notices,
  );
  return (
    <div className={css.notices} data-testid="notices">
      {shown.map((notice) => (
        <div key={notice.id} className={css.notice} data-kind={notice.kind} role={notice.kind === 'problem' ? 'alert' : 'status'}>
          <Icon name={notice.kind === 'problem' ? 'warning' : 'check'} />
          <div className="grow">
            <div>{notice.text}</div>
            {notice.hint && <div className="small muted">{notice.hint}</div>}
          </div>
          <CloseButton size="sm" aria-label={t('common.close')} onClick={() => close(notice.id)} />
        </div>
      ))}
    </div>
  );
}
