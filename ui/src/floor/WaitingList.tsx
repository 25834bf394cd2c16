import type { FloorInfo } from '../api/types.ts';
import { ChannelMark, Chip, Empty } from '../parts/pieces.tsx';
import { clock, moment } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import { useAge } from './age.ts';
import css from './floor.module.css';
import { WaitingActions } from './Manual.tsx';
import { WhyButton, type Asked } from './Why.tsx';

export function WaitingList({ floor, ask }: { floor: FloorInfo; ask: (asked: Asked) => void }) {
  const { t, code, lang } = useText();
  const age = useAge(floor.at);
  const rows = floor.waiting.toSorted((a, b) => b.waited_s - a.waited_s);
  return (
    <section className="card" aria-labelledby="waiting">
      <header className={css.head}>
        <h2 id="waiting" className="grow">{t('floor.waiting_now')}</h2>
        <span className="muted num">{rows.length}</span>
      </header>
      {rows.length === 0 ? <Empty icon="check" title={t('floor.nobody')}>{t('floor.nobody_note')}</Empty> : (
        <ol className={css.list} data-testid="waiting">
          {rows.map((row) => (
            <li key={row.interaction} className={css.agent} data-testid="waiting-row">
              <ChannelMark channel={row.channel} />
              <span className={css.agentName}>
                <span className="cut">{row.customer_name || t('customer.unknown')}</span>
                <span className="small muted cut">{row.queue}</span>
              </span>
              {row.callback && <Chip icon="phone">{row.due_at ? t('floor.callback_at', { time: moment(row.due_at, lang) }) : t('floor.callback')}</Chip>}
              {row.state === 'offered' && <Chip tone="info">{code('interaction', row.state)}</Chip>}
              <span className={css.since}>{clock(row.waited_s + age)}</span>
              <WhyButton asked={{ of: 'interactions', id: row.interaction, name: row.customer_name || t('customer.unknown') }} ask={ask} />
              <WaitingActions row={row} floor={floor} />
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
