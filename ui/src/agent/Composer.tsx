/** Writing to the customer: speech on a call, a text with its segments counted, or a mail. */
import { Button, Textarea, TextInput } from '@mantine/core';
import { useState, type KeyboardEvent } from 'react';
import { Icon } from '../parts/icons.tsx';
import { useText } from '../text/i18n.ts';
import css from './talk.module.css';
import { countSms, plainHelps, plainPunctuation } from './segments.ts';

/** What was being written, by interaction: changing to another one and back loses nothing. */
const drafts = new Map<string, string>();

function useDraft(key: string): [string, (text: string) => void] {
  const [text, setText] = useState(drafts.get(key) ?? '');
  const keep = (next: string) => {
    if (next) drafts.set(key, next);
    else drafts.delete(key);
    setText(next);
  };
  return [text, keep];
}

/** Enter sends, Shift+Enter makes a line; an Enter that ends a Chinese composition does neither. */
function sendsOn(event: KeyboardEvent, plainEnter: boolean): boolean {
  if (event.key !== 'Enter' || event.nativeEvent.isComposing) return false;
  return plainEnter ? !event.shiftKey : event.ctrlKey || event.metaKey;
}

interface Props {
  id: string;
  onSend: (text: string, subject?: string) => void;
}

export function SayBox({ id, onSend, disabled, placeholder }: Props & { disabled: boolean; placeholder: string }) {
  const { t } = useText();
  const [text, setText] = useDraft(`say:${id}`);
  const say = () => {
    if (!text.trim() || disabled) return;
    onSend(text.trim());
    setText('');
  };
  return (
    <form className={css.say} onSubmit={(event) => { event.preventDefault(); say(); }}>
      <TextInput
        className="grow" size="md" value={text} placeholder={placeholder} aria-label={t('call.say')} maxLength={500}
        leftSection={<Icon name="mic" />} disabled={disabled} data-testid="say-input" autoComplete="off"
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => { if (event.key === 'Enter' && event.nativeEvent.isComposing) event.preventDefault(); }}
      />
      <Button type="submit" size="md" disabled={disabled || !text.trim()} data-testid="say-send">{t('call.say_send')}</Button>
    </form>
  );
}

export function SmsComposer({ id, onSend }: Props) {
  const { t } = useText();
  const [text, setText] = useDraft(`sms:${id}`);
  const count = countSms(text);
  const send = () => {
    if (!text.trim()) return;
    onSend(text.trim());
    setText('');
  };
  return (
    <form className={css.composer} onSubmit={(event) => { event.preventDefault(); send(); }}>
      <Textarea
        value={text} rows={2} classNames={{ input: css.area }} placeholder={t('message.sms_placeholder')} aria-label={t('message.sms_label')}
        data-testid="composer" onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => { if (sendsOn(event, true)) { event.preventDefault(); send(); } }}
      />
      <div className={css.composerFoot}>
        <SmsMeter text={text} onPlain={() => setText(plainPunctuation(text))} />
        <Button type="submit" leftSection={<Icon name="send" size={16} />} disabled={count.segments === 0} data-testid="send">{t('message.send')}</Button>
      </div>
    </form>
  );
}

/** Encoding, segments, what is left, and the characters that make the text dearer. */
export function SmsMeter({ text, onPlain }: { text: string; onPlain?: () => void }) {
  const { t } = useText();
  const count = countSms(text);
  return (
    <div className={css.meter} data-testid="sms-meter">
      <span className="num">{t('sms.segments', { count: count.segments })}</span>
      <span className="num muted">{t('sms.left', { count: count.left })}</span>
      <span className="muted">{count.encoding}</span>
      {count.offending.length > 0 && (
        <span className={css.offending} title={t('sms.offending_note')}>
          {t('sms.offending')} {count.offending.slice(0, 6).map((letter) => <code key={letter}>{visible(letter)}</code>)}
          {count.offending.length > 6 && '…'}
          {plainHelps(count) && onPlain && <button type="button" className={css.linkButton} onClick={onPlain}>{t('sms.make_plain')}</button>}
        </span>
      )}
    </div>
  );
}

function visible(letter: string): string {
  return /[\s\u200b-\u200d\u2060\ufeff\u00ad]/.test(letter) ? `U+${letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}` : letter;
}

export function MailComposer({ id, onSend, subject: given }: Props & { subject: string }) {
  const { t } = useText();
  const [text, setText] = useDraft(`mail:${id}`);
  const [subject, setSubject] = useState(given);
  const send = () => {
    if (!text.trim()) return;
    onSend(text, subject.trim() || undefined);
    setText('');
  };
  return (
    <form className={css.composer} onSubmit={(event) => { event.preventDefault(); send(); }}>
      <TextInput value={subject} aria-label={t('mail.subject')} placeholder={t('mail.subject')} onChange={(event) => setSubject(event.currentTarget.value)} data-testid="composer-subject" maxLength={500} />
      <Textarea
        value={text} rows={4} classNames={{ input: css.area }} placeholder={t('mail.placeholder')} aria-label={t('mail.body')} data-testid="composer"
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => { if (sendsOn(event, false)) { event.preventDefault(); send(); } }}
      />
      <div className={css.composerFoot}>
        <span className="small muted">{t('mail.send_hint')}</span>
        <Button type="submit" leftSection={<Icon name="send" size={16} />} disabled={!text.trim()} data-testid="send">{t('message.send')}</Button>
      </div>
    </form>
  );
}

/** `Re:` once, whatever the language of the mail before wrote there. */
export function replySubject(subject: string): string {
  const bare = subject.replace(/^((re|aw|sv|antw|回复|答复)\s*[:：]\s*)+/i, '').trim();
  return bare ? `Re: ${bare}` : '';
}
