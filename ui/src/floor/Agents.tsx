import { SegmentedControl } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { AgentState, AgentStateName, Channel } from '../api/types.ts';
import { reasonText, StateDot } from '../parts/agent-state.tsx';
import { ChannelMark, Since } from '../parts/pieces.tsx';
import { useText } from '../text/i18n.ts';
import { useSession } from '../shell/session.ts';
import css from './floor.module.css';
import { AgentActions } from './Manual.tsx';
import { WhyButton, type Asked } from './Why.tsx';

/** Those one can ask first stand on top. */
const ORDER: AgentStateName[] = ['available', 'reserved', 'busy', 'wrap_up', 'away', 'offline'];

export function Agents({ agents, ask }: { agents: AgentState[]; ask: (asked: Asked) => void }) {
  const { t } = useText();
  const [shown, setShown] = useState('present');
  const rows = useMemo(
    () =>
      agents
        .filter((agent) => shown === 'all' || agent.state !== 'offline')
        .toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || a.since.localeCompare(b.since)),
    [agents, shown],
  );
  return (
    <section className="card" aria-labelledby="agents">
      <header className={css.head}>
        <h2 id="agents" className="grow">{t('floor.agents')}</h2>
        <SegmentedControl size="xs" value={shown} onChange={setShown} data={[{ value: 'present', label: t('floor.present') }, { value: 'all', label: t('common.all') }]} />
      </header>
      {rows.length === 0 && <p className={css.none}>{t('floor.no_agents')}</p>}
      <ul className={css.list} data-testid="agents">
        {rows.map((agent) => <Row key={agent.agent} agent={agent} ask={ask} />)}
      </ul>
    </section>
  );
}

function Row({ agent, ask }: { agent: AgentState; ask: (asked: Asked) => void }) {
  const { t, code } = useText();
  const { away_reasons } = useSession();
  const work = (Object.entries(agent.load) as [Channel, number][]).filter(([, used]) => used > 0);
  return (
    <li className={css.agent} data-testid="agent" data-agent={agent.name} data-state={agent.state}>
      <StateDot state={agent.state} />
      <span className={css.agentName}>
        <span className="cut">{agent.name}</span>
        <span className="small muted cut">
          {code('state', agent.state)}
          {agent.reason && ` · ${reasonText(away_reasons, agent.reason, code)}`}
          {agent.next_state && ` · ${t('presence.then', { state: code('state', agent.next_state) })}`}
        </span>
      </span>
      <span className={css.loads}>
        {work.map(([channel, used]) => (
          <span key={channel} className={css.loadOf}>
            <ChannelMark channel={channel} size="sm" />
            {used > 1 && <span className="num small">×{used}</span>}
          </span>
        ))}
      </span>
      <span className={css.since}><Since at={agent.since} label={t('floor.since')} /></span>
      <WhyButton asked={{ of: 'agents', id: agent.agent, name: agent.name }} ask={ask} />
      <AgentActions agent={agent} />
    </li>
  );
}
