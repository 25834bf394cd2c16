/** Why a customer got, or did not get, something from this campaign. */
import { useState } from 'react';
import { api } from '../api/client.ts';
import type { Channel, Why } from '../api/types.ts';
import { useLoad } from '../parts/hooks.ts';
import { ChannelMark, ProblemNote, Waiting } from '../parts/pieces.tsx';
import { useText } from '../text/i18n.ts';
import css from './results.module.css';
import { CustomerPicker } from './CustomerPicker.tsx';
import { OutcomeChip } from './Deliveries.tsx';

export function WhyBox({ campaign }: { campaign: string }) {
  const { t } = useText();
  const [customer, setCustomer] = useState<string | null>(null);
  const why = useLoad(customer, (signal) => api.get<Why>(`/campaigns/${campaign}/why`, { customer }, signal));
  return (
    <section className={`card ${css.pad} stack`} aria-labelledby="why">
      <h2 id="why" className={css.h2}>{t('campaign.why')}</h2>
      <CustomerPicker label={t('campaign.why_label')} onPick={(each) => setCustomer(each.id)} testId="why-customer" />
      {customer && why.loading && !why.data && <Waiting lines={2} />}
      {why.problem && <ProblemNote problem={why.problem} retry={why.reload} />}
      {customer && why.data && (
        <div className={css.why} role="status" data-testid="why-answer">
          <p>{why.data.sentence}</p>
          {why.data.clause && <code className={css.clause}>{why.data.clause}</code>}
          {why.data.deliveries.map((row) => <div key={row.id} className="row"><ChannelMark channel={row.channel as Channel} size="sm" /><OutcomeChip row={row} /></div>)}
        </div>
      )}
    </section>
  );
}
