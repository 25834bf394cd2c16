/** Agents against skills and queues: a level 1-5 in each cell, switched off without losing it. */
import { ActionIcon, Button, Checkbox, NativeSelect, SegmentedControl, Table, TextInput, Tooltip } from '@mantine/core';
import { useState } from 'react';
import { Icon } from '../parts/icons.tsx';
import { Empty, PageHead, WideTable } from '../parts/pieces.tsx';
import { Link } from '../shell/route.tsx';
import { useText } from '../text/i18n.ts';
import { put, skillOf, withSkill, type Config, type Skills } from './config.ts';
import { Review } from './Review.tsx';
import type { Book } from './Routing.tsx';
import css from './routing.module.css';

type People = Record<string, Config>;

export function SkillMatrix({ book }: { book: Book }) {
  const { t } = useText();
  const [agents, setAgents] = useState(book.document.agents as People);
  const [skills, setSkills] = useState(book.document.skills);
  const [shown, setShown] = useState('skills');
  const [sought, seek] = useState('');
  const [reviewing, setReviewing] = useState(false);
  const changed = Object.fromEntries(Object.entries(agents).filter(([name, one]) => one !== book.document.agents[name]));
  const isChanged = Object.keys(changed).length > 0 || skills !== book.document.skills;
  const given = { ...(skills === book.document.skills ? {} : { skills }), ...(Object.keys(changed).length > 0 ? { agents: changed } : {}) };
  const change = (name: string, key: string, value: unknown) => setAgents((old) => ({ ...old, [name]: put(old[name] ?? {}, [key], value) }));
  const rows = Object.keys(agents).filter((name) => name.toLowerCase().includes(sought.trim().toLowerCase()));
  const columns = shown === 'skills' ? Object.keys(skills) : Object.keys(book.document.queues);
  return (
    <>
      <PageHead title={t('routing.page.agents')} note={book.canChange ? t('routing.agents_note') : t('routing.read_only')}>
        {book.canChange && <Button disabled={!isChanged} onClick={() => setReviewing(true)} data-testid="matrix-review">{t('routing.review')}</Button>}
      </PageHead>
      <div className="card">
        <div className={css.bar}>
          <SegmentedControl value={shown} onChange={setShown} data={[{ value: 'skills', label: t('routing.skills') }, { value: 'queues', label: t('floor.queues') }]} />
          <TextInput aria-label={t('common.search')} placeholder={t('common.search')} leftSection={<Icon name="search" size={16} />} value={sought} onChange={(event) => seek(event.currentTarget.value)} />
          {book.canChange && shown === 'skills' && <NewSkill taken={Object.keys(skills)} onAdd={(name, text) => setSkills({ ...skills, [name]: text })} />}
        </div>
        {rows.length === 0 ? <Empty icon="people" title={t('routing.no_agents')} /> : (
          <WideTable title={t('routing.page.agents')} minWidth={320}>
            <Table className={css.matrix} data-testid="skill-matrix" horizontalSpacing="sm" verticalSpacing={6}>
              <Table.Thead><Table.Tr><Table.Th scope="col">{t('routing.agent')}</Table.Th>{columns.map((name) => <Table.Th key={name} scope="col" title={skills[name]}>{name}</Table.Th>)}</Table.Tr></Table.Thead>
              <Table.Tbody>
                {rows.map((name) => (
                  <Table.Tr key={name} data-testid="matrix-row" data-changed={name in changed}>
                    <Table.Th scope="row"><Link className={css.name} href={`/desk/routing/agents/a:${encodeURIComponent(name)}`}>{name}</Link></Table.Th>
                    {columns.map((column) => (
                      <Table.Td key={column}>
                        {shown === 'skills'
                          ? <SkillCell agent={name} skill={column} skills={agents[name]?.skills as Skills | undefined} readOnly={!book.canChange} onChange={(next) => change(name, 'skills', next)} />
                          : <MemberCell agent={name} queue={column} queues={(agents[name]?.queues ?? {}) as Config} readOnly={!book.canChange} onChange={(next) => change(name, 'queues', next)} />}
                      </Table.Td>
                    ))}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </WideTable>
        )}
      </div>
      {reviewing && <Review book={book} given={given} onClose={() => setReviewing(false)} />}
    </>
  );
}

function SkillCell({ agent, skill, skills, readOnly, onChange }: { agent: string; skill: string; skills: Skills | undefined; readOnly: boolean; onChange: (skills: Skills) => void }) {
  const { t } = useText();
  const has = skillOf(skills, skill);
  return (
    <span className={css.cell} data-off={has !== null && !has.active}>
      <NativeSelect
        size="xs" aria-label={t('routing.level_of', { agent, skill })} value={has ? String(has.level) : '0'} disabled={readOnly} data-testid={`level-${agent}-${skill}`}
        data={[{ value: '0', label: '–' }, ...['1', '2', '3', '4', '5'].map((value) => ({ value, label: value }))]}
        onChange={(event) => onChange(withSkill(skills, skill, Number(event.currentTarget.value), has?.active ?? true))}
      />
      {has && (
        <Tooltip label={has.active ? t('routing.switch_off') : t('routing.switch_on')}>
          <ActionIcon size="sm" variant="subtle" color="gray" disabled={readOnly} aria-pressed={has.active} aria-label={t('routing.active_of', { agent, skill })} onClick={() => onChange(withSkill(skills, skill, has.level, !has.active))}>
            <Icon name={has.active ? 'check' : 'pause'} size={14} />
          </ActionIcon>
        </Tooltip>
      )}
    </span>
  );
}

function MemberCell({ agent, queue, queues, readOnly, onChange }: { agent: string; queue: string; queues: Config; readOnly: boolean; onChange: (queues: Config) => void }) {
  const { t } = useText();
  const place = queues[queue] as { priority?: number; delay_s?: number } | undefined;
  const more = place && [place.priority && t('routing.place_priority', { value: place.priority }), place.delay_s && t('routing.place_delay', { value: place.delay_s })].filter(Boolean).join(', ');
  return (
    <span className={css.cell}>
      <Checkbox aria-label={t('routing.member_of', { agent, queue })} checked={place !== undefined} disabled={readOnly} onChange={(event) => onChange(put(queues, [queue], event.currentTarget.checked ? {} : undefined))} />
      {more && <span className="muted small">{more}</span>}
    </span>
  );
}

function NewSkill({ taken, onAdd }: { taken: string[]; onAdd: (name: string, text: string) => void }) {
  const { t } = useText();
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  const known = taken.includes(name.trim());
  return (
    <form
      className={css.newSkill}
      onSubmit={(event) => {
        event.preventDefault();
        if (!name.trim() || known) return;
        onAdd(name.trim(), text.trim());
        setName('');
        setText('');
      }}
    >
      <TextInput aria-label={t('routing.new_skill')} placeholder={t('routing.new_skill')} value={name} maxLength={100} error={known ? t('routing.taken') : undefined} onChange={(event) => setName(event.currentTarget.value)} data-testid="skill-name" />
      <TextInput aria-label={t('routing.skill_text')} placeholder={t('routing.skill_text')} value={text} maxLength={500} onChange={(event) => setText(event.currentTarget.value)} />
      <Button type="submit" variant="default" disabled={!name.trim() || known} data-testid="skill-add">{t('routing.add_skill')}</Button>
    </form>
  );
}
