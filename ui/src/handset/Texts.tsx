/** Text messages, one thread per number. */
import { useState } from 'react';
import { useStickToEnd } from '../parts/hooks.ts';
import { Icon } from '../parts/icons.tsx';
import { useText } from '../text/i18n.ts';
import type { Handset } from './connection.ts';
import callCss from './call.module.css';
import deviceCss from './device.module.css';
import lettersCss from './letters.module.css';

export function Texts({ handset, numbers }: { handset: Handset; numbers: string[] }) {
  const { t } = useText();
  const { state, act, live } = handset;
  const [to, setTo] = useState('');
  const [text, setText] = useState('');
  const number = to.trim() || state.texts.at(-1)?.with || numbers[0] || '';
  const threads = [...new Set([...numbers, ...state.texts.map((each) => each.with)])];
  const shown = state.texts.filter((each) => each.with === number);
  const list = useStickToEnd<HTMLDivElement>();
  const send = () => {
    if (!text.trim() || !number || !live) return;
    act({ do: 'sms', number, text: text.trim() });
    setText('');
  };
  return (
    <div className={lettersCss.app}>
      <header className={lettersCss.appHead}>
        <label className={lettersCss.to}>
          <span>{t('handset.to')}</span>
          <input value={to} placeholder={number} list="sms-numbers" data-testid="sms-to" inputMode="tel" autoComplete="off" onChange={(event) => setTo(event.currentTarget.value)} />
        </label>
        <datalist id="sms-numbers">{threads.map((each) => <option key={each} value={each} />)}</datalist>
        {threads.length > 1 && (
          <div className={callCss.lines}>
            {threads.map((each) => <button key={each} type="button" className={callCss.line} aria-pressed={each === number} onClick={() => setTo(each)}>{each}</button>)}
          </div>
        )}
      </header>
      <div className={callCss.thread} ref={list} role="log" aria-label={t('handset.texts')} data-testid="sms-list" tabIndex={0}>
        {shown.length === 0 && <div className={lettersCss.none}>{t('handset.no_texts')}</div>}
        {shown.map((each) => <div key={each.key} data-out={each.out} data-testid={each.out ? 'sms-out' : 'sms-in'}>
            {each.text}
            {each.failed && <small className={lettersCss.failed}>{t('message.not_taken')}</small>}
          </div>)}
      </div>
      <form className={deviceCss.sayRow} onSubmit={(event) => { event.preventDefault(); send(); }}>
        <input className={deviceCss.input} value={text} placeholder={t('handset.text_hint')} aria-label={t('handset.text')} data-testid="sms-text" autoComplete="off" onChange={(event) => setText(event.currentTarget.value)} />
        <button type="submit" className={deviceCss.sendButton} aria-label={t('handset.send')} disabled={!live || !text.trim() || !number} data-testid="sms-send"><Icon name="send" size={20} /></button>
      </form>
    </div>
  );
}
