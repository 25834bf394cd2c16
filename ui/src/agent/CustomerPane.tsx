/** The customer beside the work: who it is, how to reach them, what we know, and all that was. */
import { ActionIcon, Button, TextInput, Tooltip } from '@mantine/core';
import { useEffect, useState } from 'react';
import { api, Problem } from '../api/client.ts';
import type { AddressInfo, Channel, CustomerCard } from '../api/types.ts';
import { ActionButton } from '../parts/ActionButton.tsx';
import { factName, factValue, flatFacts } from '../parts/facts.ts';
import { Icon } from '../parts/icons.tsx';
import { languageName } from '../parts/languages.ts';
import { Chip, Face } from '../parts/pieces.tsx';
import { day } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import css from './customer.module.css';
import { Timeline } from './Timeline.tsx';

interface Props {
  card: CustomerCard;
  address: string;
  /** Grows when something happened to this customer, so that the history is read again. */
  version: number;
  onCard: (card: CustomerCard) => void;
  onReach?: (channel: Channel, address: string) => void;
}

const FIRST = 8;

export function CustomerPane({ card, address, version, onCard, onReach }: Props) {
  const { t, lang } = useText();
  const [all, setAll] = useState(false);
  const known = flatFacts(card.attributes);
  const shown = all ? known : known.slice(0, FIRST);
  return (
    <div className={css.customer} data-testid="customer">
      <section className={css.section} aria-label={t('customer.card')}>
        <CustomerName key={card.id} card={card} address={address} onCard={onCard} />
        <div className={css.chips}>
          {card.is_new && <Chip tone="info">{t('customer.new')}</Chip>}
          <Chip icon="globe">{languageName(card.language, lang)}</Chip>
          {card.tags.map((tag) => <Chip key={tag} tone="accent" icon="tag">{tag}</Chip>)}
        </div>
        <ul className={css.addresses}>
          {card.addresses.map((each) => <AddressLine key={each.id} address={each} onReach={onReach} />)}
        </ul>
      </section>
      {known.length > 0 && (
        <section className={css.section} aria-label={t('customer.facts')}>
          <h3>{t('customer.facts')}</h3>
          <dl className={css.facts}>
            {shown.map(([name, value]) => (
              <div key={name}>
                <dt title={name}>{factName(name)}</dt>
                <dd title={factValue(value, t('common.yes'), t('common.no'))}>{factValue(value, t('common.yes'), t('common.no'))}</dd>
              </div>
            ))}
            <div><dt>{t('customer.since')}</dt><dd>{day(card.created_at, lang)}</dd></div>
          </dl>
          {known.length > FIRST && <Button variant="subtle" size="compact-sm" aria-expanded={all} onClick={() => setAll(!all)}>{all ? t('common.less') : t('customer.all_facts', { count: known.length })}</Button>}
        </section>
      )}
      <Timeline key={card.id} customer={card.id} version={version} />
    </div>
  );
}

function CustomerName({ card, address, onCard }: { card: CustomerCard; address: string; onCard: (card: CustomerCard) => void }) {
  const { t } = useText();
  const [editing, setEditing] = useState(card.is_new || !card.name);
  const [name, setName] = useState(card.name);
  useEffect(() => setName(card.name), [card.name]);
  const save = async () => {
    const wanted = name.trim();
    if (wanted && wanted !== card.name) {
      // The card came without its version: what stands there now must still be what is shown here.
      const now = await api.versioned<CustomerCard>(`/customers/${card.id}`);
      const shown = now.data.name === card.name;
      onCard(shown ? (await api.change<CustomerCard>('PATCH', `/customers/${card.id}`, { name: wanted }, now.version)).data : now.data);
      if (!shown) throw new Problem({ status: 412, code: 'version_changed', detail: t('customer.renamed_meanwhile', { name: now.data.name }) });
    }
    setEditing(false);
  };
  if (!editing)
    return (
      <div className={css.who}>
        <Face name={card.name} size="lg" />
        <div className="grow">
          <div className="row">
            <h2 className="cut" data-testid="customer-name">{card.name || address}</h2>
            <Tooltip label={t('customer.rename')}>
              <ActionIcon variant="subtle" color="gray" aria-label={t('customer.rename')} onClick={() => setEditing(true)} data-testid="customer-rename"><Icon name="pencil" size={15} /></ActionIcon>
            </Tooltip>
          </div>
          {card.external_id && <div className="small muted">{card.external_id}</div>}
        </div>
      </div>
    );
  return (
    <div className={css.who}>
      <Face name={name || '?'} size="lg" />
      <div className="grow">
        <TextInput
          label={card.is_new ? t('customer.ask_name') : t('customer.name')} value={name} placeholder={address} data-testid="customer-name" maxLength={200}
          onChange={(event) => setName(event.currentTarget.value)}
          onKeyDown={(event) => { if (event.key === 'Escape') setEditing(false); }}
        />
        <div className="row" style={{ marginTop: '0.5rem' }}>
          <ActionButton act={save} size="compact-sm" disabled={!name.trim()} data-testid="customer-name-save">{t('common.save')}</ActionButton>
          <Button size="compact-sm" variant="subtle" color="gray" onClick={() => { setName(card.name); setEditing(false); }}>{t('common.cancel')}</Button>
        </div>
      </div>
    </div>
  );
}

function AddressLine({ address, onReach }: { address: AddressInfo; onReach?: Props['onReach'] }) {
  const { t, code } = useText();
  const ways: [Channel, 'phone' | 'message' | 'mail'][] = address.kind === 'phone' ? [['voice', 'phone'], ['sms', 'message']] : [['email', 'mail']];
  return (
    <li className={css.address}>
      <Icon name={address.kind === 'phone' ? 'phone' : 'mail'} size={15} />
      <span className="grow cut num" title={address.raw}>{address.value}</span>
      {address.suppressed.length > 0 && (
        <Tooltip label={t('customer.suppressed_note', { purposes: address.suppressed.map((each) => code('purpose', each)).join(', ') })} multiline w={240}>
          <span><Chip tone="warn">{t('customer.suppressed')}</Chip></span>
        </Tooltip>
      )}
      {onReach && ways.map(([channel, icon]) => (
        <Tooltip key={channel} label={t(`dial.${channel}`)}>
          <ActionIcon variant="subtle" color="gray" aria-label={`${t(`dial.${channel}`)}: ${address.value}`} onClick={() => onReach(channel, address.value)}><Icon name={icon} size={15} /></ActionIcon>
        </Tooltip>
      ))}
    </li>
  );
}
