/** A queue's or agent's written form as one edits it: plain data, changed without touching the old. Pure. */
import type { RoutingFault, Values } from '../api/types.ts';

export type Config = Values;
export type Path = readonly (string | number)[];

export function at(config: unknown, path: Path): unknown {
  return path.reduce<unknown>((here, part) => (here as Record<string | number, unknown> | null | undefined)?.[part], config);
}

/** The same with `value` at `path`; `undefined` takes the key away, for the default to hold. */
export function put<T>(config: T, path: Path, value: unknown): T {
  const [part, ...rest] = path;
  if (part === undefined) return value as T;
  const inner = rest.length > 0 ? put((config as Values | undefined)?.[part] ?? (typeof rest[0] === 'number' ? [] : {}), rest, value) : value;
  if (Array.isArray(config)) {
    const list = config.toSpliced(part as number, 1);
    return (inner === undefined ? list : list.toSpliced(part as number, 0, inner)) as T;
  }
  const { [part as string]: _, ...others } = config as Values;
  if (inner === undefined) return others as T;
  return { ...(config as Values), [part]: inner } as T;
}

/** One row of a requirement: a skill within levels, or its absence. */
export interface Need {
  skill: string;
  low: number;
  high: number;
  not: boolean;
}

/** The rows of a requirement that is a list of skills, all of them needed; null for any other. */
export function needsOf(rule: unknown): Need[] | null {
  if (rule === undefined || rule === null) return [];
  if (typeof rule === 'string') return [{ skill: rule, low: 1, high: 5, not: false }];
  const { and, not, skill, level } = rule as Values;
  if (Array.isArray(and)) {
    const rows = and.map((part) => needsOf(part));
    return rows.every((row) => row?.length === 1) ? rows.flatMap((row) => row!) : null;
  }
  if (not !== undefined) {
    const [inner, ...more] = needsOf(not) ?? [];
    return inner && more.length === 0 && !inner.not ? [{ ...inner, not: true }] : null;
  }
  if (typeof skill !== 'string') return null;
  const bounds = (typeof level === 'number' ? { at_least: level } : (level ?? {})) as { at_least?: number; at_most?: number };
  return [{ skill, low: bounds.at_least ?? 1, high: bounds.at_most ?? 5, not: false }];
}

export function ruleOf(needs: Need[]): unknown {
  const parts = needs.filter((need) => need.skill).map(({ skill, low, high, not }) => {
    const level = { ...(low > 1 ? { at_least: low } : {}), ...(high < 5 ? { at_most: high } : {}) };
    const part = { skill, ...(Object.keys(level).length > 0 ? { level } : {}) };
    return not ? { not: part } : part;
  });
  if (parts.length === 0) return undefined;
  return parts.length === 1 ? parts[0] : { and: parts };
}

/** The faults at a place and below it. */
export function faultsAt(faults: RoutingFault[], path: Path): RoutingFault[] {
  return faults.filter((fault) => path.every((part, index) => fault.path[index] === part));
}

export type Skills = Record<string, number | { level: number; active?: boolean }>;

export function skillOf(skills: Skills | undefined, name: string): { level: number; active: boolean } | null {
  const found = skills?.[name];
  if (found === undefined) return null;
  return typeof found === 'number' ? { level: found, active: true } : { level: found.level, active: found.active !== false };
}

/** The skills with one of them changed; level 0 takes it away. */
export function withSkill(skills: Skills | undefined, name: string, level: number, active: boolean): Skills {
  const { [name]: _, ...others } = skills ?? {};
  if (level === 0) return others;
  return { ...others, [name]: active ? level : { level, active: false } };
}

/** `name = value` as an attribute; null for what has no name. Numbers, true and false are meant as such, a list stands in brackets. */
export function attributeOf(text: string): [string, unknown] | null {
  const [name, ...rest] = text.split('=');
  if (!name?.trim() || rest.length === 0) return null;
  return [name.trim(), valueOf(rest.join('=').trim())];
}

function valueOf(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (text.startsWith('[') && text.endsWith(']')) return text.slice(1, -1).split(',').map((each) => each.trim()).filter(Boolean);
  return text;
}

export function attributeText([name, value]: [string, unknown]): string {
  return `${name} = ${Array.isArray(value) ? `[${value.join(', ')}]` : String(value)}`;
}

/** Queues without one of them, and agents without their place in it. */
export function withoutQueue({ queues, agents }: { queues: Values; agents: Values }, name: string): Values {
  const people = Object.entries(agents as Record<string, Config>).map(([agent, one]) => [agent, put(one, ['queues'], put((one.queues ?? {}) as Config, [name], undefined))] as const);
  return { queues: put(queues, [name], undefined), agents: Object.fromEntries(people) };
}
