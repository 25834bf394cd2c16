/** The supervisor's floor: queues, agents and who is waiting, as they are this second. */
import { useMemo, useState } from 'react';
import { learnServerTime } from '../api/time.ts';
import type { FloorInfo } from '../api/types.ts';
import { LiveMark, LostBanner } from '../parts/live-mark.tsx';
import { PageHead, Waiting } from '../parts/pieces.tsx';
import { useLive } from '../parts/useLive.ts';
import { InHeader } from '../shell/Header.tsx';
import shell from '../shell/shell.module.css';
import { clock, count, percent } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import { useAge } from './age.ts';
import { Agents } from './Agents.tsx';
import { EmergencyBanners, EmergencySwitch } from './Emergency.tsx';
import css from './floor.module.css';
import { Queues } from './Queues.tsx';
import { WaitingList } from './WaitingList.tsx';
import { WhyDialog, type Asked } from './Why.tsx';

export default function Floor() {
  const { t, lang } = useText();
  const [floor, setFloor] = useState<FloorInfo | null>(null);
  const [asked, ask] = useState<Asked | null>(null);
  const live = useLive('floor', (frame) => {
    if (frame.topic !== 'floor') return;
    learnServerTime(frame.data.at);
    setFloor(frame.data);
  });
  return (
    <>
      <InHeader><LiveMark status={live} /></InHeader>
      {live === 'lost' && <LostBanner />}
      <div className={shell.page}>
        <PageHead title={t('floor.title')} note={t('floor.note')}>
          {floor && <EmergencySwitch emergencies={floor.emergencies} />}
        </PageHead>
        {floor && <EmergencyBanners emergencies={floor.emergencies} />}
        {floor === null ? <Waiting lines={8} /> : (
          <div className={css.floor} data-testid="floor" data-stale={live === 'lost'}>
            <Figures floor={floor} lang={lang} />
            <Queues floor={floor} />
            <div className={css.halves}>
              <Agents agents={floor.agents} ask={ask} />
              <WaitingList floor={floor} ask={ask} />
            </div>
          </div>
        )}
      </div>
      <WhyDialog asked={asked} ask={ask} onClose={() => ask(null)} />
    </>
  );
}

function Figures({ floor, lang }: { floor: FloorInfo; lang: string }) {
  const { t } = useText();
  const age = useAge(floor.at);
  const sums = useMemo(() => {
    const { queues, agents } = floor;
    const offered = queues.reduce((sum, queue) => sum + queue.offered - queue.moved_in, 0);
    const abandoned = queues.reduce((sum, queue) => sum + queue.abandoned, 0);
    return {
      waiting: queues.reduce((sum, queue) => sum + queue.waiting, 0),
      longest: Math.max(0, ...queues.filter((queue) => queue.waiting > 0).map((queue) => queue.longest_wait_s)),
      available: agents.filter((agent) => agent.state === 'available').length,
      present: agents.filter((agent) => agent.state !== 'offline').length,
      answered: queues.reduce((sum, queue) => sum + queue.answered, 0),
      offered, abandoned,
    };
  }, [floor]);
  const figures: [string, string, string][] = [
    ['waiting', count(sums.waiting, lang), sums.waiting > 0 ? t('floor.longest', { time: clock(sums.longest + age) }) : t('floor.nobody')],
    ['available', count(sums.available, lang), t('floor.of_present', { count: sums.present })],
    ['in_menu', count(floor.calls_in_menu, lang), t('floor.in_menu_note')],
    ['answered', count(sums.answered, lang), t('floor.of_offered', { count: sums.offered })],
    ['abandoned', count(sums.abandoned, lang), sums.offered > 0 ? percent(sums.abandoned / sums.offered, lang, 1) : '–'],
  ];
  return (
    <dl className={css.figures} aria-label={t('floor.figures')}>
      {figures.map(([key, value, note]) => (
        <div key={key} className="card" data-testid={`figure-${key}`}>
          <dt>{t(`floor.${key}` as 'floor.waiting')}</dt>
          <dd className={css.figure}>{value}</dd>
          <dd className="small muted num">{note}</dd>
        </div>
      ))}
    </dl>
  );
}
