import type { CampaignInfo } from '../api/types.ts';
import { Chip } from '../parts/pieces.tsx';
import { useText } from '../text/i18n.ts';
import { STATE_TONE } from './outcomes.ts';

/** What a campaign is doing. */
export function StateChip({ campaign }: { campaign: CampaignInfo }) {
  const { t, code } = useText();
  if (campaign.needs_answer) return <Chip tone="warn" icon="warning">{t('campaign.overdue')}</Chip>;
  return <Chip tone={STATE_TONE[campaign.state]} icon={campaign.state === 'running' ? 'play' : campaign.state === 'paused' ? 'pause' : campaign.state === 'finished' ? 'check' : campaign.state === 'scheduled' ? 'clock' : undefined} data-testid="campaign-state">{code('campaign', campaign.state)}</Chip>;
}
