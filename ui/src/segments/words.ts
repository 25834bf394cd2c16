/** A rule as a sentence. */
import type { TFunction } from 'i18next';
import type { Rule } from '../api/types.ts';
import { factName } from '../parts/facts.ts';
import { fromRule, type Clause, type Group } from './rule.ts';

export function ruleWords(rule: Rule, t: TFunction): string {
  const group = fromRule(rule);
  return group ? words(group, t, true) : JSON.stringify(rule);
}

function words(part: Clause | Group, t: TFunction, top = false): string {
  if (part.type === 'clause') {
    const value = Array.isArray(part.value) ? part.value.join(', ') : part.value;
    if (part.operator === 'exists') return `${factName(part.field)} ${part.value === 'false' ? t('segment.is_empty') : t('segment.is_known')}`;
    return `${factName(part.field)} ${t(`operator.${part.operator}`)} ${value}`;
  }
  if (part.parts.length === 0) return t('segment.everyone');
  const joined = part.parts.map((each) => words(each, t)).join(part.mode === 'all' ? t('segment.and') : t('segment.or'));
  if (part.mode === 'none') return t('segment.not', { rule: joined });
  return top || part.parts.length === 1 ? joined : `(${joined})`;
}
