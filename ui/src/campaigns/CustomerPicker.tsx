/** Finds a customer by name, address or external id. */
import { Combobox, Loader, TextInput, useCombobox } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/client.ts';
import type { CustomerCard, Page } from '../api/types.ts';
import { useLoad, useSettled } from '../parts/hooks.ts';
import { Icon } from '../parts/icons.tsx';
import { useText } from '../text/i18n.ts';
import css from './results.module.css';

export function CustomerPicker({ label, onPick, testId }: { label: string; onPick: (customer: CustomerCard) => void; testId: string }) {
  const { t } = useText();
  const [text, setText] = useState('');
  const wanted = useSettled(text.trim(), 250);
  const found = useLoad(wanted !== '' ? wanted : null, (signal) => api.get<Page<CustomerCard>>('/customers', { q: wanted, limit: 8 }, signal));
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const items = wanted !== '' ? (found.data?.items ?? []) : [];
  return (
    <Combobox
      store={combobox}
      onOptionSubmit={(id) => {
        const customer = items.find((each) => each.id === id);
        if (!customer) return;
        onPick(customer);
        setText(customer.name);
        combobox.closeDropdown();
      }}
    >
      <Combobox.Target>
        <TextInput
          label={label} placeholder={t('campaign.find_hint')} value={text} leftSection={<Icon name="search" size={16} />} rightSection={found.loading && wanted !== '' ? <Loader size="xs" /> : null} data-testid={testId}
          onChange={(event) => { setText(event.currentTarget.value); combobox.openDropdown(); combobox.updateSelectedOptionIndex(); }}
          onFocus={() => combobox.openDropdown()} onBlur={() => combobox.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={wanted === ''}>
        <Combobox.Options>
          {items.map((each) => (
            <Combobox.Option key={each.id} value={each.id} data-testid={`${testId}-option`}>
              <span className={css.two}><span className="cut">{each.name || each.addresses[0]?.value}</span><span className="small muted cut">{[each.external_id, each.addresses[0]?.value].filter(Boolean).join(' · ')}</span></span>
            </Combobox.Option>
          ))}
          {items.length === 0 && !found.loading && <Combobox.Empty>{t('campaign.not_found')}</Combobox.Empty>}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
