/** Text messages, one thread per number. */
import { useState } from 'react';
import { useStickToEnd } from '../parts/hooks.ts';
import { Icon } from '../parts/icons.tsx';
import { useText } from '../text/i18n.ts';
import type { Handset } from './connection.ts';
import css from './handset.module.css';

export function Texts({ handset, numbers }: { handset: Handset; numbers: string[] }) {
  const { t } = useText();
  const { state, act, live } = handset;
  const [to, setTo] = useState('');
  const [text, setText] = useState('');
  const number = to.trim() || state.texts.at(-1)?.with || numbers[0] || '';
  const threads = [...new Set([...numbers, ...state.texts.map((each) => each.with)])];
  const shown = state.texts.filter((each) => each.with === number);
  const list = useStickToEnd<HTMLOListElement>();
  const send = () => {
    if (!text.trim() || !number || !live) return;
    act({ do: 'sms', number, text: text.trim() });
    setText('');
  };
  return (
    <div className={css.app}>
      <header className={css.appHead}>
        <label className={css.to}>
          <span>{t('handset.to')}</span>
          <input value={to} placeholder={number} list="sms-numbers" data-testid="sms-to" inputMode="tel" autoComplete="off" onChange={(event) => setTo(event.currentTarget.value)} />
        </label>
        <datalist id="sms-numbers">{threads.map((each) => <option key={each} value={each} />)}</datalist>
        {threads.length > 1 && (
          <div className={css.lines}>
            {threads.map((each) => <button key={each} type="button" className={css.line} aria-pressed={each === number} onClick={() => setTo(each)}>{each}</button>)}
          </div>
        )}
      </header>
      <ol className={css.thread} ref={list} role="log" aria-label={t('handset.texts')} data-testid="sms-list" tabIndex={0}>
        {shown.length === 0 && <li className={css.none}>{t('handset.no_texts')}</li>}
        {shown.map((each) => <li key={each.key} data-out={each.out} data-testid={each.out ? 'sms-out' : 'sms-in'}>
            {each.text}
            {each.failed && <small className={css.failed}>{t('message.not_taken')}</small>}
          </li>)}
      </ol>
      <form className={css.sayRow} onSubmit={(event) => { event.preventDefault(); send(); }}>
        <input className={css.input} value={text} placeholder={t('handset.text_hint')} aria-label={t('handset.text')} data-testid="sms-text" autoComplete="off" onChange={(event) => setText(event.currentTarget.value)} />
        <button type="submit" className={css.sendButton} aria-label={t('handset.send')} disabled={!live || !text.trim() || !number} data-testid="sms-send"><Icon name="send" size={20} /></button>
      </form>
    </div>
  );
}
