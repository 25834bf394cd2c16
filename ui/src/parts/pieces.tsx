/** Small visible pieces several desks share. */
import { Button, Skeleton, Table } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Problem } from '../api/client.ts';
import { secondsSince } from '../api/time.ts';
import type { Channel } from '../api/types.ts';
import { clock } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import { useSecond } from './hooks.ts';
import { Icon, type IconName } from './icons.tsx';
import { wordsOf } from './notices.tsx';
import css from './parts.module.css';
import type { Tone } from './tone.ts';

const CHANNEL_ICON: Record<Channel, IconName> = { voice: 'phone', sms: 'message', email: 'mail' };

export function ChannelMark({ channel, size = 'md' }: { channel: Channel; size?: 'sm' | 'md' | 'lg' }) {
  const { code } = useText();
  return (
    <span className={css.channel} data-channel={channel} data-size={size} title={code('channel', channel)}>
      <Icon name={CHANNEL_ICON[channel]} size={size === 'lg' ? 24 : size === 'sm' ? 14 : 17} label={code('channel', channel)} />
    </span>
  );
}

/** Seconds since `at` on the server's clock, counting on. */
export function Since({ at, label }: { at: string; label?: string }) {
  useSecond();
  return (
    <span className="num" aria-label={label} role={label ? 'timer' : undefined}>
      {clock(secondsSince(at))}
    </span>
  );
}


/** A state in words with a coloured ground; the word carries the meaning. */
export function Chip({ tone = 'plain', icon, children, ...rest }: { tone?: Tone; icon?: IconName; children: ReactNode; 'data-testid'?: string }) {
  return (
    <span className={css.chip} data-tone={tone} {...rest}>
      {icon && <Icon name={icon} size={13} />}
      {children}
    </span>
  );
}

/** Why there is nothing here, and what to do. `isPage`: there is nothing else on the page. */
export function Empty({ icon, title, isPage = false, children }: { icon: IconName; title: string; isPage?: boolean; children?: ReactNode }) {
  const Title = isPage ? 'h1' : 'p';
  return (
    <div className={css.empty}>
      <span className={css.emptyIcon}><Icon name={icon} size={26} /></span>
      <Title className={css.emptyTitle}>{title}</Title>
      {children && <div className="muted">{children}</div>}
    </div>
  );
}

/** A problem in place of what could not be loaded, with the way to try again. */
export function ProblemNote({ problem, retry }: { problem: Problem; retry?: () => void }) {
  const { t } = useText();
  const { text, hint } = wordsOf(problem);
  return (
    <div className={css.problem} role="alert">
      <Icon name="warning" />
      <div className="grow">
        <div>{text}</div>
        {hint && <div className="small">{hint}</div>}
      </div>
      {retry && <Button size="compact-sm" variant="default" onClick={retry}>{t('common.again')}</Button>}
    </div>
  );
}

export function Waiting({ lines = 4 }: { lines?: number }) {
  const { t } = useText();
  return (
    <div className="stack" role="status" aria-label={t('common.loading')} style={{ padding: '1rem' }}>
      {Array.from({ length: lines }, (_, index) => (
        <Skeleton key={index} height={index === 0 ? 22 : 14} width={`${90 - ((index * 17) % 45)}%`} radius="sm" />
      ))}
    </div>
  );
}

export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  if (words.length === 0) return '?';
  if (/\p{Script=Han}/u.test(name)) return Array.from(name.trim()).slice(-2).join('');
  return ((words[0]?.[0] ?? '') + (words.length > 1 ? (words.at(-1)?.[0] ?? '') : '')).toUpperCase();
}

export function Face({ name, size = 'md' }: { name: string; size?: 'md' | 'lg' }) {
  return <span className={css.face} data-size={size} aria-hidden="true">{initials(name)}</span>;
}

/** A table that scrolls sideways where the screen is narrower than `minWidth` px, by the keyboard too. */
export function WideTable({ title, minWidth, children }: { title: string; minWidth: number; children: ReactNode }) {
  return <Table.ScrollContainer minWidth={minWidth} type="native" tabIndex={0} role="group" aria-label={title}>{children}</Table.ScrollContainer>;
}

/** The head of a page: what it is, one line on it, and its actions. */
export function PageHead({ title, note, children }: { title: string; note?: ReactNode; children?: ReactNode }) {
  return (
    <div className={css.pageHead}>
      <div className="grow">
        <h1>{title}</h1>
        {note && <p className="muted">{note}</p>}
      </div>
      {children && <div className={css.pageActions}>{children}</div>}
    </div>
  );
}
