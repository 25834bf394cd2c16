/** Who can be played and which lines can be reached; both lists may be absent. */
export interface Person {
  name: string;
  phone: string;
  email: string;
  language: string;
}

export interface Lines {
  voice: string[];
  sms: string[];
  email: string[];
}

export async function people(): Promise<Person[]> {
  return (await list('/handset/people')) as Person[];
}

export async function lines(): Promise<Lines> {
  const found: Lines = { voice: [], sms: [], email: [] };
  for (const line of (await list('/handset/lines')) as { address: string; channel: keyof Lines }[]) found[line.channel]?.push(line.address);
  return found;
}

async function list(path: string): Promise<unknown[]> {
  const reply = await fetch(path, { headers: { Accept: 'application/json' } });
  // No list (404): everything can still be typed.
  if (!reply.ok) return [];
  const body = (await reply.json()) as unknown[] | { items: unknown[] };
  return Array.isArray(body) ? body : body.items;
}
