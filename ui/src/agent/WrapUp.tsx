/** Wrap-up: what came of it, a note, and the time it takes. */
import { Textarea } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/client.ts';
import { serverNow } from '../api/time.ts';
import type { InteractionDetail } from '../api/types.ts';
import { ActionButton } from '../parts/ActionButton.tsx';
import { useSecond } from '../parts/hooks.ts';
import { Icon } from '../parts/icons.tsx';
import { Since } from '../parts/pieces.tsx';
import { useSession } from '../shell/session.ts';
import { clock } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import mailCss from './mail.module.css';
import talkCss from './talk.module.css';

export function WrapUp({ interaction, onCancel }: { interaction: InteractionDetail; onCancel?: () => void }) {
  const { t, code } = useText();
  const { dispositions } = useSession();
  const [disposition, setDisposition] = useState('');
  const [note, setNote] = useState('');
  const [asked, setAsked] = useState(false);
  const started = interaction.events.findLast((event) => event.kind === 'wrap_up_started');
  const until = typeof started?.data.until === 'string' ? started.data.until : null;
  const done = async () => {
    if (!disposition) {
      setAsked(true);
      return;
    }
    await api.post(`/interactions/${interaction.id}/wrap-up`, { disposition, note });
  };
  return (
    <section className={mailCss.wrap} aria-label={t('wrap.title')} data-testid="wrap-up">
      <header className="row">
        <h2 className="grow">{t('wrap.title')}</h2>
        {until ? <Until at={until} /> : started && <span className="muted"><Since at={started.at} label={t('wrap.time')} /></span>}
      </header>
      <fieldset data-testid="wrap-up-disposition" aria-describedby={asked ? 'wrap-ask' : undefined}>
        <legend className={mailCss.legend}>{t('wrap.disposition')}</legend>
        <div className={mailCss.choices}>
          {dispositions.map((each) => (
            <label key={each.code} className={mailCss.choice}>
              <input type="radio" name={`disposition-${interaction.id}`} value={each.code} checked={disposition === each.code} onChange={() => { setDisposition(each.code); setAsked(false); }} data-testid={`wrap-up-disposition-${each.code}`} />
              <span>{ours('disposition', each.code, each.text, code)}</span>
            </label>
          ))}
        </div>
        {asked && <p id="wrap-ask" className={mailCss.ask} role="alert"><Icon name="warning" size={14} />{t('wrap.choose')}</p>}
      </fieldset>
      <Textarea label={t('wrap.note')} placeholder={t('wrap.note_hint')} value={note} maxLength={5000} rows={2} classNames={{ input: talkCss.area }} onChange={(event) => setNote(event.currentTarget.value)} data-testid="wrap-up-note" />
      <div className="row">
        <ActionButton act={done} leftSection={<Icon name="check" size={16} />} data-testid="wrap-up-done">{t('wrap.done')}</ActionButton>
        {until && <ActionButton act={() => api.post(`/interactions/${interaction.id}/more-time`, { seconds: 60 })} variant="subtle" leftSection={<Icon name="clock" size={16} />} data-testid="more-time">{t('manual.more_time')}</ActionButton>}
        {onCancel && <ActionButton act={async () => onCancel()} variant="subtle" color="gray">{t('common.cancel')}</ActionButton>}
      </div>
    </section>
  );
}

/** The page's own word for a code it knows; a company's own codes come with their text. */
function ours(group: string, wanted: string, text: string, code: (group: string, code: string) => string): string {
  const found = code(group, wanted);
  return found === wanted.replaceAll('_', ' ') ? text : found;
}

function Until({ at }: { at: string }) {
  const { t } = useText();
  useSecond();
  const left = (Date.parse(at) - serverNow()) / 1000;
  return <span className="num muted" role="timer">{t('wrap.left', { time: clock(left) })}</span>;
}
