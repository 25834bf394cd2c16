/** A new question: which days, under which rules. */
import { Checkbox, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/client.ts';
import type { Page, RoutingDocument, RoutingVersion, RoutingVersionInfo, WhatIfRun } from '../api/types.ts';
import { ActionButton } from '../parts/ActionButton.tsx';
import { useLoad } from '../parts/hooks.ts';
import { PeriodFields, usePeriod } from '../parts/period.tsx';
import { PageHead, ProblemNote, Waiting } from '../parts/pieces.tsx';
import { useChecked, YamlEditor } from '../routing/YamlEditor.tsx';
import { go } from '../shell/route.tsx';
import { moment } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import { PLACE } from './place.ts';
import css from './whatif.module.css';

export type Beginning = { kind: 'standing' } | { kind: 'version' | 'run'; of: string };

interface Begun {
  yaml: string;
  from?: string;
  to?: string;
  remove: boolean;
  note: string;
}

async function begun(beginning: Beginning, signal: AbortSignal): Promise<Begun> {
  const plain = { remove: false, note: '' };
  if (beginning.kind === 'standing') return { ...plain, yaml: (await api.get<RoutingDocument>('/routing/config', {}, signal)).yaml };
  if (beginning.kind === 'run') return api.get<WhatIfRun>(`/routing/whatif/${beginning.of}`, {}, signal);
  // What came after that version was not there then.
  return { yaml: (await api.get<RoutingVersionInfo>(`/routing/config/versions/${beginning.of}`, {}, signal)).yaml, remove: true, note: '' };
}

export function Ask({ beginning }: { beginning: Beginning }) {
  const { t } = useText();
  const loaded = useLoad(JSON.stringify(beginning), (signal) => begun(beginning, signal));
  if (loaded.problem) return <ProblemNote problem={loaded.problem} retry={loaded.reload} />;
  return (
    <>
      <PageHead title={t('whatif.new')} note={t('whatif.new_note')} />
      {loaded.data ? <Form begun={loaded.data} beginning={beginning} /> : <Waiting />}
    </>
  );
}

function Form({ begun, beginning }: { begun: Begun; beginning: Beginning }) {
  const { t } = useText();
  const period = usePeriod('24', begun);
  const [yaml, setYaml] = useState(begun.yaml);
  const [remove, setRemove] = useState(begun.remove);
  const [note, setNote] = useState(begun.note);
  const checked = useChecked(yaml, remove);
  const start = async () => {
    const body = { yaml, remove, note, ...period.query() };
    go(`${PLACE}/${(await api.post<WhatIfRun>('/routing/whatif', body)).id}`);
  };
  return (
    <div className="stack" data-testid="whatif-form">
      <section className={`card ${css.run}`} aria-label={t('period.title')}>
        <h2>{t('period.title')}</h2>
        <PeriodFields period={period} />
      </section>
      <section className={`card ${css.run}`} aria-label={t('whatif.rules')}>
        <div className={css.rulesHead}>
          <h2 className="grow">{t('whatif.rules')}</h2>
          <Beginnings beginning={beginning} />
        </div>
        <p className="muted small">{t(remove ? 'whatif.rules_note_whole' : 'whatif.rules_note')}</p>
        <YamlEditor label={t('whatif.rules')} yaml={yaml} onChange={setYaml} checked={checked} />
        <Checkbox label={t('whatif.remove')} description={t('whatif.remove_note')} checked={remove} onChange={(event) => setRemove(event.currentTarget.checked)} data-testid="whatif-remove" />
      </section>
      <section className={`card ${css.run}`} aria-label={t('whatif.question')}>
        <TextInput label={t('whatif.question')} description={t('whatif.question_hint')} value={note} maxLength={500} onChange={(event) => setNote(event.currentTarget.value)} data-testid="whatif-note" />
        <div className={css.start}>
          <ActionButton act={start} disabled={period.isWrong || checked.refused || !checked.isSettled} data-testid="whatif-start">{t('whatif.start')}</ActionButton>
        </div>
      </section>
    </div>
  );
}

/** What the rules begin with; choosing another takes its text in place of what was written. */
function Beginnings({ beginning }: { beginning: Beginning }) {
  const { t, lang } = useText();
  const versions = useLoad('whatif versions', (signal) => api.get<Page<RoutingVersion>>('/routing/config/versions', {}, signal));
  const data = [
    ...(beginning.kind === 'run' ? [{ value: 'run', label: t('whatif.from_run') }] : []),
    { value: 'standing', label: t('whatif.from_standing') },
    ...(versions.data?.items ?? []).map((each) => ({ value: String(each.version), label: `${t('routing.version', { number: each.version })} · ${moment(each.at, lang)}${each.note && ` · ${each.note}`}` })),
  ];
  const value = beginning.kind === 'version' ? beginning.of : beginning.kind;
  const take = (next: string | null) => {
    if (next !== null && next !== value) go(next === 'standing' ? `${PLACE}/new` : `${PLACE}/new/version/${next}`);
  };
  return <Select aria-label={t('whatif.begin_with')} value={value} allowDeselect={false} data={data} onChange={take} className={css.beginnings!} data-testid="whatif-begin" />;
}
