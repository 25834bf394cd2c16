/** The agent's own state: what it is, since when, how much is in hand, and the choice of the next. */
import { Menu } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/client.ts';
import type { AgentState, Channel } from '../api/types.ts';
import { useAction } from '../parts/ActionButton.tsx';
import { Icon } from '../parts/icons.tsx';
import { ChannelMark, Since } from '../parts/pieces.tsx';
import { useSession } from '../shell/session.ts';
import { useText } from '../text/i18n.ts';
import { reasonText, StateDot } from '../parts/agent-state.tsx';
import css from './desk.module.css';
import { allowRing, ringAllowed, wakeAudio } from '../parts/ring.ts';

export function Presence({ agent, onState }: { agent: AgentState; onState: (state: AgentState) => void }) {
  const { t, code } = useText();
  const { away_reasons } = useSession();
  const [ring, setRing] = useState(ringAllowed);
  const { run, slow } = useAction(async (wanted: { state: string; reason?: string }) => {
    const reply = await api.put<AgentState | { command: string }>('/agents/me/state', wanted);
    if ('state' in reply) onState(reply);
  });
  const choose = (state: string, reason?: string) => {
    wakeAudio();
    run(reason ? { state, reason } : { state });
  };
  const label = code('state', agent.state) + (agent.reason ? ` · ${reasonText(away_reasons, agent.reason, code)}` : '');
  return (
    <>
      <Load agent={agent} />
      <Menu position="bottom-end" width={250}>
        <Menu.Target>
          <button type="button" className={css.presence} data-state={agent.state} data-testid="presence" aria-busy={slow}>
            <span className="sr-only">{t('presence.label')}</span>
            <StateDot state={agent.state} />
            <span className={css.presenceText}>
              <span className="cut">{label}</span>
              {agent.next_state && <span className="small muted cut">{t('presence.then', { state: code('state', agent.next_state) })}</span>}
            </span>
            <span className={css.presenceSince} aria-hidden="true"><Since at={agent.since} /></span>
            <Icon name="down" size={14} />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<StateDot state="available" />} onClick={() => choose('available')} data-testid="presence-available">{code('state', 'available')}</Menu.Item>
          <Menu.Label>{code('state', 'away')}</Menu.Label>
          {away_reasons.map((reason) => (
            <Menu.Item key={reason.code} leftSection={<StateDot state="away" />} onClick={() => choose('away', reason.code)} data-testid={`presence-away-${reason.code}`}>
              {reasonText(away_reasons, reason.code, code)}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item leftSection={<StateDot state="offline" />} onClick={() => choose('offline')} data-testid="presence-offline">{code('state', 'offline')}</Menu.Item>
          <Menu.Divider />
          <Menu.Item
            closeMenuOnClick={false} leftSection={<Icon name={ring ? 'bell' : 'bell-off'} size={16} />} data-testid="presence-ring"
            onClick={() => {
              allowRing(!ring);
              setRing(!ring);
              wakeAudio();
            }}
          >
            {ring ? t('presence.ring_on') : t('presence.ring_off')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}

function Load({ agent }: { agent: AgentState }) {
  const { t, code } = useText();
  const channels = (['voice', 'sms', 'email'] as Channel[]).filter((channel) => (agent.capacity[channel] ?? 0) > 0);
  return (
    <ul className={css.load} aria-label={t('presence.load')}>
      {channels.map((channel) => {
        const used = agent.load[channel] ?? 0;
        const places = agent.capacity[channel] ?? 0;
        return (
          <li key={channel} data-used={used > 0} title={t('presence.load_of', { used, places, channel: code('channel', channel) })}>
            <ChannelMark channel={channel} size="sm" />
            <span className="num">{used}/{places}</span>
          </li>
        );
      })}
    </ul>
  );
}
