/** Segments: which customers a rule selects, counted while one writes it. */
import { Button, Table, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { api } from '../api/client.ts';
import type { FieldInfo, Page, Rule, SegmentInfo, SegmentPreview } from '../api/types.ts';
import { ActionButton } from '../parts/ActionButton.tsx';
import { factName, factValue, flatFacts } from '../parts/facts.ts';
import { useLoad, useSettled } from '../parts/hooks.ts';
import { Icon } from '../parts/icons.tsx';
import { sayDone } from '../parts/notices.tsx';
import { Empty, PageHead, ProblemNote, Waiting, WideTable } from '../parts/pieces.tsx';
import { go, Link } from '../shell/route.tsx';
import shell from '../shell/shell.module.css';
import { count } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import { fromRule, newGroup, toRule, type Kind } from './rule.ts';
import { RuleEditor } from './RuleEditor.tsx';
import { ruleWords } from './words.ts';
import css from './segments.module.css';

export default function Segments({ rest }: { rest: string[] }) {
  const segments = useLoad('segments', (signal) => api.get<Page<SegmentInfo>>('/segments', { limit: 200 }, signal));
  if (segments.problem) return <div className={shell.page}><ProblemNote problem={segments.problem} retry={segments.reload} /></div>;
  if (!segments.data) return <Waiting />;
  const open = segments.data.items.find((each) => each.id === rest[0]);
  if (rest[0] === 'new' || open) return <Editor key={rest[0]} segment={open ?? null} onSaved={segments.reload} />;
  return <List segments={segments.data.items} />;
}

function List({ segments }: { segments: SegmentInfo[] }) {
  const { t } = useText();
  return (
    <div className={shell.page}>
      <PageHead title={t('desk.segments')} note={t('segment.note')}>
        <Button leftSection={<Icon name="plus" size={16} />} onClick={() => go('/desk/segments/new')} data-testid="segment-new">{t('segment.new')}</Button>
      </PageHead>
      {segments.length === 0 ? <div className="card"><Empty icon="segment" title={t('segment.none')}>{t('segment.none_note')}</Empty></div> : (
        <ul className={css.cards}>
          {segments.map((each) => (
            <li key={each.id} className={`card ${css.cardLink}`}>
              <Link href={`/desk/segments/${each.id}`} data-testid="segment"><strong>{each.name}</strong></Link>
              <p className="muted">{ruleWords(each.rule, t)}</p>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Editor({ segment, onSaved }: { segment: SegmentInfo | null; onSaved: () => void }) {
  const { t } = useText();
  const [name, setName] = useState(segment?.name ?? '');
  const [group, setGroup] = useState(() => (segment ? fromRule(segment.rule) : newGroup()));
  const fields = useLoad('fields', (signal) => api.get<Page<FieldInfo>>('/fields', {}, signal));
  const kinds = useMemo(() => new Map<string, Kind>((fields.data?.items ?? []).map((each) => [each.name, each.kind])), [fields.data]);
  const rule = group ? toRule(group, kinds) : (segment?.rule ?? null);
  const save = async () => {
    const saved = await api.post<SegmentInfo>('/segments', { name: name.trim(), rule });
    sayDone(t('segment.saved', { name: saved.name }));
    onSaved();
    go('/desk/segments');
  };
  return (
    <div className={shell.page}>
      <PageHead title={segment ? segment.name : t('segment.new')} note={t('segment.editor_note')}>
        <Button variant="default" onClick={() => go('/desk/segments')}>{t('common.back')}</Button>
        <ActionButton act={save} disabled={!name.trim() || !rule} data-testid="segment-save">{segment && name.trim() === segment.name ? t('segment.save_version') : segment ? t('segment.save_other') : t('common.save')}</ActionButton>
      </PageHead>
      <div className={css.editor}>
        <div className="stack">
          <div className={`card ${css.pad}`}>
            <TextInput label={t('segment.name')} value={name} onChange={(event) => setName(event.currentTarget.value)} placeholder={t('segment.name_hint')} data-testid="segment-name" maxLength={200} required />
          </div>
          <div className={`card ${css.pad}`}>
            {fields.problem ? <ProblemNote problem={fields.problem} retry={fields.reload} /> : !fields.data ? <Waiting /> : group ? (
              <RuleEditor group={group} fields={fields.data.items} onChange={setGroup} />
            ) : (
              <p className="muted">{t('segment.not_shown')}</p>
            )}
          </div>
        </div>
        <Result rule={rule} />
      </div>
    </div>
  );
}

/** Counted again when the rule has rested; the last count stays on show meanwhile. */
export function Result({ rule }: { rule: Rule | null }) {
  const { t, lang } = useText();
  const text = useSettled(rule ? JSON.stringify(rule) : null, 350);
  const preview = useLoad(text, () => api.post<SegmentPreview>('/segments/preview', { rule: JSON.parse(text ?? '{}') as Rule }));
  const sample = useMemo(() => (preview.data?.sample ?? []).slice(0, 8).map((each) => ({ ...each, facts: new Map(flatFacts(each.attributes)) })), [preview.data]);
  const columns = columnsOf(text, sample.map((each) => each.facts));
  return (
    <section className={`card ${css.pad} ${css.result}`} aria-label={t('segment.result')} aria-busy={preview.loading && text !== null}>
      {text === null ? <Empty icon="segment" title={t('segment.incomplete')}>{t('segment.incomplete_note')}</Empty> : preview.problem ? <ProblemNote problem={preview.problem} /> : !preview.data ? <Waiting /> : (
        <>
          <div role="status">
            <div className={css.count} data-testid="segment-count" data-busy={preview.loading}>{count(preview.data.count, lang)}</div>
            <div className="muted">{t('segment.customers', { count: preview.data.count })}</div>
          </div>
          {sample.length > 0 && (
            <WideTable title={t('segment.result')} minWidth={300}>
              <Table fz="xs" verticalSpacing={6} data-testid="segment-sample">
                <Table.Thead><Table.Tr><Table.Th>{t('customer.name')}</Table.Th>{columns.map((each) => <Table.Th key={each}>{factName(each)}</Table.Th>)}</Table.Tr></Table.Thead>
                <Table.Tbody>
                  {sample.map((each) => (
                    <Table.Tr key={each.id}><Table.Td>{each.name}</Table.Td>{columns.map((name) => <Table.Td key={name}>{factValue(each.facts.get(name) ?? '–', t('common.yes'), t('common.no'))}</Table.Td>)}</Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </WideTable>
          )}
        </>
      )}
    </section>
  );
}

/** What the rule asks about comes first, so that one sees at once why a customer is there. */
function columnsOf(rule: string | null, facts: Map<string, unknown>[]): string[] {
  const names = [...new Set(facts.flatMap((each) => [...each.keys()]))];
  const asked = names.filter((name) => rule?.includes(`"attributes.${name}"`));
  return [...new Set([...asked, ...names])].slice(0, 3);
}
