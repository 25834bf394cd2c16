/** What is configured, to read: accounts, lines, queues. Changes are made by settings and commands. */
import { Table } from '@mantine/core';
import { api } from '../api/client.ts';
import type { AccountInfo, Page, QueueInfo } from '../api/types.ts';
import { useLoad } from '../parts/hooks.ts';
import { ChannelMark, Chip, PageHead, ProblemNote, Waiting, WideTable } from '../parts/pieces.tsx';
import { useSession } from '../shell/session.ts';
import shell from '../shell/shell.module.css';
import { percent } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import { languageName } from '../parts/languages.ts';
import css from './admin.module.css';

export default function Admin() {
  const { t } = useText();
  return (
    <div className={shell.page}>
      <PageHead title={t('desk.admin')} note={t('admin.note')} />
      <div className={css.halves}>
        <Lines />
        <Queues />
      </div>
      <Accounts />
    </div>
  );
}

function Accounts() {
  const { t, lang } = useText();
  const accounts = useLoad('accounts', (signal) => api.get<Page<AccountInfo>>('/accounts', { limit: 200 }, signal));
  return (
    <section className="card" aria-labelledby="accounts">
      <h2 id="accounts" className={css.title}>{t('admin.accounts')}</h2>
      {accounts.problem ? <ProblemNote problem={accounts.problem} retry={accounts.reload} /> : !accounts.data ? <Waiting /> : (
        <WideTable title={t('admin.accounts')} minWidth={480}>
          <Table verticalSpacing="sm" horizontalSpacing="md" data-testid="accounts">
            <Table.Thead><Table.Tr><Table.Th>{t('customer.name')}</Table.Th><Table.Th>{t('admin.sign_in')}</Table.Th><Table.Th>{t('admin.role')}</Table.Th><Table.Th>{t('template.language')}</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {accounts.data.items.map((each) => (
                <Table.Tr key={each.id} data-testid="account-row">
                  <Table.Td>{each.display_name} {each.active === false && <Chip tone="warn">{t('admin.inactive')}</Chip>}</Table.Td><Table.Td>{each.name}</Table.Td><Table.Td><Chip>{t(`role.${each.role}`)}</Chip></Table.Td><Table.Td>{languageName(each.language, lang)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </WideTable>
      )}
    </section>
  );
}

function Lines() {
  const { t } = useText();
  const { lines } = useSession();
  return (
    <section className="card" aria-labelledby="lines">
      <h2 id="lines" className={css.title}>{t('admin.lines')}</h2>
      <ul className={css.list} data-testid="lines">
        {lines.map((line) => (
          <li key={line.channel + line.address}><ChannelMark channel={line.channel} /><span className={css.two}><strong className="cut">{line.name}</strong><span className="muted small num cut">{line.address}</span></span><Chip>{line.provider}</Chip></li>
        ))}
        {lines.length === 0 && <li className="muted">{t('admin.no_lines')}</li>}
      </ul>
    </section>
  );
}

function Queues() {
  const { t, lang } = useText();
  const queues = useLoad('queues', (signal) => api.get<Page<QueueInfo>>('/queues', {}, signal));
  return (
    <section className="card" aria-labelledby="admin-queues">
      <h2 id="admin-queues" className={css.title}>{t('floor.queues')}</h2>
      {queues.problem ? <ProblemNote problem={queues.problem} retry={queues.reload} /> : !queues.data ? <Waiting /> : (
        <ul className={css.list}>
          {queues.data.items.map((queue) => <li key={queue.name}><strong className="grow cut">{queue.name}</strong><span className="muted num">{t('admin.target', { count: queue.target_s, share: percent(queue.target_percent / 100, lang) })}</span></li>)}
          {queues.data.items.length === 0 && <li className="muted">{t('floor.no_queues')}</li>}
        </ul>
      )}
    </section>
  );
}
