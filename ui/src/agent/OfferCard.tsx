/** An offer rings: who it is, why it came here, how long it lasts, and the two answers. */
import { useEffect, useRef } from 'react';
import { api } from '../api/client.ts';
import { serverNow } from '../api/time.ts';
import type { Offer } from '../api/types.ts';
import { ActionButton } from '../parts/ActionButton.tsx';
import { useSecond } from '../parts/hooks.ts';
import { Icon } from '../parts/icons.tsx';
import { languageName } from '../parts/languages.ts';
import { ChannelMark, Chip } from '../parts/pieces.tsx';
import { clock } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import deskCss from './desk.module.css';
import offerCss from './offer.module.css';
import { customerName } from './names.ts';

export function acceptOffer(offer: Offer): Promise<unknown> {
  return api.post(`/reservations/${offer.id}/accept`);
}

export function rejectOffer(offer: Offer): Promise<unknown> {
  return api.post(`/reservations/${offer.id}/reject`);
}

export function OfferCard({ offer, first, onLook, looking }: { offer: Offer; first: boolean; onLook: () => void; looking: boolean }) {
  const { t, code, lang } = useText();
  useSecond();
  const panel = useRef<HTMLElement>(null);
  const { interaction } = offer;
  const name = customerName(interaction.customer_card, interaction.address, t);
  const whole = Math.max(1, (Date.parse(offer.expires_at) - Date.parse(offer.offered_at)) / 1000);
  const left = Math.max(0, (Date.parse(offer.expires_at) - serverNow()) / 1000);
  useEffect(() => {
    // A keyboard user answers with one press; whoever is typing keeps the cursor.
    if (first && (document.activeElement === document.body || document.activeElement === null))
      panel.current?.querySelector<HTMLButtonElement>('[data-testid="offer-accept"]')?.focus({ preventScroll: true });
  }, [first]);
  return (
    <section ref={panel} className={offerCss.offer} data-testid="offer" data-channel={interaction.channel} aria-label={t('offer.label', { name })}>
      <div className={offerCss.offerTop}>
        <span className={offerCss.ringing}><ChannelMark channel={interaction.channel} size="lg" /></span>
        <div className="grow">
          <div className="small muted">{t(`offer.incoming.${offer.callback ? 'callback' : interaction.channel}`)}</div>
          <div className={offerCss.offerName} data-testid="offer-name">{name}</div>
          <div className={offerCss.offerFacts}>
            {name !== interaction.address && <span className="num">{interaction.address}</span>}
            <Chip tone="accent">{offer.queue}</Chip>
            <Chip icon="clock">{t('offer.waited', { time: clock(offer.waited_s) })}</Chip>
            {interaction.customer_card.is_new && <Chip tone="info">{t('customer.new')}</Chip>}
            <Chip>{languageName(interaction.customer_card.language, lang)}</Chip>
          </div>
        </div>
        <div className={offerCss.offerClock} role="timer" aria-label={t('offer.left', { time: Math.ceil(left) })}>
          <span className="num">{Math.ceil(left)}</span>
          <span className="small">{t('common.seconds_short')}</span>
        </div>
      </div>
      <div className={offerCss.offerBar} aria-hidden="true"><span style={{ transform: `scaleX(${left / whole})` }} /></div>
      <div className={offerCss.offerActions}>
        <ActionButton act={() => acceptOffer(offer)} color="#1a7a3c" size="md" leftSection={<Icon name="check" />} data-testid="offer-accept" aria-keyshortcuts={first ? 'Alt+A' : undefined} className="grow">
          {t('offer.accept')}{first && <kbd className={deskCss.key}>Alt A</kbd>}
        </ActionButton>
        <ActionButton act={() => rejectOffer(offer)} variant="default" size="md" data-testid="offer-reject" aria-keyshortcuts={first ? 'Alt+R' : undefined}>
          {t('offer.reject')}{first && <kbd className={deskCss.key}>Alt R</kbd>}
        </ActionButton>
        {!looking && (
          <ActionButton act={async () => onLook()} variant="subtle" size="md">{t('offer.look')}</ActionButton>
        )}
      </div>
      <span className="sr-only" role="alert">{t('offer.announce', { name, channel: code('channel', interaction.channel), queue: offer.queue })}</span>
    </section>
  );
}
