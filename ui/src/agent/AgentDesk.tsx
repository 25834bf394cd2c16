/** The agent's one page: presence, offers, own work, the interaction in hand, the customer. */
import { Button } from '@mantine/core';
import { useCallback, useEffect, useReducer, useState } from 'react';
import { api } from '../api/client.ts';
import { learnServerTime } from '../api/time.ts';
import type { AgentState, Channel, InteractionDetail } from '../api/types.ts';
import { ActionButton } from '../parts/ActionButton.tsx';
import { Icon } from '../parts/icons.tsx';
import { LiveMark, LostBanner } from '../parts/live-mark.tsx';
import { sayProblem } from '../parts/notices.tsx';
import { Empty, Waiting } from '../parts/pieces.tsx';
import { useLive } from '../parts/useLive.ts';
import { InHeader } from '../shell/Header.tsx';
import { useText } from '../text/i18n.ts';
import css from './desk.module.css';
import { hangUp, toggleHold, toggleMute } from './CallBar.tsx';
import { CustomerPane } from './CustomerPane.tsx';
import { change, EMPTY } from './desk-state.ts';
import { DialOut, type Reach } from './DialOut.tsx';
import { customerName } from './names.ts';
import { acceptOffer, OfferCard, rejectOffer } from './OfferCard.tsx';
import { Presence } from './Presence.tsx';
import { useRinging, wakeAudio } from '../parts/ring.ts';
import { WorkList } from './WorkList.tsx';
import { Workspace } from './Workspace.tsx';

type Pane = 'work' | 'talk' | 'customer';

export default function AgentDesk() {
  const { t } = useText();
  const [state, dispatch] = useReducer(change, EMPTY);
  const [pane, setPane] = useState<Pane>('talk');
  const [looking, setLooking] = useState<string | null>(null);
  const [reach, setReach] = useState<Reach | null>(null);

  const live = useLive('me', (frame) => {
    if (frame.type === 'snapshot' && frame.topic === 'me') learnServerTime(frame.data.at);
    dispatch({ type: 'frame', frame });
  });

  const fetchDetail = useCallback((id: string) => {
    api.get<InteractionDetail>(`/interactions/${id}`).then((detail) => dispatch({ type: 'arrived', detail }), sayProblem);
  }, []);
  useEffect(() => state.missing.forEach(fetchDetail), [state.missing.join(), fetchDetail]);

  const active = state.work.find((each) => each.id === state.active) ?? null;
  const offer = state.offers[0] ?? null;
  const name = offer && customerName(offer.interaction.customer_card, offer.interaction.address, t);
  useRinging(offer && name ? t(`offer.flash.${offer.interaction.channel}`, { name }) : null);

  // A new offer opens its customer's card; the answer, either way, brings the one in hand back.
  const offerId = offer?.id ?? null;
  useEffect(() => setLooking(offerId), [offerId]);
  useEffect(() => {
    if (offerId) setPane('talk');
  }, [offerId]);
  const looked = state.offers.find((each) => each.id === looking) ?? null;
  const shown = looked?.interaction ?? active;

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!event.altKey || event.ctrlKey || event.metaKey) return;
      const command = commandOf(event.code, offer, active);
      if (!command) return;
      event.preventDefault();
      command().catch(sayProblem);
    };
    addEventListener('keydown', onKey);
    addEventListener('pointerdown', wakeAudio, { once: true });
    return () => {
      removeEventListener('keydown', onKey);
      removeEventListener('pointerdown', wakeAudio);
    };
  }, [offer, active]);

  const onReach = (channel: Channel, to: string) => setReach({ channel, to });
  const version = shown ? [...state.work, ...state.offers.map((each) => each.interaction)].filter((each) => each.customer === shown.customer).reduce((sum, each) => sum + each.events.length, 0) + state.work.length : 0;

  return (
    <div className={css.desk} data-pane={pane}>
      <h1 className="sr-only">{t('desk.agent')}</h1>
      <InHeader>
        <LiveMark status={live} />
        {state.agent && <Presence agent={state.agent} onState={(agent) => dispatch({ type: 'agent', state: agent })} />}
      </InHeader>
      {live === 'lost' && <LostBanner />}
      <div className={css.columns}>
        <section className={css.left} aria-label={t('work.title')}>
          <div className={css.leftHead}>
            <h2 className="grow">{t('work.title')}</h2>
            <Button size="compact-md" variant="light" leftSection={<Icon name="plus" size={15} />} onClick={() => setReach({ channel: 'voice', to: '' })} data-testid="new-outbound">{t('dial.new')}</Button>
          </div>
          <WorkList
            work={state.work} active={looked ? null : state.active} unread={state.unread}
            onSelect={(id) => { dispatch({ type: 'select', id }); setLooking(null); setPane('talk'); }}
          />
          <Shortcuts />
        </section>
        <div className={css.middle}>
          {state.offers.map((each, index) => (
            <OfferCard key={each.id} offer={each} first={index === 0} looking={looking === each.id} onLook={() => { setLooking(each.id); setPane('customer'); }} />
          ))}
          {active ? <Workspace key={active.id} interaction={active} /> : state.agent === null ? <Waiting /> : !offer && <div className={css.idle}><Idle agent={state.agent} onState={(agent) => dispatch({ type: 'agent', state: agent })} /></div>}
        </div>
        <aside className={css.right} aria-label={t('customer.card')}>
          {shown ? (
            <CustomerPane key={shown.customer} card={shown.customer_card} address={shown.address} version={version} onCard={(card) => dispatch({ type: 'customer', card })} onReach={onReach} />
          ) : (
            <Empty icon="person" title={t('customer.none')}>{t('customer.none_note')}</Empty>
          )}
        </aside>
      </div>
      <nav className={css.tabs} aria-label={t('work.panes')}>
        {(['work', 'talk', 'customer'] as const).map((each) => (
          <button key={each} type="button" aria-current={pane === each ? 'true' : undefined} onClick={() => setPane(each)} data-testid={`pane-${each}`}>
            <Icon name={each === 'work' ? 'inbox' : each === 'talk' ? 'message' : 'person'} />
            <span>{t(`work.pane.${each}`)}</span>
            {each === 'work' && state.unread.length > 0 && <span className={css.unread} />}
            {each === 'talk' && offer && <span className={css.unread} />}
          </button>
        ))}
      </nav>
      {reach && <DialOut reach={reach} onClose={() => setReach(null)} onOpened={(id) => { dispatch({ type: 'select', id }); fetchDetail(id); }} />}
    </div>
  );
}

/** Alt with the physical key: layouts and the Mac's Alt letters do not matter. */
function commandOf(code: string, offer: Parameters<typeof acceptOffer>[0] | null, active: InteractionDetail | null): (() => Promise<unknown>) | null {
  if (offer && code === 'KeyA') return () => acceptOffer(offer);
  if (offer && code === 'KeyR') return () => rejectOffer(offer);
  if (active?.channel !== 'voice' || active.state === 'wrap_up') return null;
  if (code === 'KeyM') return () => toggleMute(active);
  if (code === 'KeyH') return () => toggleHold(active);
  if (code === 'KeyX') return () => hangUp(active);
  return null;
}

function Idle({ agent, onState }: { agent: AgentState; onState: (state: AgentState) => void }) {
  const { t } = useText();
  const available = async () => {
    wakeAudio();
    const reply = await api.put<AgentState | { command: string }>('/agents/me/state', { state: 'available' });
    if ('state' in reply) onState(reply);
  };
  const go = <ActionButton act={available} mt="sm" data-testid="idle-available">{t('idle.go')}</ActionButton>;
  if (agent.state === 'offline') return <Empty icon="phone" title={t('idle.offline')}><p>{t('idle.offline_note')}</p>{go}</Empty>;
  if (agent.state === 'away' && agent.reason === 'no_answer') return <Empty icon="bell" title={t('idle.missed')}><p>{t('idle.missed_note')}</p>{go}</Empty>;
  if (agent.state === 'away') return <Empty icon="clock" title={t('idle.away')}><p>{t('idle.away_note')}</p>{go}</Empty>;
  return <Empty icon="check" title={t('idle.ready')}><p>{t('idle.ready_note')}</p></Empty>;
}

function Shortcuts() {
  const { t } = useText();
  const keys = [['A', t('offer.accept')], ['R', t('offer.reject')], ['M', t('call.mute')], ['H', t('call.hold')], ['X', t('call.hang_up')]] as const;
  return (
    <dl className={css.shortcuts} aria-label={t('work.keys')}>
      {keys.map(([key, text]) => (
        <div key={key}><dt><kbd className={css.key}>Alt {key}</kbd></dt><dd>{text}</dd></div>
      ))}
    </dl>
  );
}
