/** Names and values of customers' attributes as people read them. */
export function factName(name: string): string {
  const plain = name.replace(/^(attributes|customer)\./, '').replaceAll('_', ' ').replace(/([a-z])([A-Z])/g, '$1 $2');
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

export function factValue(value: unknown, yes: string, no: string): string {
  if (value === true) return yes;
  if (value === false) return no;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
