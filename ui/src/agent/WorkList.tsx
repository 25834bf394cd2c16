/** The agent's own interactions, several channels at once. */
import type { InteractionDetail } from '../api/types.ts';
import { Icon } from '../parts/icons.tsx';
import { ChannelMark, Since } from '../parts/pieces.tsx';
import { timeOfDay } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import css from './desk.module.css';
import { customerName } from './names.ts';
import { read } from './reading.ts';

interface Props {
  work: InteractionDetail[];
  active: string | null;
  unread: string[];
  onSelect: (id: string) => void;
}

export function WorkList({ work, active, unread, onSelect }: Props) {
  const { t } = useText();
  if (work.length === 0) return <p className={css.workNone}>{t('work.none')}</p>;
  return (
    <ul className={css.work} data-testid="work">
      {work.map((each) => {
        const waiting = unread.includes(each.id);
        return (
          <li key={each.id}>
            <button type="button" className={css.workItem} data-testid="work-item" data-interaction={each.id} aria-current={each.id === active ? 'true' : undefined} onClick={() => onSelect(each.id)}>
              <ChannelMark channel={each.channel} />
              <span className="grow">
                <span className={css.workName}>
                  <span className="cut">{customerName(each.customer_card, each.address, t)}</span>
                  {waiting && <span className={css.unread} role="img" aria-label={t('work.unread')} />}
                </span>
                <span className={css.workLine}><Status interaction={each} /></span>
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function Status({ interaction }: { interaction: InteractionDetail }) {
  const { t, lang, code } = useText();
  if (interaction.state === 'wrap_up') return <span className={css.toWrap}><Icon name="pencil" size={12} />{code('interaction', 'wrap_up')}</span>;
  if (interaction.on_hold) return <span className={css.toWrap}><Icon name="pause" size={12} />{t('call.on_hold')}</span>;
  if (interaction.channel === 'voice') {
    if (interaction.connected && interaction.answered_at) return <>{t('call.connected')} · <Since at={interaction.answered_at} /></>;
    return <>{t('call.connecting')}</>;
  }
  const last = read(interaction.events).findLast((entry) => entry.type === 'written');
  if (last?.type !== 'written') return <>{interaction.subject ?? code('interaction', interaction.state)}</>;
  return (
    <>
      <span className="cut grow">{last.subject && interaction.channel === 'email' ? last.subject : last.text}</span>
      <span className="num">{timeOfDay(last.at, lang)}</span>
    </>
  );
}
