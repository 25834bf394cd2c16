/**
 * A segment's rule as one edits it, and as the server keeps it (`core.rules`): `and`, `or`, `not`
 * and clauses `{field, <operator>: value}`. Pure.
 */
import type { FieldInfo, Rule } from '../api/types.ts';

export type Operator = 'equals' | 'not_equals' | 'less' | 'at_most' | 'greater' | 'at_least' | 'in' | 'contains' | 'exists';
export type Kind = FieldInfo['kind'] | 'texts';

const EQUALITY: Operator[] = ['equals', 'not_equals', 'in', 'exists'];
const ORDER: Operator[] = ['less', 'at_most', 'greater', 'at_least'];

export const OPERATORS: Record<Kind, Operator[]> = {
  text: [...EQUALITY, 'contains'],
  number: [...EQUALITY, ...ORDER],
  bool: ['equals', 'not_equals', 'exists'],
  date: [...EQUALITY, ...ORDER],
  texts: ['contains', 'exists'],
};

export interface Clause {
  type: 'clause';
  key: number;
  field: string;
  operator: Operator;
  /** As typed: one text, several for `in`. `true` and `false` for bool and `exists`. */
  value: string | string[];
}

/** `all` is and, `any` is or, `none` is not-or. */
export interface Group {
  type: 'group';
  key: number;
  mode: 'all' | 'any' | 'none';
  parts: (Clause | Group)[];
}

let keys = 0;

export function newClause(field = '', operator: Operator = 'equals'): Clause {
  return { type: 'clause', key: ++keys, field, operator, value: '' };
}

export function newGroup(mode: Group['mode'] = 'all', parts: Group['parts'] = [newClause()]): Group {
  return { type: 'group', key: ++keys, mode, parts };
}

/** The rule as a group to edit; one that this editor can not show comes back as null. */
export function fromRule(rule: Rule): Group | null {
  const part = partOf(rule);
  if (part === null) return null;
  return part.type === 'group' ? part : newGroup('all', [part]);
}

function partOf(rule: Rule): Clause | Group | null {
  if (Array.isArray(rule.and)) return groupOf('all', rule.and as Rule[]);
  if (Array.isArray(rule.or)) return groupOf('any', rule.or as Rule[]);
  if (rule.not && typeof rule.not === 'object') {
    const inner = rule.not as Rule;
    return groupOf('none', Array.isArray(inner.or) ? (inner.or as Rule[]) : [inner]);
  }
  if (typeof rule.field !== 'string') return null;
  const operator = Object.keys(rule).find((name): name is Operator => name !== 'field' && name !== 'kind');
  if (operator === undefined) return null;
  const value = rule[operator];
  return { type: 'clause', key: ++keys, field: rule.field, operator, value: Array.isArray(value) ? value.map(shown) : shown(value) };
}

function groupOf(mode: Group['mode'], rules: Rule[]): Group | null {
  const parts = rules.map(partOf);
  return parts.some((part) => part === null) ? null : newGroup(mode, parts as Group['parts']);
}

function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'number' in value) return String((value as { number: string }).number);
  return String(value ?? '');
}

/** The rule to send; null while a condition is not complete. */
export function toRule(group: Group, kinds: Map<string, Kind>): Rule | null {
  const parts = group.parts.map((part) => (part.type === 'group' ? toRule(part, kinds) : clauseRule(part, kinds)));
  if (parts.length === 0 || parts.some((part) => part === null)) return null;
  const rules = parts as Rule[];
  return group.mode === 'all' ? { and: rules } : group.mode === 'any' ? { or: rules } : { not: { or: rules } };
}

function clauseRule(clause: Clause, kinds: Map<string, Kind>): Rule | null {
  const kind = kinds.get(clause.field) ?? 'text';
  if (!clause.field) return null;
  if (clause.operator === 'exists') return { field: clause.field, exists: clause.value !== 'false', ...withKind(kind, true) };
  if (clause.operator === 'in') {
    const values = (Array.isArray(clause.value) ? clause.value : [clause.value]).map((each) => valueOf(each, kind));
    if (values.length === 0 || values.includes(null)) return null;
    return { field: clause.field, in: values, ...withKind(kind, false) };
  }
  const value = valueOf(Array.isArray(clause.value) ? (clause.value[0] ?? '') : clause.value, kind);
  return value === null ? null : { field: clause.field, [clause.operator]: value, ...withKind(kind, false) };
}

/** A date is text in JSON and `exists` has no value to tell the kind by: there it is written out. */
function withKind(kind: Kind, exists: boolean): { kind?: Kind } {
  return kind === 'date' || kind === 'texts' || (exists && kind !== 'text') ? { kind } : {};
}

function valueOf(text: string, kind: Kind): unknown {
  const plain = text.trim();
  if (plain === '') return null;
  if (kind === 'bool') return plain === 'true';
  if (kind === 'date') return /^\d{4}-\d\d-\d\d$/.test(plain) ? plain : null;
  if (kind !== 'number') return plain;
  if (!/^-?\d+(\.\d+)?$/.test(plain)) return null;
  // A float would lose digits: what is not whole goes as text with its kind.
  return Number.isSafeInteger(Number(plain)) && !plain.includes('.') ? Number(plain) : { number: plain };
}

export function replacePart(group: Group, key: number, by: Clause | Group | null): Group {
  const parts = group.parts.flatMap((part): (Clause | Group)[] => {
    if (part.key === key) return by === null ? [] : [by];
    return [part.type === 'group' ? replacePart(part, key, by) : part];
  });
  return { ...group, parts };
}
