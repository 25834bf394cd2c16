/** The customer's mailbox: what came and went, one mail open, or one being written. */
import { useState } from 'react';
import { Icon } from '../parts/icons.tsx';
import { useText } from '../text/i18n.ts';
import type { Handset } from './connection.ts';
import deviceCss from './device.module.css';
import lettersCss from './letters.module.css';
import type { Letter } from './state.ts';

interface Draft {
  to: string;
  subject: string;
  body: string;
}

export function Mailbox({ handset, addresses, mail }: { handset: Handset; addresses: string[]; mail: string }) {
  const { t } = useText();
  const { state, act, live } = handset;
  const [draft, setDraft] = useState<Draft | null>(null);
  const [open, setOpen] = useState<string | null>(null);
  const opened = state.mails.find((each) => each.key === open);
  if (!mail) return <p className={lettersCss.none}>{t('handset.no_address')}</p>;
  if (draft) return <Write draft={draft} onChange={setDraft} onCancel={() => setDraft(null)} live={live} onSend={() => { act({ do: 'mail', address: draft.to, subject: draft.subject, body: draft.body }); setDraft(null); setOpen(null); }} />;
  if (opened) return <Read letter={opened} onBack={() => setOpen(null)} onReply={() => setDraft(replyTo(opened))} />;
  return (
    <div className={lettersCss.app}>
      <header className={lettersCss.appHead}>
        <div className={lettersCss.mailTop}>
          <span className="cut">{mail}</span>
          <button type="button" className={deviceCss.small} data-testid="mail-new" onClick={() => setDraft({ to: addresses[0] ?? '', subject: '', body: '' })}><Icon name="pencil" size={16} /> {t('handset.write')}</button>
        </div>
      </header>
      <ol className={lettersCss.letters} data-testid="mail-list" aria-label={t('handset.mails')}>
        {state.mails.length === 0 && <li className={lettersCss.none}>{t('handset.no_mails')}</li>}
        {state.mails.toReversed().map((each) => (
          <li key={each.key}>
            <button type="button" onClick={() => setOpen(each.key)} data-testid={each.out ? 'mail-out' : 'mail-in'}>
              <strong className="cut">{each.out ? `→ ${each.with}` : each.with}</strong>
              <span className="cut">{each.failed && <small className={lettersCss.failed}>{t('message.not_taken')} · </small>}{each.subject || t('mail.no_subject')}</span>
              <span className={`cut ${deviceCss.soft}`}>{each.text}</span>
            </button>
          </li>
        ))}
      </ol>
    </div>
  );
}

function replyTo(letter: Letter): Draft {
  const subject = /^re\s*:/i.test(letter.subject) ? letter.subject : `Re: ${letter.subject}`;
  return { to: letter.with, subject, body: `\n\n> ${letter.text.split('\n').join('\n> ')}` };
}

function Read({ letter, onBack, onReply }: { letter: Letter; onBack: () => void; onReply: () => void }) {
  const { t } = useText();
  return (
    <div className={lettersCss.app}>
      <header className={lettersCss.appHead}>
        <div className={lettersCss.mailTop}>
          <button type="button" className={deviceCss.plain} aria-label={t('common.back')} onClick={onBack}><Icon name="back" /></button>
          <button type="button" className={deviceCss.small} onClick={onReply} data-testid="mail-reply">{t('handset.reply')}</button>
        </div>
      </header>
      <article className={lettersCss.letter} data-testid="mail-open">
        <h2>{letter.subject || t('mail.no_subject')}</h2>
        <p className={deviceCss.soft}>{letter.with}</p>
        <div className={lettersCss.letterText} data-testid="mail-text">{letter.text}</div>
      </article>
    </div>
  );
}

function Write({ draft, onChange, onSend, onCancel, live }: { draft: Draft; onChange: (draft: Draft) => void; onSend: () => void; onCancel: () => void; live: boolean }) {
  const { t } = useText();
  return (
    <form className={lettersCss.app} onSubmit={(event) => { event.preventDefault(); onSend(); }}>
      <header className={lettersCss.appHead}>
        <div className={lettersCss.mailTop}>
          <button type="button" className={deviceCss.plain} aria-label={t('common.cancel')} onClick={onCancel}><Icon name="close" /></button>
          <button type="submit" className={deviceCss.small} disabled={!live || !draft.to.trim() || !draft.body.trim()} data-testid="mail-send"><Icon name="send" size={16} /> {t('handset.send')}</button>
        </div>
      </header>
      <label className={lettersCss.to}><span>{t('handset.to')}</span><input type="email" required value={draft.to} data-testid="mail-to" onChange={(event) => onChange({ ...draft, to: event.currentTarget.value })} /></label>
      <label className={lettersCss.to}><span>{t('mail.subject')}</span><input value={draft.subject} data-testid="mail-subject" onChange={(event) => onChange({ ...draft, subject: event.currentTarget.value })} /></label>
      <textarea className={deviceCss.body} value={draft.body} aria-label={t('mail.body_of_mine')} data-testid="mail-body" onChange={(event) => onChange({ ...draft, body: event.currentTarget.value })} />
    </form>
  );
}
