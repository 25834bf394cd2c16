/** What the agent's desk knows: a fold of the live frames. Pure; the page adds the calls. */
import type { Frame } from '../api/live.ts';
import type { AgentState, CustomerCard, EventInfo, InteractionDetail, InteractionInfo, Offer } from '../api/types.ts';

export interface DeskState {
  agent: AgentState | null;
  /** Pending offers, oldest first. */
  offers: Offer[];
  /** The agent's own interactions, in order of arrival. */
  work: InteractionDetail[];
  /** The interaction being worked on. */
  active: string | null;
  /** Assigned to this agent, but its detail has not come yet: the page asks for it. */
  missing: string[];
  /** Interactions with something new since they were last looked at. */
  unread: string[];
}

export const EMPTY: DeskState = { agent: null, offers: [], work: [], active: null, missing: [], unread: [] };

export type Change =
  | { type: 'frame'; frame: Frame }
  | { type: 'arrived'; detail: InteractionDetail }
  | { type: 'select'; id: string | null }
  | { type: 'agent'; state: AgentState }
  | { type: 'customer'; card: CustomerCard };

export function change(state: DeskState, by: Change): DeskState {
  switch (by.type) {
    case 'frame':
      return onFrame(state, by.frame);
    case 'arrived':
      return arrive(state, by.detail);
    case 'select':
      return { ...state, active: by.id, unread: state.unread.filter((id) => id !== by.id) };
    case 'agent':
      return { ...state, agent: by.state };
    case 'customer':
      return withCard(state, by.card);
  }
}

function onFrame(state: DeskState, frame: Frame): DeskState {
  if (frame.topic !== 'me') return state;
  switch (frame.type) {
    case 'snapshot': {
      const work = frame.data.interactions.filter((each) => each.state !== 'closed');
      const kept = work.some((each) => each.id === state.active);
      return {
        agent: frame.data.state,
        offers: frame.data.offers.filter((offer) => offer.state === 'pending'),
        work,
        active: kept ? state.active : (work[0]?.id ?? null),
        missing: [],
        unread: state.unread.filter((id) => work.some((each) => each.id === id)),
      };
    }
    case 'state':
      return { ...state, agent: frame.data };
    case 'offer':
      return onOffer(state, frame.data);
    case 'event':
      return onEvent(state, frame.data.interaction, frame.data.event);
    case 'customer':
      return withCard(state, frame.data);
  }
}

function onOffer(state: DeskState, offer: Offer): DeskState {
  const others = state.offers.filter((each) => each.id !== offer.id);
  if (offer.state === 'pending') return { ...state, offers: [...others, offer] };
  const gone = { ...state, offers: others };
  if (offer.state !== 'accepted') return gone;
  // The offer carries the whole interaction, so the desk opens it without asking again.
  return arrive(gone, { ...offer.interaction, state: 'assigned' });
}

function arrive(state: DeskState, detail: InteractionDetail): DeskState {
  const missing = state.missing.filter((id) => id !== detail.id);
  if (detail.state === 'closed') return { ...state, missing };
  const known = state.work.find((each) => each.id === detail.id);
  if (known) {
    // What the socket brought meanwhile may be newer than the answer of a request.
    const newer = lastSeq(known) > lastSeq(detail) ? known : detail;
    const events = mergeEvents(detail.events, known.events);
    return { ...state, missing, work: state.work.map((each) => (each === known ? { ...newer, events } : each)) };
  }
  const active = state.active ?? detail.id;
  // A call is what one must talk in now; a text or mail waits until it is chosen.
  const takesOver = detail.channel === 'voice' || active === detail.id;
  return {
    ...state, missing, work: [...state.work, detail], active: takesOver ? detail.id : active,
    unread: takesOver ? state.unread : [...state.unread, detail.id],
  };
}

function onEvent(state: DeskState, info: InteractionInfo, event: EventInfo): DeskState {
  const known = state.work.find((each) => each.id === info.id);
  const mine = state.agent === null || info.agent === state.agent.agent;
  if (known && (info.state === 'closed' || !mine)) return remove(state, info.id);
  if (!known) {
    const offers = state.offers.map((offer) =>
      offer.interaction.id === info.id
        ? { ...offer, interaction: { ...offer.interaction, ...info, events: mergeEvents(offer.interaction.events, [event]) } }
        : offer,
    );
    const wanted = mine && (info.state === 'assigned' || info.state === 'wrap_up');
    const missing = wanted && !state.missing.includes(info.id) ? [...state.missing, info.id] : state.missing;
    return { ...state, offers, missing };
  }
  const work = state.work.map((each) => (each === known ? { ...each, ...info, events: mergeEvents(each.events, [event]) } : each));
  const news = info.id !== state.active && (event.kind === 'message_received' || event.kind === 'caption');
  const unread = news && !state.unread.includes(info.id) ? [...state.unread, info.id] : state.unread;
  return { ...state, work, unread };
}

function remove(state: DeskState, id: string): DeskState {
  const work = state.work.filter((each) => each.id !== id);
  const active = state.active === id ? (work[0]?.id ?? null) : state.active;
  return { ...state, work, active, unread: state.unread.filter((each) => each !== id && each !== active) };
}

function withCard(state: DeskState, card: CustomerCard): DeskState {
  const update = <T extends InteractionDetail>(each: T): T =>
    each.customer_card.id === card.id ? { ...each, customer_card: card } : each;
  return {
    ...state,
    work: state.work.map(update),
    offers: state.offers.map((offer) => ({ ...offer, interaction: update(offer.interaction) })),
  };
}

function lastSeq(detail: InteractionDetail): number {
  return detail.events.at(-1)?.seq ?? 0;
}

/** Both lists by `seq`, each entry once. */
export function mergeEvents(one: EventInfo[], other: EventInfo[]): EventInfo[] {
  const bySeq = new Map(one.map((event) => [event.seq, event]));
  for (const event of other) if (!bySeq.has(event.seq)) bySeq.set(event.seq, event);
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}
