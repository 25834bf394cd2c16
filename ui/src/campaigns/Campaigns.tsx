/** Campaigns: what is planned, what runs, what came of it. */
import { Button, Table } from '@mantine/core';
import { api } from '../api/client.ts';
import type { CampaignInfo, Page } from '../api/types.ts';
import { useLoad } from '../parts/hooks.ts';
import { Icon } from '../parts/icons.tsx';
import { Empty, PageHead, ProblemNote, Waiting, WideTable } from '../parts/pieces.tsx';
import { go, Link } from '../shell/route.tsx';
import shell from '../shell/shell.module.css';
import { count, moment, percent } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import css from './results.module.css';
import { CampaignPage } from './CampaignPage.tsx';
import { doneShare } from './outcomes.ts';
import { StateChip } from './StateChip.tsx';
import { Wizard } from './Wizard.tsx';

export default function Campaigns({ rest }: { rest: string[] }) {
  const [first, second] = rest;
  if (first === 'new') return <Wizard key="new" id={null} />;
  if (first && second === 'edit') return <Wizard key={first} id={first} />;
  if (first) return <CampaignPage key={first} id={first} />;
  return <List />;
}

function List() {
  const { t } = useText();
  const campaigns = useLoad('campaigns', (signal) => api.get<Page<CampaignInfo>>('/campaigns', { limit: 100 }, signal));
  return (
    <div className={shell.page}>
      <PageHead title={t('desk.campaigns')} note={t('campaign.note')}>
        <Button leftSection={<Icon name="plus" size={16} />} onClick={() => go('/desk/campaigns/new')} data-testid="campaign-new">{t('campaign.new')}</Button>
      </PageHead>
      {campaigns.problem ? <ProblemNote problem={campaigns.problem} retry={campaigns.reload} /> : !campaigns.data ? <Waiting /> : campaigns.data.items.length === 0 ? (
        <div className="card"><Empty icon="megaphone" title={t('campaign.none')}>{t('campaign.none_note')}</Empty></div>
      ) : (
        <div className="card">
          <WideTable title={t('desk.campaigns')} minWidth={640}>
            <Table verticalSpacing="sm" horizontalSpacing="md" className={css.table} data-testid="campaigns">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('campaign.name')}</Table.Th><Table.Th>{t('campaign.state')}</Table.Th><Table.Th>{t('campaign.segment')}</Table.Th>
                  <Table.Th>{t('campaign.starts')}</Table.Th><Table.Th>{t('campaign.progress')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>{campaigns.data.items.map((each) => <Row key={each.id} campaign={each} />)}</Table.Tbody>
            </Table>
          </WideTable>
        </div>
      )}
    </div>
  );
}

function Row({ campaign }: { campaign: CampaignInfo }) {
  const { t, lang } = useText();
  const at = campaign.started_at ?? campaign.starts_at;
  return (
    <Table.Tr className={css.rowLink} data-testid="campaign">
      <Table.Td><Link href={`/desk/campaigns/${campaign.id}`}><strong>{campaign.name}</strong></Link></Table.Td>
      <Table.Td><StateChip campaign={campaign} /></Table.Td>
      <Table.Td>{campaign.segment_name}</Table.Td>
      <Table.Td className="num">{at ? moment(at, lang) : <span className="muted">–</span>}</Table.Td>
      <Table.Td>
        {campaign.total > 0 ? (
          <span className={css.progress}>
            <span className={css.progressBar} role="img" aria-label={t('campaign.done_share', { share: percent(doneShare(campaign), lang) })}><span style={{ transform: `scaleX(${doneShare(campaign)})` }} /></span>
            <span className="num">{percent(doneShare(campaign), lang)} <span className="muted">{t('campaign.of', { count: campaign.total, total: count(campaign.total, lang) })}</span></span>
          </span>
        ) : <span className="muted">–</span>}
      </Table.Td>
    </Table.Tr>
  );
}
