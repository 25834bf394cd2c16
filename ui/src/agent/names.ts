import type { TFunction } from 'i18next';
import type { CustomerCard } from '../api/types.ts';

/** A customer's name, or for one we do not know yet the address they came from. */
export function customerName(card: CustomerCard, address: string, t: TFunction): string {
  return card.name || card.addresses[0]?.value || address || t('customer.unknown');
}
