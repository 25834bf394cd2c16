/** The agent's floor of the fake: offers, calls and messages, one agent, everything at once. */
import type { WebSocket } from 'ws';
import type { AgentState, CustomerCard, FloorInfo, InteractionDetail, Offer, TimelineItem, Values } from '../../src/api/types.ts';
import { ago, CUSTOMERS, event, id, interaction, past } from './data.ts';

const AGENT = id();
const NAME = 'Mei Lin';

export class FakeFloor {
  state: AgentState = { agent: AGENT, name: NAME, state: 'offline', reason: null, next_state: null, since: ago(12), capacity: { voice: 1, sms: 3, email: 5 }, load: { voice: 0, sms: 0, email: 0 } };
  work: InteractionDetail[] = [];
  offers: Offer[] = [];
  waiting: InteractionDetail[] = [];
  history = new Map<string, TimelineItem[]>();
  watchers = new Map<WebSocket, string[]>();
  /** Told what happens to an interaction: the handset of its customer listens. */
  onEvent: (detail: InteractionDetail, kind: string, content: Values | null) => void = () => undefined;
  private n = 100;
  private today = { answered: 41, abandoned: 2, offered: 44 };

  /** `frames` since `after` are not kept: a resumed socket gets a snapshot, which the protocol allows. */
  open(socket: WebSocket, topics: string[]): void {
    this.watchers.set(socket, topics);
    socket.on('close', () => this.watchers.delete(socket));
    if (topics.includes('me')) this.tell(socket, 'snapshot', 'me', { state: this.state, offers: this.offers, interactions: this.work, at: new Date().toISOString() });
    if (topics.includes('floor')) this.tell(socket, 'snapshot', 'floor', this.floor());
  }

  tell(socket: WebSocket, type: string, topic: string, data: unknown): void {
    socket.send(JSON.stringify({ n: ++this.n, type, topic, data }));
  }

  cast(type: string, topic: string, data: unknown): void {
    this.n += 1;
    const text = JSON.stringify({ n: this.n, type, topic, data });
    for (const [socket, topics] of this.watchers) if (topics.includes(topic)) socket.send(text);
    if (topic === 'me') {
      const floor = JSON.stringify({ n: ++this.n, type: 'floor', topic: 'floor', data: this.floor() });
      for (const [socket, topics] of this.watchers) if (topics.includes('floor')) socket.send(floor);
    }
  }

  setState(state: AgentState['state'], reason: string | null = null): AgentState {
    this.state = { ...this.state, state, reason, since: new Date().toISOString() };
    this.cast('state', 'me', this.state);
    if (state === 'available') this.match();
    return this.state;
  }

  timeline(customer: string): TimelineItem[] {
    const card = this.card(customer);
    if (!this.history.has(customer)) this.history.set(customer, card && !card.is_new ? past(card) : []);
    const open = this.work.filter((each) => each.customer === customer).map((each) => ({ interaction: each, summary: this.summary(each), messages: each.events.filter((one) => one.kind.startsWith('message_') && one.content) }));
    return [...open.reverse(), ...this.history.get(customer)!];
  }

  card(customer: string): CustomerCard | undefined {
    return CUSTOMERS.find((each) => each.id === customer);
  }

  byAddress(address: string): CustomerCard {
    const known = CUSTOMERS.find((each) => each.addresses.some((one) => one.value === address));
    if (known) return known;
    const made: CustomerCard = {
      id: id(), external_id: null, name: '', language: 'en', time_zone: null, is_new: true, tags: [], attributes: {}, created_at: new Date().toISOString(),
      addresses: [{ id: id(), kind: address.includes('@') ? 'email' : 'phone', value: address, raw: address, suppressed: [] }],
    };
    CUSTOMERS.push(made);
    return made;
  }

  start(card: CustomerCard, channel: InteractionDetail['channel'], values: Partial<InteractionDetail> = {}): InteractionDetail {
    const info = interaction(card, channel, values);
    const detail: InteractionDetail = { ...info, customer_card: card, events: [] };
    this.add(detail, 'opened', 'customer', { channel });
    return detail;
  }

  add(detail: InteractionDetail, kind: string, actor: string, data: Values = {}, content: Values | null = null, change: Partial<InteractionDetail> = {}): void {
    Object.assign(detail, change);
    const made = event(detail.id, detail.events.length + 1, kind, actor, data, content, undefined, actor.startsWith('agent') ? NAME : null);
    detail.events = [...detail.events, made];
    const { customer_card, events, ...info } = detail;
    void customer_card;
    void events;
    this.cast('event', 'me', { interaction: info, event: made });
    this.onEvent(detail, kind, content);
  }

  queue(detail: InteractionDetail, queue: string): void {
    this.add(detail, 'queued', 'menu', { queue }, null, { state: 'waiting', queue });
    this.waiting.push(detail);
    this.match();
  }

  match(): void {
    const next = this.waiting.find((each) => this.state.state === 'available' || (this.state.state === 'busy' && each.channel !== 'voice'));
    if (!next || this.offers.length > 0) return;
    const now = Date.now();
    const offer: Offer = {
      id: id(), interaction: next, queue: next.queue!, offered_at: new Date(now).toISOString(), expires_at: new Date(now + 20_000).toISOString(),
      waited_s: (now - Date.parse(next.events.findLast((each) => each.kind === 'queued')!.at)) / 1000, state: 'pending', callback: false,
    };
    this.waiting = this.waiting.filter((each) => each !== next);
    this.offers = [offer];
    this.add(next, 'offered', 'router', { reservation: offer.id, agent: AGENT }, null, { state: 'offered' });
    this.cast('offer', 'me', offer);
    if (this.state.state === 'available') this.setState('reserved');
    setTimeout(() => {
      if (offer.state === 'pending') this.end(offer, 'expired');
    }, 20_000);
  }

  end(offer: Offer, state: Offer['state']): void {
    offer.state = state;
    this.offers = [];
    const detail = offer.interaction;
    if (state === 'accepted') {
      this.work.push(detail);
      this.load(detail.channel, 1);
      this.add(detail, 'accepted', `agent:${AGENT}`, { reservation: offer.id, agent: AGENT }, null, { state: 'assigned', agent: AGENT, agent_name: NAME });
      this.cast('offer', 'me', offer);
      this.setState('busy');
      if (detail.channel === 'voice') setTimeout(() => this.add(detail, 'connected', 'carrier', { agent: AGENT }, null, { connected: true, answered_at: new Date().toISOString() }), 350);
      return;
    }
    this.add(detail, state, `agent:${AGENT}`, { reservation: offer.id, agent: AGENT }, null, { state: state === 'withdrawn' ? 'closed' : 'waiting' });
    this.cast('offer', 'me', offer);
    if (state === 'withdrawn') this.setState('available');
    else {
      this.waiting.push(detail);
      this.setState('away', state === 'expired' ? 'no_answer' : 'break');
    }
  }

  private load(channel: string, by: number): void {
    this.state = { ...this.state, load: { ...this.state.load, [channel]: (this.state.load[channel] ?? 0) + by } };
  }

  find(interactionId: string): InteractionDetail | undefined {
    return [...this.work, ...this.waiting, ...this.offers.map((each) => each.interaction)].find((each) => each.id === interactionId);
  }

  command(detail: InteractionDetail, verb: string, body: Values): unknown {
    const me = `agent:${AGENT}`;
    const change = { hold: { on_hold: true }, resume: { on_hold: false }, mute: { muted: true }, unmute: { muted: false } }[verb];
    if (change) this.add(detail, { hold: 'held', resume: 'resumed', mute: 'muted', unmute: 'unmuted' }[verb]!, me, {}, null, change);
    else if (verb === 'say') this.add(detail, 'caption', me, { party: 'agent' }, { text: body.text });
    else if (verb === 'hang-up') this.callEnded(detail);
    else if (verb === 'messages') return this.write(detail, body);
    else if (verb === 'wrap-up') this.wrapUp(detail, body);
    return { done: true };
  }

  private write(detail: InteractionDetail, body: Values): unknown {
    const message = id();
    this.add(detail, 'message_queued', `agent:${AGENT}`, { message }, { text: body.text, subject: body.subject ?? '' });
    const later = (state: string, ms: number) => setTimeout(() => this.add(detail, 'message_state', 'carrier', { message, state }), ms);
    later('sent', 400);
    later('delivered', 1500);
    return { message, state: 'queued' };
  }

  callEnded(detail: InteractionDetail): void {
    const offer = this.offers.find((each) => each.interaction === detail);
    if (offer) return this.end(offer, 'withdrawn');
    this.waiting = this.waiting.filter((each) => each !== detail);
    if (!this.work.includes(detail) || detail.state === 'wrap_up') return;
    this.add(detail, 'leg_ended', 'carrier', { party: 'customer' }, null, { connected: false, on_hold: false, muted: false });
    this.add(detail, 'wrap_up_started', 'system', { agent: AGENT, until: new Date(Date.now() + 90_000).toISOString() }, null, { state: 'wrap_up' });
    this.setState('wrap_up');
  }

  private wrapUp(detail: InteractionDetail, body: Values): void {
    this.work = this.work.filter((each) => each !== detail);
    this.load(detail.channel, -1);
    const first = this.summary(detail);
    this.history.set(detail.customer, [{ interaction: { ...detail, state: 'closed', disposition: String(body.disposition), closed_at: new Date().toISOString() }, summary: String(body.note || first), messages: detail.events.filter((each) => each.kind === 'message_received' || each.kind === 'message_queued') }, ...(this.history.get(detail.customer) ?? past(detail.customer_card))]);
    this.add(detail, 'wrapped_up', `agent:${AGENT}`, { disposition: body.disposition }, null, { disposition: String(body.disposition) });
    this.add(detail, 'closed', 'system', {}, null, { state: 'closed' });
    this.today.answered += 1;
    this.setState(this.work.length > 0 ? 'busy' : 'available');
  }

  private summary(detail: InteractionDetail): string {
    const said = detail.events.find((each) => each.content?.text && each.actor === 'customer');
    return String(said?.content?.text ?? '');
  }

  floor(): FloorInfo {
    const row = (name: string, more: Partial<FloorInfo['queues'][0]>) => ({ name, waiting: 0, longest_wait_s: 0, offered: 0, moved_in: 0, answered: 0, abandoned: 0, service_level: null, target_s: 20, agents_available: 0, closed: false, closed_reason: null, ...more });
    const agent = (name: string, state: AgentState['state'], minutes: number, more: Partial<AgentState> = {}): AgentState => ({ agent: id(), name, state, reason: null, next_state: null, since: ago(minutes), capacity: { voice: 1, sms: 3, email: 5 }, load: { voice: 0, sms: 0, email: 0 }, ...more });
    const wait = (channel: 'voice' | 'sms' | 'email', index: number, seconds: number, queue: string) => ({ interaction: id(), queue, channel, customer: CUSTOMERS[index]!.id, customer_name: CUSTOMERS[index]!.name, waited_s: seconds, state: 'waiting', callback: false, due_at: null });
    return {
      at: new Date().toISOString(),
      queues: [
        row('billing-zh', { waiting: 3, longest_wait_s: 74, offered: 128, answered: 119, abandoned: 6, service_level: 0.71, agents_available: 0 }),
        row('billing-en', { waiting: 1, longest_wait_s: 12, ...this.today, service_level: 0.86, agents_available: 1 }),
        row('technical', { waiting: 0, offered: 63, answered: 61, abandoned: 1, service_level: 0.93, agents_available: 2 }),
        row('retention', { agents_available: 1 }),
        row('email', { waiting: 1, longest_wait_s: 1460, offered: 22, answered: 19, service_level: 0.9, target_s: 14400, agents_available: 2 }),
      ],
      agents: [
        this.state,
        agent('陈静', 'busy', 4.2, { load: { voice: 1, sms: 0, email: 0 } }), agent('Tom Baker', 'busy', 11, { load: { voice: 1, sms: 1, email: 0 }, next_state: 'away' }),
        agent('Ana Souza', 'available', 0.6), agent('Kwame Mensah', 'wrap_up', 1.1, { load: { voice: 1, sms: 0, email: 0 } }),
        agent('刘洋', 'away', 17, { reason: 'meal' }), agent('Sofia Rossi', 'available', 2.4, { load: { voice: 0, sms: 2, email: 1 } }), agent('Ben Carter', 'offline', 190),
      ],
      waiting: [wait('voice', 0, 74, 'billing-zh'), wait('voice', 3, 41, 'billing-zh'), wait('sms', 0, 33, 'billing-zh'), wait('voice', 1, 12, 'billing-en'), wait('email', 4, 1460, 'email')],
      calls_in_menu: 4, emergencies: [],
    };
  }
}
