/** Mails as cards: the new part first, the quoted part folded, HTML in a frame that can run nothing. */
import { Button } from '@mantine/core';
import { useRef, useState } from 'react';
import { Icon } from '../parts/icons.tsx';
import { useStickToEnd } from '../parts/hooks.ts';
import { Face } from '../parts/pieces.tsx';
import { fullMoment, moment } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import mailCss from './mail.module.css';
import talkCss from './talk.module.css';
import type { Entry, Written } from './reading.ts';
import { MessageState, wordsOfHappened } from './Transcript.tsx';

export function MailThread({ entries, customer, label }: { entries: Entry[]; customer: string; label: string }) {
  const list = useStickToEnd<HTMLDivElement>();
  return (
    <div className={talkCss.mails} ref={list} role="log" aria-label={label} data-testid="mail-thread" tabIndex={0}>
      {entries.map((entry) =>
        entry.type === 'written' ? (
          <Mail key={entry.id} mail={entry} customer={customer} />
        ) : entry.type === 'happened' ? (
          <div key={entry.id} className={talkCss.happened}><span>{wordsOfHappened(entry)}</span></div>
        ) : null,
      )}
    </div>
  );
}

function Mail({ mail, customer }: { mail: Written; customer: string }) {
  const { t, lang } = useText();
  const [quoted, setQuoted] = useState(false);
  const [asHtml, setAsHtml] = useState(false);
  const who = mail.who === 'customer' ? customer : (mail.name ?? t('who.you'));
  return (
    <article className={`card ${mailCss.mail}`} data-who={mail.who} data-testid="mail">
      <header className={mailCss.mailHead}>
        <Face name={who} />
        <div className="grow">
          <div className={mailCss.mailWho}><strong className="cut">{who}</strong>{mail.state && <MessageState state={mail.state} code={mail.code} />}</div>
          <div className="cut">{mail.subject || t('mail.no_subject')}</div>
        </div>
        <time className="small muted num" dateTime={mail.at} title={fullMoment(mail.at, lang)}>{moment(mail.at, lang)}</time>
      </header>
      {asHtml ? <MailFrame html={mail.html} title={t('mail.html_of', { name: who })} /> : <div className={mailCss.mailText}>{mail.text}</div>}
      {(mail.quoted || mail.html) && (
        <footer className={mailCss.mailFoot}>
          {mail.quoted && !asHtml && (
            <Button variant="subtle" size="compact-sm" aria-expanded={quoted} onClick={() => setQuoted(!quoted)}>{quoted ? t('mail.hide_quoted') : t('mail.show_quoted')}</Button>
          )}
          {mail.html && (
            <Button variant="subtle" size="compact-sm" leftSection={<Icon name="eye" size={14} />} onClick={() => setAsHtml(!asHtml)}>{asHtml ? t('mail.as_text') : t('mail.as_sent')}</Button>
          )}
          {asHtml && /<img/i.test(mail.html) && <span className={`small muted ${mailCss.noImages}`}>{t('mail.no_images')}</span>}
        </footer>
      )}
      {quoted && !asHtml && <blockquote className={mailCss.quoted}>{mail.quoted}</blockquote>}
    </article>
  );
}

/**
 * The server has sanitised the HTML; the sandbox runs no script on top of that, and the page's own
 * policy, which a `srcdoc` frame inherits, loads no remote image. `allow-same-origin` without
 * `allow-scripts` only lets this page measure the height.
 */
export function MailFrame({ html, title }: { html: string; title: string }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(160);
  const sheet = `${import.meta.env.BASE_URL}mail.css`;
  const page = `<!doctype html><meta charset="utf-8"><base target="_blank"><link rel="stylesheet" href="${sheet}"><body>${html}`;
  return (
    <iframe
      ref={frame} className={mailCss.frame} title={title} srcDoc={page} style={{ height }}
      sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
      onLoad={() => setHeight(Math.min(900, (frame.current?.contentDocument?.documentElement.scrollHeight ?? 160) + 4))}
    />
  );
}
