/** What was said and written, oldest first, with what happened in between on quiet lines. */
import { useStickToEnd } from '../parts/hooks.ts';
import { Icon } from '../parts/icons.tsx';
import { fullMoment, moment, timeOfDay } from '../text/format.ts';
import { codeText, useText } from '../text/i18n.ts';
import i18next from 'i18next';
import css from './talk.module.css';
import type { Entry, Happened, Said, Written } from './reading.ts';

export interface Pending {
  key: string;
  text: string;
  state: 'sending' | 'failed';
}

interface Props {
  entries: Entry[];
  pending: Pending[];
  label: string;
  testId: string;
  customer: string;
  onRetry?: (pending: Pending) => void;
}

export function Transcript({ entries, pending, label, testId, customer, onRetry }: Props) {
  const { t } = useText();
  const list = useStickToEnd<HTMLDivElement>();
  return (
    <div className={css.transcript} ref={list} role="log" aria-label={label} data-testid={testId} tabIndex={0}>
      {entries.map((entry) =>
        entry.type === 'happened' ? <HappenedLine key={entry.id} entry={entry} /> : <Bubble key={entry.id} entry={entry} customer={customer} />,
      )}
      {pending.map((each) => (
        <div key={each.key} className={css.bubble} data-who="agent" data-pending={each.state}>
          <div className={css.bubbleText}>{each.text}</div>
          <div className={css.bubbleFoot}>
            {each.state === 'sending' ? t('message.sending') : <><Icon name="warning" size={12} /> {t('message.not_taken')} {onRetry && <button type="button" className={css.linkButton} onClick={() => onRetry(each)}>{t('common.again')}</button>}</>}
          </div>
        </div>
      ))}
    </div>
  );
}

function Bubble({ entry, customer }: { entry: Said | Written; customer: string }) {
  const { t, lang } = useText();
  const who = entry.who === 'customer' ? customer : entry.who === 'menu' ? t('who.menu') : entry.who === 'system' ? t('who.system') : (entry.name ?? t('who.you'));
  return (
    <div className={css.bubble} data-who={entry.who} data-testid={entry.type === 'said' ? 'caption' : 'bubble'}>
      <div className={css.bubbleWho}>{who}</div>
      <div className={css.bubbleText} lang={entry.type === 'said' ? (entry.language ?? undefined) : undefined}>{entry.text}</div>
      <div className={css.bubbleFoot}>
        <time dateTime={entry.at} title={fullMoment(entry.at, lang)}>{timeOfDay(entry.at, lang)}</time>
        {entry.type === 'written' && entry.state && <MessageState state={entry.state} code={entry.code} />}
      </div>
    </div>
  );
}

export function MessageState({ state, code: providerCode }: { state: string; code: string | null }) {
  const { code } = useText();
  const bad = ['failed', 'rejected', 'bounced', 'in_doubt'].includes(state);
  return (
    <span className={css.messageState} data-bad={bad} data-testid="message-state" data-state={state}>
      <Icon name={bad ? 'warning' : state === 'delivered' || state === 'sent' ? 'check' : 'clock'} size={12} />
      {code('message', state)}{bad && providerCode && ` (${providerCode})`}
    </span>
  );
}

function HappenedLine({ entry }: { entry: Happened }) {
  const { lang } = useText();
  return (
    <div className={css.happened} data-kind={entry.kind}>
      <span>{wordsOfHappened(entry)}</span>
      <time className="num" dateTime={entry.at}>{timeOfDay(entry.at, lang)}</time>
    </div>
  );
}

/** One event in words; a kind this page does not know is shown by its name, never hidden. */
export function wordsOfHappened(entry: Happened): string {
  const key = `event.${entry.kind}`;
  if (!i18next.exists(key)) return entry.kind.replaceAll('_', ' ') + (entry.detail ? `: ${entry.detail}` : '');
  const words = (name: string, value: unknown) => (typeof value !== 'string' ? value : name.endsWith('_at') ? moment(value, i18next.language) : codeText(name, value));
  const values = Object.fromEntries(Object.entries(entry.data).map(([name, value]) => [name, words(name, value)]));
  const who = entry.name ?? i18next.t('who.agent');
  return String(i18next.t(key as never, { ...values, who, detail: entry.detail } as never));
}
