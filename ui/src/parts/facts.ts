/** Names and values of customers' attributes as people read them. */
import type { Values } from '../api/types.ts';

/** `attributes.contract.ends` as "Contract › ends", `MonthlyCharges` as "Monthly Charges". */
export function factName(name: string): string {
  const plain = name
    .replace(/^(attributes|customer)\./, '')
    .replaceAll('.', ' › ')
    .replaceAll('_', ' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2');
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

export function factValue(value: unknown, yes: string, no: string): string {
  if (value === true) return yes;
  if (value === false) return no;
  if (Array.isArray(value)) return value.map((each) => factValue(typeof each === 'object' && each !== null ? Object.values(each).join(' ') : each, yes, no)).join(', ');
  return String(value);
}

/** Attributes with nested ones laid flat under dotted names; unknown values are left out. */
export function flatFacts(attributes: Values, stem = ''): [string, unknown][] {
  return Object.entries(attributes).flatMap(([key, value]): [string, unknown][] => {
    if (value === null || value === '' || value === undefined) return [];
    if (typeof value === 'object' && !Array.isArray(value)) return flatFacts(value as Values, `${stem}${key}.`);
    return [[stem + key, value]];
  });
}
