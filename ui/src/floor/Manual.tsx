/** The floor by hand: a menu on what waits, on an agent and on a queue. What hurts asks first; what can be undone offers it. */
import { ActionIcon, Button, Checkbox, Menu, NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/client.ts';
import type { AgentState, FloorInfo, FloorMove, QueueRow, Values, WaitingRow } from '../api/types.ts';
import { ActionButton, useAction } from '../parts/ActionButton.tsx';
import { StateDot } from '../parts/agent-state.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { useLoad } from '../parts/hooks.ts';
import { Icon } from '../parts/icons.tsx';
import { sayDone } from '../parts/notices.tsx';
import { Chip, ProblemNote, Waiting } from '../parts/pieces.tsx';
import { useSession } from '../shell/session.ts';
import { useText } from '../text/i18n.ts';
import css from './manual.module.css';

function Act({ name, children }: { name: string; children: React.ReactNode }) {
  const { t } = useText();
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t('manual.act_on', { name })} data-testid="act"><Icon name="down" size={16} /></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown className={css.menu}>{children}</Menu.Dropdown>
    </Menu>
  );
}

export function WaitingActions({ row, floor }: { row: WaitingRow; floor: FloorInfo }) {
  const { t } = useText();
  const name = row.customer_name || t('customer.unknown');
  const [moved, setMoved] = useState<FloorMove | null>(null);
  const move = useAction(async (queue: string) => {
    const done = await api.post<FloorMove>(`/floor/interactions/${row.interaction}/move`, { queue });
    setMoved(done.before === '' || moved?.before === queue ? null : done);
    sayDone(t('manual.moved', { name, queue }));
  });
  const give = useAction(async (agent: AgentState) => {
    await api.post(`/floor/interactions/${row.interaction}/give`, { agent: agent.agent });
    sayDone(t('manual.given', { name, agent: agent.name }));
  });
  const places = floor.queues.filter((queue) => queue.name !== row.queue);
  const takers = floor.agents.filter((agent) => agent.state !== 'offline');
  return (
    <>
      {moved && moved.queue === row.queue && <Button size="compact-xs" variant="light" onClick={() => move.run(moved.before)} data-testid="move-back">{t('manual.move_back')}</Button>}
      <Act name={name}>
        <Menu.Label>{t('manual.move')}</Menu.Label>
        {places.map((queue) => <Menu.Item key={queue.name} disabled={move.busy} onClick={() => move.run(queue.name)} data-testid={`move-${queue.name}`}>{queue.name}</Menu.Item>)}
        <Menu.Divider />
        <Menu.Label>{t('manual.give')}</Menu.Label>
        {takers.map((agent) => <Menu.Item key={agent.agent} disabled={give.busy} leftSection={<StateDot state={agent.state} />} onClick={() => give.run(agent)} data-testid={`give-${agent.name}`}>{agent.name}</Menu.Item>)}
      </Act>
    </>
  );
}

interface Order {
  state: 'available' | 'away' | 'offline';
  reason?: string;
  words: string;
}

export function AgentActions({ agent }: { agent: AgentState }) {
  const { t, code } = useText();
  const { away_reasons } = useSession();
  const [order, setOrder] = useState<Order | null>(null);
  const [skills, setSkills] = useState(false);
  const carryOut = async () => {
    if (!order) return;
    const { words, ...body } = order;
    await api.put(`/floor/agents/${agent.agent}/state`, body);
    sayDone(t('manual.state_done', { name: agent.name, state: words }));
    setOrder(null);
  };
  const available: Order = { state: 'available', words: code('state', 'available') };
  const offline: Order = { state: 'offline', words: code('state', 'offline') };
  return (
    <>
      <Act name={agent.name}>
        <Menu.Label>{t('manual.state')}</Menu.Label>
        <Menu.Item leftSection={<StateDot state="available" />} onClick={() => setOrder(available)} data-testid="state-available">{available.words}</Menu.Item>
        {away_reasons.map((reason) => (
          <Menu.Item key={reason.code} leftSection={<StateDot state="away" />} onClick={() => setOrder({ state: 'away', reason: reason.code, words: reason.text })} data-testid={`state-away-${reason.code}`}>{reason.text}</Menu.Item>
        ))}
        <Menu.Item leftSection={<StateDot state="offline" />} onClick={() => setOrder(offline)} data-testid="state-offline">{offline.words}</Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<Icon name="tag" size={16} />} onClick={() => setSkills(true)} data-testid="agent-skills">{t('manual.skills')}</Menu.Item>
      </Act>
      <Dialog opened={order !== null} onClose={() => setOrder(null)} title={t('manual.state_sure', { name: agent.name, state: order?.words ?? '' })}>
        <div className="stack">
          <p className="muted">{t('manual.state_note')}</p>
          <div className={css.end}>
            <Button variant="default" onClick={() => setOrder(null)}>{t('common.cancel')}</Button>
            <ActionButton act={carryOut} data-testid="state-sure">{t('manual.state')}</ActionButton>
          </div>
        </div>
      </Dialog>
      <Dialog opened={skills} onClose={() => setSkills(false)} title={t('manual.skills_of', { name: agent.name })}>
        {skills && <Skills agent={agent} />}
      </Dialog>
    </>
  );
}

interface Skill {
  level: number;
  active: boolean;
}

function Skills({ agent }: { agent: AgentState }) {
  const { t } = useText();
  const found = useLoad(agent.agent, (signal) => api.get<{ config: Values }>(`/routing/config/agents/${agent.agent}`, {}, signal).then(({ config }) => skillsOf(config)));
  const change = useAction(async ({ name, by }: { name: string; by: Partial<Skill> }) => {
    const done = await api.change<{ skills: Record<string, Skill> }>('PATCH', `/floor/agents/${agent.agent}/skills`, { skills: { [name]: by } }, null);
    found.set(done.data.skills);
  });
  if (found.problem) return <ProblemNote problem={found.problem} retry={found.reload} />;
  if (!found.data) return <Waiting />;
  const rows = Object.entries(found.data);
  return (
    <div className="stack" data-testid="floor-skills" aria-busy={change.busy}>
      <p className="muted small">{t('manual.skills_note')}</p>
      {rows.length === 0 && <p className="muted">{t('manual.no_skills')}</p>}
      <ul className={css.skills}>
        {rows.map(([name, skill]) => (
          <li key={name}>
            <Checkbox label={name} aria-label={t('manual.skill_on', { skill: name })} checked={skill.active} disabled={change.busy} onChange={(event) => change.run({ name, by: { active: event.currentTarget.checked } })} data-testid={`skill-${name}`} />
            <NativeSelect size="xs" aria-label={t('manual.skill_level', { skill: name })} value={String(skill.level)} disabled={change.busy} data={['1', '2', '3', '4', '5']} onChange={(event) => change.run({ name, by: { level: Number(event.currentTarget.value) } })} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function skillsOf(config: Values): Record<string, Skill> {
  const written = (config.skills ?? {}) as Record<string, number | Skill>;
  return Object.fromEntries(Object.entries(written).map(([name, one]) => [name, typeof one === 'number' ? { level: one, active: true } : one]));
}

export function QueueActions({ queue }: { queue: QueueRow }) {
  const { t } = useText();
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState('');
  const close = async () => {
    await api.post(`/floor/queues/${encodeURIComponent(queue.name)}/close`, { reason: reason.trim() });
    sayDone(t('manual.closed_done', { queue: queue.name }));
    setAsking(false);
    setReason('');
  };
  const open = useAction(async () => {
    await api.post(`/floor/queues/${encodeURIComponent(queue.name)}/open`);
    sayDone(t('manual.opened', { queue: queue.name }));
  });
  return (
    <span className={css.queue}>
      {queue.closed && <Chip tone="warn" icon="pause" data-testid="queue-closed">{t('manual.closed')}{queue.closed_reason && `: ${queue.closed_reason}`}</Chip>}
      <Act name={queue.name}>
        {queue.closed
          ? <Menu.Item leftSection={<Icon name="play" size={16} />} disabled={open.busy} onClick={() => open.run()} data-testid="queue-open">{t('manual.open')}</Menu.Item>
          : <Menu.Item leftSection={<Icon name="pause" size={16} />} onClick={() => setAsking(true)} data-testid="queue-close">{t('manual.close')}</Menu.Item>}
      </Act>
      <Dialog opened={asking} onClose={() => setAsking(false)} title={t('manual.close_of', { queue: queue.name })}>
        <form className="stack" onSubmit={(event) => event.preventDefault()}>
          <p className="muted">{t('manual.close_note')}</p>
          <TextInput label={t('manual.reason')} value={reason} maxLength={200} required data-autofocus onChange={(event) => setReason(event.currentTarget.value)} data-testid="close-reason" />
          <div className={css.end}>
            <Button variant="default" onClick={() => setAsking(false)}>{t('common.cancel')}</Button>
            <ActionButton act={close} color="red.9" disabled={!reason.trim()} data-testid="close-sure">{t('manual.close')}</ActionButton>
          </div>
        </form>
      </Dialog>
    </span>
  );
}
