/** The agent's own call, text or mail to an address. */
import { NativeSelect, SegmentedControl, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/client.ts';
import type { Channel, InteractionDetail } from '../api/types.ts';
import { ActionButton } from '../parts/ActionButton.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Icon } from '../parts/icons.tsx';
import { sayDone } from '../parts/notices.tsx';
import { useSession } from '../shell/session.ts';
import { useText } from '../text/i18n.ts';
import css from './talk.module.css';
import { SmsMeter } from './Composer.tsx';
import { plainPunctuation } from './segments.ts';

export interface Reach {
  channel: Channel;
  to: string;
}

export function DialOut({ reach, onClose, onOpened }: { reach: Reach; onClose: () => void; onOpened: (id: string) => void }) {
  const { t } = useText();
  const { lines } = useSession();
  const [channel, setChannel] = useState(reach.channel);
  const [to, setTo] = useState(reach.to);
  const [line, setLine] = useState('');
  const [subject, setSubject] = useState('');
  const [text, setText] = useState('');
  const own = lines.filter((each) => each.channel === channel);
  const start = async () => {
    const made = await api.post<InteractionDetail>('/interactions', {
      to: to.trim(), channel, line: line || own[0]?.address || null,
      text: channel === 'voice' ? null : text, subject: channel === 'email' ? subject || null : null,
    });
    // A text or mail of one's own is done once it is queued; the customer's answer comes by a queue.
    if (made.state === 'closed') sayDone(t('dial.sent', { to: made.address }));
    else onOpened(made.id);
    onClose();
  };
  const ready = to.trim() !== '' && (channel === 'voice' || text.trim() !== '');
  return (
    <Dialog opened onClose={onClose} title={t('dial.title')} size="lg">
      <form className="stack" onSubmit={(event) => event.preventDefault()}>
        <SegmentedControl
          fullWidth value={channel} onChange={(value) => { setChannel(value as Channel); setLine(''); }}
          data={(['voice', 'sms', 'email'] as const).map((value) => ({ value, label: t(`dial.${value}`) }))}
        />
        <TextInput label={channel === 'email' ? t('dial.to_mail') : t('dial.to_phone')} value={to} required data-autofocus data-testid="dial-to" placeholder={channel === 'email' ? 'name@example.com' : '+44 20 7946 0000'} type={channel === 'email' ? 'email' : 'tel'} onChange={(event) => setTo(event.currentTarget.value)} />
        {own.length > 1 && (
          <NativeSelect label={t('dial.line')} value={line || own[0]?.address} onChange={(event) => setLine(event.currentTarget.value)} data={own.map((each) => ({ value: each.address, label: `${each.name} · ${each.address}` }))} />
        )}
        {channel === 'email' && <TextInput label={t('mail.subject')} value={subject} onChange={(event) => setSubject(event.currentTarget.value)} maxLength={500} />}
        {channel !== 'voice' && <Textarea label={t('dial.text')} rows={4} classNames={{ input: css.area }} value={text} onChange={(event) => setText(event.currentTarget.value)} data-testid="dial-text" />}
        {channel === 'sms' && <SmsMeter text={text} onPlain={() => setText(plainPunctuation(text))} />}
        <ActionButton act={start} disabled={!ready} leftSection={<Icon name={channel === 'voice' ? 'phone' : 'send'} size={16} />} data-testid="dial-go" type="submit">
          {t(`dial.go_${channel}`)}
        </ActionButton>
      </form>
    </Dialog>
  );
}
