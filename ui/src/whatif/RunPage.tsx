/** One comparison: what was asked, how far it is, what came of it. */
import { Button, Progress } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/client.ts';
import type { WhatIfRun } from '../api/types.ts';
import { ActionButton } from '../parts/ActionButton.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { PageHead, ProblemNote, Waiting } from '../parts/pieces.tsx';
import routing from '../routing/routing.module.css';
import { go } from '../shell/route.tsx';
import { fullMoment, moment } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import { Result } from './Result.tsx';
import { RunState } from './RunState.tsx';
import { useRun } from './useRun.ts';
import { PLACE } from './place.ts';
import css from './whatif.module.css';

export function RunPage({ id }: { id: string }) {
  const { t, lang } = useText();
  const found = useRun(id);
  const run = found.data;
  if (!run) return found.problem ? <ProblemNote problem={found.problem} retry={found.reload} /> : <Waiting />;
  const again = async () => found.set(await api.post<WhatIfRun>(`/routing/whatif/${id}/again`));
  return (
    <>
      <PageHead title={run.note || t('whatif.no_note')} note={t('whatif.asked_by', { who: run.by || t('routing.by_command'), at: moment(run.asked_at, lang) })}>
        <Forget run={run} />
        <Button variant="default" onClick={() => go(`${PLACE}/new/run/${id}`)} data-testid="whatif-vary">{t('whatif.vary')}</Button>
      </PageHead>
      <div className="stack">
        <section className={`card ${css.run}`} aria-label={t('whatif.state')}>
          <div className={css.facts}>
            <RunState run={run} />
            <span className="num">{fullMoment(run.from, lang)} – {fullMoment(run.to, lang)}</span>
            {run.remove && <span className="muted">{t('whatif.removed')}</span>}
          </div>
          <div role="status">
            {run.state === 'running' && <Progress value={100 * run.share} aria-label={t('routing.try.running')} data-testid="whatif-progress" />}
            {run.state === 'interrupted' && <p>{t('whatif.interrupted_note')}</p>}
            {run.state === 'failed' && <p className={routing.fault}>{run.problem} {run.hint}</p>}
          </div>
          {(run.state === 'interrupted' || run.state === 'failed') && <ActionButton act={again} variant="light" data-testid="whatif-again">{t('whatif.again')}</ActionButton>}
          {found.problem && <ProblemNote problem={found.problem} retry={found.reload} />}
        </section>
        {run.result && (
          <section className={`card ${css.run}`} aria-label={t('whatif.result')}>
            <h2>{t('whatif.result')}</h2>
            <Result result={run.result} />
          </section>
        )}
        <details className={`card ${css.run}`}>
          <summary>{t('whatif.rules')}</summary>
          <pre className={`${routing.code} ${css.yaml}`} tabIndex={0} aria-label={t('whatif.rules')}>{run.yaml}</pre>
        </details>
      </div>
    </>
  );
}

function Forget({ run }: { run: WhatIfRun }) {
  const { t } = useText();
  const [asking, setAsking] = useState(false);
  const forget = async () => {
    await api.delete(`/routing/whatif/${run.id}`);
    go(PLACE, { replace: true });
  };
  const label = run.state === 'running' ? t('whatif.stop') : t('whatif.forget');
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)} data-testid="whatif-forget">{label}</Button>
      <Dialog opened={asking} onClose={() => setAsking(false)} title={label}>
        <div className="stack">
          <p>{t('whatif.forget_note')}</p>
          <div className={routing.end}>
            <Button variant="default" onClick={() => setAsking(false)}>{t('common.cancel')}</Button>
            <ActionButton act={forget} color="red.9" data-testid="whatif-forget-sure">{label}</ActionButton>
          </div>
        </div>
      </Dialog>
    </>
  );
}
