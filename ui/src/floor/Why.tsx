/** Why an interaction went where it went or waits, and why an agent is idle: asked on the floor, in a dialog. */
import { ActionIcon, Tooltip, UnstyledButton } from '@mantine/core';
import { api } from '../api/client.ts';
import type { CandidateInfo, DecisionInfo, IdleExplanation, ReasonCount, RoutingExplanation } from '../api/types.ts';
import { Dialog } from '../parts/Dialog.tsx';
import { useLoad } from '../parts/hooks.ts';
import { Icon } from '../parts/icons.tsx';
import { ChannelMark, Chip, ProblemNote, Waiting } from '../parts/pieces.tsx';
import { clock, moment } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import css from './why.module.css';

export interface Asked {
  of: 'interactions' | 'agents';
  id: string;
  name: string;
}

export function WhyButton({ asked, ask }: { asked: Asked; ask: (asked: Asked) => void }) {
  const { t } = useText();
  const label = t(asked.of === 'agents' ? 'why.ask_agent' : 'why.ask_interaction', { name: asked.name });
  return (
    <Tooltip label={t('why.why')}>
      <ActionIcon variant="subtle" size="md" aria-label={label} aria-haspopup="dialog" onClick={() => ask(asked)} data-testid="why">
        <Icon name="info" />
      </ActionIcon>
    </Tooltip>
  );
}

export function WhyDialog({ asked, ask, onClose }: { asked: Asked | null; ask: (asked: Asked) => void; onClose: () => void }) {
  const { t } = useText();
  const title = asked?.of === 'agents' ? t('why.agent', { name: asked.name }) : t('why.interaction', { name: asked?.name ?? '' });
  return (
    <Dialog opened={asked !== null} onClose={onClose} title={title} size="lg">
      {asked?.of === 'interactions' && <OfInteraction key={asked.id} id={asked.id} />}
      {asked?.of === 'agents' && <OfAgent key={asked.id} id={asked.id} ask={ask} />}
    </Dialog>
  );
}

function OfInteraction({ id }: { id: string }) {
  const { t, lang } = useText();
  const told = useLoad(`${id} ${lang}`, (signal) => api.get<RoutingExplanation>(`/interactions/${id}/routing`, { lang }, signal));
  if (told.problem) return <ProblemNote problem={told.problem} retry={told.reload} />;
  if (told.data === null) return <Waiting lines={5} />;
  const { waiting, decisions, earlier, by_hand, state } = told.data;
  return (
    <div className="stack" data-testid="why-interaction">
      {waiting && (
        <section className={css.story}>
          <p>{waiting.text}</p>
          {waiting.refused.length === 0 ? <p className="muted">{t('why.nobody')}</p> : <Refused all={waiting.refused} counts={waiting.counts} />}
        </section>
      )}
      {decisions.toReversed().map((one) => <Decision key={`${one.applied}.${one.place}`} one={one} />)}
      {earlier > 0 && <p className="small muted">{t('why.earlier', { count: earlier })}</p>}
      {by_hand.map((one) => <p key={one.at}>{t('why.by_hand', { name: one.agent_name })} <span className="muted num">{moment(one.at, lang)}</span></p>)}
      {!waiting && decisions.length === 0 && by_hand.length === 0 && <p className="muted">{state === 'later' || state === 'calling' ? told.data.lines.at(-1) : t(state === 'gone' ? 'why.never' : 'why.soon')}</p>}
    </div>
  );
}

function Decision({ one }: { one: DecisionInfo }) {
  const { t, lang } = useText();
  return (
    <section className={css.story} data-testid="why-decision">
      <h3 className={css.head}>
        <Icon name="arrow" size={16} /> {one.agent_name}
        <span className="muted small num">{moment(one.at, lang)}</span>
        {one.outcome_text && <Chip>{one.outcome_text}</Chip>}
      </h3>
      <p>{one.text}</p>
      <p className="small muted">{t('why.woken', { cause: one.woken.text })} · {t('why.place', { queue: one.queue, version: one.rule_version, command: one.applied })}</p>
      {!one.is_as_recorded && <p role="alert"><Icon name="warning" size={14} /> {t('why.not_recorded')}</p>}
      <Refused all={one.refused} counts={one.counts} />
    </section>
  );
}

/** Few by name; of many the counts, with the names behind a fold. */
function Refused({ all, counts }: { all: CandidateInfo[]; counts: ReasonCount[] }) {
  const { t } = useText();
  if (all.length === 0) return null;
  const names = (
    <ul className={css.list}>
      {all.map((one) => (
        <li key={one.agent}><span>{one.name}</span><span className="muted">{one.text}</span></li>
      ))}
    </ul>
  );
  if (all.length <= 6) return names;
  return (
    <>
      <ul className={css.list}>
        {counts.map((one) => <li key={one.reason}><span className="num">{one.count}</span><span className="muted">{one.text}</span></li>)}
      </ul>
      <details><summary>{t('why.by_name')}</summary>{names}</details>
    </>
  );
}

function OfAgent({ id, ask }: { id: string; ask: (asked: Asked) => void }) {
  const { t, lang } = useText();
  const told = useLoad(`${id} ${lang}`, (signal) => api.get<IdleExplanation>(`/agents/${id}/routing`, { lang }, signal));
  if (told.problem) return <ProblemNote problem={told.problem} retry={told.reload} />;
  if (told.data === null) return <Waiting lines={4} />;
  const { lines, withheld, elsewhere } = told.data;
  return (
    <div className="stack" data-testid="why-agent">
      <p>{lines[0]}</p>
      {withheld.length === 0 && <p className="muted">{t('why.nothing_waits')}</p>}
      {withheld.length > 0 && (
        <ul className={css.list}>
          {withheld.map((one) => (
            <li key={one.interaction}>
              <ChannelMark channel={one.channel} size="sm" />
              <UnstyledButton className={css.link} onClick={() => ask({ of: 'interactions', id: one.interaction, name: one.queue })}>
                {one.queue} <span className="num">{clock(one.waited_s)}</span>
              </UnstyledButton>
              <span className="muted">{one.text}</span>
            </li>
          ))}
        </ul>
      )}
      {Object.entries(elsewhere).map(([queue, count]) => <p key={queue} className="small muted">{t('why.elsewhere', { queue, count })}</p>)}
    </div>
  );
}
