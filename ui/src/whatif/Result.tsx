/** The measures side by side: recorded, played again under the same rules, under the new ones. */
import { Table } from '@mantine/core';
import type { WhatIfRun, WhatIfValues } from '../api/types.ts';
import { Icon, type IconName } from '../parts/icons.tsx';
import { WideTable } from '../parts/pieces.tsx';
import { count, percent } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import { difference, inOrder, SHARES, verdict, type Verdict } from './compare.ts';
import css from './whatif.module.css';

type Found = NonNullable<WhatIfRun['result']>;

const MARKS: Partial<Record<Verdict, IconName>> = { better: 'check', worse: 'warning' };

export function Result({ result }: { result: Found }) {
  const { t, code } = useText();
  const guessed = result.unknown.rules;
  return (
    <div className="stack">
      <WideTable title={t('whatif.measures')} minWidth={560}>
        <Table fz="sm" verticalSpacing={6} data-testid="try-result">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('routing.try.measure')}</Table.Th>
              {(['recorded', 'same', 'new', 'difference'] as const).map((name) => <Table.Th key={name} className={css.right}>{t(`routing.try.${name}`)}</Table.Th>)}
            </Table.Tr>
          </Table.Thead>
          {Object.entries(result.queues).sort(([one], [other]) => one.localeCompare(other)).map(([queue, measures]) => (
            <Table.Tbody key={queue}>
              <Table.Tr><Table.Th colSpan={5} scope="rowgroup" className={css.group}>{queue || t('routing.try.whole')}</Table.Th></Table.Tr>
              {inOrder(measures as Record<string, WhatIfValues>).map(([name, values]) => (
                <Table.Tr key={name}>
                  <Table.Th scope="row" fw={400}>{code('measure', name)}</Table.Th>
                  <Table.Td className={css.right}><Value name={name} value={values.recorded} /></Table.Td>
                  <Table.Td className={css.right}><Value name={name} value={values.same_rules} /></Table.Td>
                  <Table.Td className={css.right}><strong><Value name={name} value={values.rules} /></strong></Table.Td>
                  <Table.Td className={css.right}><Difference name={name} values={values} /></Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          ))}
        </Table>
      </WideTable>
      <p className="muted small">{t('whatif.method')}</p>
      {guessed && <p className="muted small" data-testid="whatif-guessed">{t('whatif.guessed', { patience: guessed.patience_drawn, service: guessed.service_drawn, lost: guessed.without_effect })}</p>}
    </div>
  );
}

function Value({ name, value }: { name: string; value: number | null }) {
  const { lang } = useText();
  if (value === null) return '–';
  return SHARES.has(name) ? percent(value, lang, 1) : name.endsWith('_s') ? `${value.toFixed(1)} s` : count(value, lang);
}

function Difference({ name, values }: { name: string; values: WhatIfValues }) {
  const { t, lang } = useText();
  const by = difference(values);
  if (by === null) return '–';
  const judged = verdict(name, values);
  const amount = Math.abs(by);
  const shown = SHARES.has(name) ? t('whatif.points', { points: (100 * amount).toFixed(1) }) : name.endsWith('_s') ? `${amount.toFixed(1)} s` : count(amount, lang);
  const mark = MARKS[judged];
  return (
    <span className={css.difference} data-verdict={judged} data-testid={`difference-${name}`}>
      {mark && <Icon name={mark} size={13} label={t(`whatif.${judged as 'better' | 'worse'}`)} />}
      {by > 0 ? '+' : by < 0 ? '−' : '±'}{shown}
    </span>
  );
}
