/** What hours come to: the next two weeks, day by day. */
import { api } from '../api/client.ts';
import type { HoursPreview as Preview } from '../api/types.ts';
import { useLoad, useSettled } from '../parts/hooks.ts';
import { Chip, Waiting } from '../parts/pieces.tsx';
import { momentIn, weekday } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import type { Config } from './config.ts';
import css from './routing.module.css';

export function HoursPreview({ hours }: { hours: Config }) {
  const { t, lang } = useText();
  const key = useSettled(JSON.stringify(hours), 350);
  const found = useLoad(key, () => api.post<Preview>('/routing/hours/preview', { hours: JSON.parse(key) as Config }));
  const data = found.data;
  return (
    <section className={`card ${css.section}`} aria-labelledby="hours-preview" data-testid="hours-preview">
      <h2 id="hours-preview">{t('hours.preview')}</h2>
      {found.problem ? <p className="muted">{t('hours.no_preview')}</p> : !data ? <Waiting /> : (
        <>
          <p role="status">
            <Chip tone={data.is_open ? 'good' : 'warn'} icon={data.is_open ? 'check' : 'pause'} data-testid="hours-now">{t(data.is_open ? 'hours.open_now' : 'hours.not_now')}</Chip>{' '}
            {data.changes_at && <span className="muted">{t('hours.changes_at', { at: momentIn(data.changes_at, lang, data.zone) })}</span>}
          </p>
          <ol className={css.days}>
            {data.days.map((day) => (
              <li key={day.date} data-open={day.periods.length > 0} data-testid="hours-day">
                <span className={css.dayName}>{weekday(day.date, lang)}</span>
                <span className="num grow">{day.periods.length === 0 ? t('hours.closed_day') : day.periods.map(([from, to]) => `${from}–${to}`).join(', ')}</span>
                {day.reason && <span className="muted small">{day.reason}</span>}
              </li>
            ))}
          </ol>
          <p className="muted small">{t('hours.zone_note', { zone: data.zone })}</p>
        </>
      )}
    </section>
  );
}
