/** The interaction in hand: its head, what was said and written, and the place to answer. */
import { Button } from '@mantine/core';
import { useEffect, useMemo, useState } from 'react';
import { api, asProblem, randomKey } from '../api/client.ts';
import type { InteractionDetail, MessageSent } from '../api/types.ts';
import { Icon } from '../parts/icons.tsx';
import { sayProblem } from '../parts/notices.tsx';
import { ChannelMark, Chip } from '../parts/pieces.tsx';
import { useText } from '../text/i18n.ts';
import mailCss from './mail.module.css';
import talkCss from './talk.module.css';
import { CallBar } from './CallBar.tsx';
import { MailComposer, replySubject, SayBox, SmsComposer } from './Composer.tsx';
import { MailThread } from './MailThread.tsx';
import { customerName } from './names.ts';
import { read } from './reading.ts';
import { Transcript, type Pending } from './Transcript.tsx';
import { WrapUp } from './WrapUp.tsx';

interface Sent extends Pending {
  message: string | null;
  subject: string | undefined;
}

export function Workspace({ interaction }: { interaction: InteractionDetail }) {
  const { t } = useText();
  const [finishing, setFinishing] = useState(false);
  const [sent, setSent] = useState<Sent[]>([]);
  const entries = useMemo(
    // In writing the customer's choice stands there already as their message.
    () => read(interaction.events).filter((entry) => interaction.channel === 'voice' || entry.type !== 'happened' || entry.kind !== 'menu_input'),
    [interaction.events, interaction.channel],
  );
  const name = customerName(interaction.customer_card, interaction.address, t);
  const wrapping = interaction.state === 'wrap_up';
  const closing = wrapping || finishing;

  // A message is shown by the log once the log has it.
  const logged = useMemo(() => new Set(entries.map((entry) => (entry.type === 'written' ? entry.message : null))), [entries]);
  useEffect(() => {
    setSent((all) => (all.some((each) => each.message !== null && logged.has(each.message)) ? all.filter((each) => each.message === null || !logged.has(each.message)) : all));
  }, [logged, sent]);

  const put = (key: string, values: Partial<Sent>) => setSent((all) => all.map((each) => (each.key === key ? { ...each, ...values } : each)));
  const send = (text: string, subject?: string, key = randomKey()) => {
    setSent((all) => [...all.filter((each) => each.key !== key), { key, text, subject, state: 'sending', message: null }]);
    api.post<Partial<MessageSent>>(`/interactions/${interaction.id}/messages`, subject ? { text, subject } : { text }).then(
      (reply) => (reply.message ? put(key, { message: reply.message }) : setSent((all) => all.filter((each) => each.key !== key))),
      (fault: unknown) => {
        put(key, { state: 'failed' });
        sayProblem(fault);
      },
    );
  };
  const say = (text: string) => {
    api.post(`/interactions/${interaction.id}/say`, { text }).catch((fault: unknown) => sayProblem(asProblem(fault)));
  };
  const unlogged = sent.filter((each) => each.message === null || !logged.has(each.message));
  const retry = (pending: Pending) => send(pending.text, sent.find((each) => each.key === pending.key)?.subject, pending.key);
  const lastSubject = entries.findLast((entry) => entry.type === 'written' && entry.subject !== '');

  return (
    <section className={talkCss.workspace} aria-label={t('work.with', { name })} data-testid="workspace" data-interaction={interaction.id}>
      <header className={talkCss.workHead}>
        <ChannelMark channel={interaction.channel} />
        <div className="grow">
          <h2 className="cut">{name}</h2>
          <div className={talkCss.route}>
            {name !== interaction.address && (
              <>
                <span className="num">{interaction.address}</span>
                <Icon name={interaction.direction === 'inbound' ? 'arrow' : 'back'} size={12} />
              </>
            )}
            <span className="num">{interaction.line}</span>
            {interaction.queue && <Chip>{interaction.queue}</Chip>}
          </div>
        </div>
        {!closing && interaction.channel !== 'voice' && (
          <Button variant="default" leftSection={<Icon name="check" size={16} />} onClick={() => setFinishing(true)} data-testid="finish">{t('work.finish')}</Button>
        )}
      </header>
      {interaction.channel === 'voice' && !wrapping && <CallBar call={interaction} />}
      {interaction.channel === 'email' ? (
        <MailThread entries={entries} customer={name} label={t('mail.thread')} />
      ) : (
        <Transcript
          entries={entries} pending={unlogged} customer={name} onRetry={retry}
          label={interaction.channel === 'voice' ? t('call.captions') : t('message.thread')}
          testId={interaction.channel === 'voice' ? 'caption-list' : 'message-list'}
        />
      )}
      {interaction.channel === 'email' && unlogged.map((each) => (
        <div key={each.key} className={mailCss.mailPending} data-state={each.state}>
          <span className="grow cut">{each.text}</span>
          {each.state === 'sending' ? t('message.sending') : <Button size="compact-sm" variant="default" onClick={() => retry(each)}>{t('common.again')}</Button>}
        </div>
      ))}
      {closing ? (
        <WrapUp key={interaction.id} interaction={interaction} onCancel={wrapping ? undefined : () => setFinishing(false)} />
      ) : interaction.channel === 'voice' ? (
        <SayBox id={interaction.id} onSend={say} disabled={!interaction.connected || interaction.on_hold || interaction.muted} placeholder={interaction.on_hold ? t('call.say_held') : interaction.muted ? t('call.say_muted') : t('call.say_hint')} />
      ) : interaction.channel === 'sms' ? (
        <SmsComposer id={interaction.id} onSend={send} />
      ) : (
        <MailComposer id={interaction.id} onSend={send} subject={replySubject(lastSubject?.type === 'written' ? lastSubject.subject : (interaction.subject ?? ''))} />
      )}
    </section>
  );
}
