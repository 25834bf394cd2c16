/** What had been: recorded days under other rules. The list, a new question, one run. */
import { Ask, type Beginning } from './Ask.tsx';
import { RunList } from './RunList.tsx';
import { RunPage } from './RunPage.tsx';

/** `rest`: `[]` the list, `[new]`, `[new, version, N]`, `[new, run, ID]`, `[ID]`. */
export function WhatIf({ rest }: { rest: string[] }) {
  const [id, kind, of] = rest;
  if (id === undefined) return <RunList />;
  if (id !== 'new') return <RunPage key={id} id={id} />;
  const beginning: Beginning = of && (kind === 'version' || kind === 'run') ? { kind, of } : { kind: 'standing' };
  return <Ask key={rest.join()} beginning={beginning} />;
}
