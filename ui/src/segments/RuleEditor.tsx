/** Conditions in groups: every row reads as a sentence, groups nest. */
import { ActionIcon, Autocomplete, Button, NativeSelect, Select, TagsInput, TextInput } from '@mantine/core';
import { factName } from '../parts/facts.ts';
import type { FieldInfo } from '../api/types.ts';
import { Icon } from '../parts/icons.tsx';
import { useText } from '../text/i18n.ts';
import { newClause, newGroup, OPERATORS, replacePart, type Clause, type Group, type Operator } from './rule.ts';
import css from './segments.module.css';

interface Props {
  group: Group;
  fields: FieldInfo[];
  onChange: (group: Group) => void;
  onRemove?: () => void;
  depth?: number;
}

export function RuleEditor({ group, fields, onChange, onRemove, depth = 0 }: Props) {
  const { t } = useText();
  const put = (key: number, by: Clause | Group | null) => onChange(replacePart(group, key, by));
  return (
    <fieldset className={css.group} data-depth={depth} data-testid="rule-group">
      <legend className="sr-only">{t('segment.group')}</legend>
      <div className={css.groupHead}>
        <span>{t('segment.customers_where')}</span>
        <NativeSelect
          size="xs" aria-label={t('segment.mode')} value={group.mode} data-testid="rule-mode"
          onChange={(event) => onChange({ ...group, mode: event.currentTarget.value as Group['mode'] })}
          data={(['all', 'any', 'none'] as const).map((mode) => ({ value: mode, label: t(`segment.mode_${mode}`) }))}
        />
        <span>{t('segment.hold')}</span>
        {onRemove && <ActionIcon variant="subtle" color="gray" ml="auto" aria-label={t('segment.remove_group')} onClick={onRemove}><Icon name="trash" size={16} /></ActionIcon>}
      </div>
      <div className={css.parts}>
        {group.parts.map((part) =>
          part.type === 'group' ? (
            <RuleEditor key={part.key} group={part} fields={fields} depth={depth + 1} onChange={(by) => put(part.key, by)} onRemove={() => put(part.key, null)} />
          ) : (
            <Condition key={part.key} clause={part} fields={fields} onChange={(by) => put(part.key, by)} onRemove={group.parts.length > 1 ? () => put(part.key, null) : undefined} />
          ),
        )}
      </div>
      <div className="row">
        <Button size="compact-sm" variant="light" leftSection={<Icon name="plus" size={14} />} onClick={() => onChange({ ...group, parts: [...group.parts, newClause()] })} data-testid="rule-add">{t('segment.add')}</Button>
        {depth < 3 && <Button size="compact-sm" variant="subtle" onClick={() => onChange({ ...group, parts: [...group.parts, newGroup(group.mode === 'any' ? 'all' : 'any')] })}>{t('segment.add_group')}</Button>}
      </div>
    </fieldset>
  );
}

function Condition({ clause, fields, onChange, onRemove }: { clause: Clause; fields: FieldInfo[]; onChange: (clause: Clause) => void; onRemove?: () => void }) {
  const { t } = useText();
  const field = fields.find((each) => each.name === clause.field);
  const operators = OPERATORS[field?.kind ?? 'text'] ?? OPERATORS.text;
  const choose = (name: string | null) => {
    const kind = fields.find((each) => each.name === name)?.kind ?? 'text';
    const keeps = OPERATORS[kind].includes(clause.operator);
    onChange({ ...clause, field: name ?? '', operator: keeps ? clause.operator : (OPERATORS[kind][0] ?? 'equals'), value: '' });
  };
  const operate = (operator: Operator) => {
    const many = operator === 'in';
    const value = many ? (Array.isArray(clause.value) ? clause.value : clause.value ? [clause.value] : []) : Array.isArray(clause.value) ? (clause.value[0] ?? '') : clause.value;
    onChange({ ...clause, operator, value: operator === 'exists' ? 'true' : value });
  };
  return (
    <div className={css.condition} data-testid="rule-clause">
      <Select
        searchable value={clause.field || null} placeholder={t('segment.field')} aria-label={t('segment.field')} onChange={choose} data-testid="rule-field"
        data={fields.map((each) => ({ value: each.name, label: factName(each.name) }))} nothingFoundMessage={t('segment.no_field')} allowDeselect={false}
      />
      <NativeSelect
        value={clause.operator} aria-label={t('segment.operator')} data-testid="rule-operator" onChange={(event) => operate(event.currentTarget.value as Operator)}
        data={operators.map((operator) => ({ value: operator, label: t(`operator.${operator}`) }))}
      />
      <Value clause={clause} field={field} onChange={(value) => onChange({ ...clause, value })} />
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('segment.remove')} onClick={onRemove} disabled={!onRemove}><Icon name="close" size={16} /></ActionIcon>
    </div>
  );
}

function Value({ clause, field, onChange }: { clause: Clause; field: FieldInfo | undefined; onChange: (value: string | string[]) => void }) {
  const { t } = useText();
  const common = { 'aria-label': t('segment.value'), placeholder: t('segment.value'), 'data-testid': 'rule-value' };
  const one = Array.isArray(clause.value) ? (clause.value[0] ?? '') : clause.value;
  if (clause.operator === 'exists' || field?.kind === 'bool')
    return <NativeSelect {...common} value={one || ''} onChange={(event) => onChange(event.currentTarget.value)} data={[{ value: '', label: '–' }, { value: 'true', label: t('common.yes') }, { value: 'false', label: t('common.no') }]} />;
  if (clause.operator === 'in') return <TagsInput {...common} value={Array.isArray(clause.value) ? clause.value : []} onChange={onChange} data={field?.values ?? []} clearable />;
  if (field?.kind === 'date') return <TextInput {...common} type="date" value={one} onChange={(event) => onChange(event.currentTarget.value)} />;
  if (field?.kind === 'number') return <TextInput {...common} inputMode="decimal" value={one} error={one !== '' && !/^-?\d+(\.\d+)?$/.test(one)} onChange={(event) => onChange(event.currentTarget.value)} />;
  return <Autocomplete {...common} value={one} onChange={onChange} data={field?.values ?? []} />;
}
