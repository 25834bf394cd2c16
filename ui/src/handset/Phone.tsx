/** The telephone: dial pad, an incoming call, a call with its captions. */
import { useState } from 'react';
import { useSecond, useStickToEnd } from '../parts/hooks.ts';
import { Icon } from '../parts/icons.tsx';
import { keyTone } from '../parts/ring.ts';
import { clock } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import type { Handset } from './connection.ts';
import callCss from './call.module.css';
import deviceCss from './device.module.css';
import { inCall, type HandsetState } from './state.ts';
import { hush } from './speech.ts';

const KEYS = [['1', ''], ['2', 'ABC'], ['3', 'DEF'], ['4', 'GHI'], ['5', 'JKL'], ['6', 'MNO'], ['7', 'PQRS'], ['8', 'TUV'], ['9', 'WXYZ'], ['*', ''], ['0', '+'], ['#', '']] as const;
const KEY_NAME: Record<string, string> = { '*': 'star', '#': 'hash' };

function Keypad({ onKey, small }: { onKey: (key: string) => void; small?: boolean }) {
  const { t } = useText();
  return (
    <div className={callCss.keypad} data-small={small} role="group" aria-label={t('handset.keypad')}>
      {KEYS.map(([key, letters]) => (
        <button key={key} type="button" className={callCss.key} data-testid={`key-${KEY_NAME[key] ?? key}`} onClick={() => { keyTone(key); onKey(key); }}>
          <span>{key}</span>
          {!small && <small aria-hidden="true">{letters}</small>}
        </button>
      ))}
    </div>
  );
}

export function Phone({ handset, numbers }: { handset: Handset; numbers: string[] }) {
  const { state } = handset;
  if (state.call === 'ringing') return <Incoming handset={handset} />;
  if (inCall(state)) return <InCall handset={handset} />;
  return <Dial handset={handset} numbers={numbers} />;
}

function Dial({ handset, numbers }: { handset: Handset; numbers: string[] }) {
  const { t, code } = useText();
  const { state, act, live } = handset;
  const [number, setNumber] = useState('');
  const wanted = number.trim() || numbers[0] || '';
  const call = () => {
    if (wanted && live) act({ do: 'call', number: wanted });
  };
  return (
    <form className={callCss.dial} onSubmit={(event) => { event.preventDefault(); call(); }}>
      {state.call === 'ended' && (
        <div className={callCss.over} role="status" data-testid="call-ended">
          <strong>{t('handset.ended')}</strong> <span>{code('cause', state.cause)}</span>
        </div>
      )}
      {numbers.length > 0 && (
        <div className={callCss.lines}>
          {numbers.map((each) => <button key={each} type="button" className={callCss.line} onClick={() => setNumber(each)} data-testid="line">{each}</button>)}
        </div>
      )}
      <div className={callCss.numberRow}>
        <input className={callCss.number} value={number} placeholder={numbers[0] ?? '+1 555 0100'} aria-label={t('handset.number')} data-testid="dial-input" inputMode="tel" autoComplete="off" onChange={(event) => setNumber(event.currentTarget.value)} />
        {number && <button type="button" className={deviceCss.plain} aria-label={t('handset.erase')} onClick={() => setNumber(number.slice(0, -1))}><Icon name="erase" size={22} /></button>}
      </div>
      <Keypad onKey={(key) => setNumber(number + key)} />
      <button type="submit" className={deviceCss.round} data-kind="call" disabled={!live || !wanted} aria-label={t('handset.call_number', { number: wanted })} data-testid="dial-call"><Icon name="phone" size={28} /></button>
    </form>
  );
}

function Incoming({ handset }: { handset: Handset }) {
  const { t } = useText();
  return (
    <div className={callCss.incoming} role="alertdialog" aria-label={t('handset.incoming')} data-testid="incoming">
      <div className={callCss.pulse}><Icon name="phone" size={40} /></div>
      <div className={callCss.caller}>{handset.state.with}</div>
      <div className={deviceCss.soft}>{t('handset.incoming')}</div>
      <div className={callCss.pair}>
        <button type="button" className={deviceCss.round} data-kind="end" aria-label={t('handset.decline')} data-testid="decline" onClick={() => handset.act({ do: 'hangup' })}><Icon name="phone-off" size={28} /></button>
        <button type="button" className={deviceCss.round} data-kind="call" aria-label={t('handset.answer')} data-testid="answer" autoFocus onClick={() => handset.act({ do: 'answer' })}><Icon name="phone" size={28} /></button>
      </div>
    </div>
  );
}

function InCall({ handset }: { handset: Handset }) {
  const { t } = useText();
  const { state, act } = handset;
  const [text, setText] = useState('');
  const list = useStickToEnd<HTMLDivElement>();
  useSecond();
  const say = () => {
    if (!text.trim()) return;
    hush();
    act({ do: 'say', text: text.trim() });
    setText('');
  };
  return (
    <div className={callCss.inCall}>
      <header className={callCss.callHead}>
        <div className={callCss.caller}>{state.with}</div>
        <div className={callCss.callState} role="status" data-testid="call-state" data-state={state.call}>
          {stateWords(state, t)}
          {state.since && <span className="num"> · {clock((Date.now() - state.since) / 1000)}</span>}
        </div>
      </header>
      <div className={callCss.captions} ref={list} role="log" aria-label={t('handset.captions')} data-testid="prompt-list" tabIndex={0}>
        {state.lines.map((line) => (
          <div key={line.key} data-who={line.who} lang={line.language ?? undefined} data-testid={line.who === 'menu' ? 'prompt' : line.who === 'note' ? 'pressed' : 'caption'}>
            {line.who === 'note' ? t('handset.pressed', { digits: line.text }) : line.text}
          </div>
        ))}
      </div>
      <Keypad small onKey={(digits) => { hush(); act({ do: 'press', digits }); }} />
      <form className={deviceCss.sayRow} onSubmit={(event) => { event.preventDefault(); say(); }}>
        <input className={deviceCss.input} value={text} placeholder={t('handset.say_hint')} aria-label={t('handset.say')} data-testid="say-input" autoComplete="off" onChange={(event) => setText(event.currentTarget.value)} />
        <button type="submit" className={deviceCss.sendButton} aria-label={t('handset.say')} disabled={!text.trim()} data-testid="say-send"><Icon name="mic" size={20} /></button>
      </form>
      <button type="button" className={deviceCss.round} data-kind="end" aria-label={t('handset.hang_up')} data-testid="hang-up" onClick={() => { hush(); act({ do: 'hangup' }); }}><Icon name="phone-off" size={28} /></button>
    </div>
  );
}

function stateWords(state: HandsetState, t: ReturnType<typeof useText>['t']): string {
  switch (state.call) {
    case 'calling':
      return t('handset.calling');
    case 'held':
      return t('handset.held');
    case 'connected':
      return t('handset.connected');
    default:
      return t('handset.in_menu');
  }
}
