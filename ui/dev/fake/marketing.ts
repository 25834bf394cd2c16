/** The marketer's half of the fake: one campaign of each kind, one of them running. */
import type { WebSocket } from 'ws';
import type { CampaignIn, CampaignInfo, DeliveryInfo, FieldInfo, SegmentInfo, TemplateInfo, TemplateProblem, Values } from '../../src/api/types.ts';
import { ago, CUSTOMERS, id, MAIL, SMS } from './data.ts';
import type { FakeFloor } from './floor.ts';

const FIELDS: FieldInfo[] = [
  { name: 'name', kind: 'text', values: [] }, { name: 'language', kind: 'text', values: ['en', 'zh-CN'] },
  { name: 'attributes.Churn', kind: 'text', values: ['Yes', 'No'] }, { name: 'attributes.Contract', kind: 'text', values: ['Month-to-month', 'One year', 'Two year'] },
  { name: 'attributes.tenure', kind: 'number', values: [] }, { name: 'attributes.MonthlyCharges', kind: 'number', values: [] },
  { name: 'attributes.InternetService', kind: 'text', values: ['Fiber optic', 'DSL', 'No'] }, { name: 'attributes.contract_ends', kind: 'date', values: [] },
  { name: 'attributes.SeniorCitizen', kind: 'bool', values: [] }, { name: 'attributes.PaymentMethod', kind: 'text', values: ['Bank transfer', 'Credit card', 'Electronic check', 'Mailed check'] },
];

const sample = CUSTOMERS.map(({ id: one, name, language, attributes }) => ({ id: one, name, language, attributes: { Contract: attributes.Contract, tenure: attributes.tenure, MonthlyCharges: attributes.MonthlyCharges } as Values }));

export class Marketing {
  segments: SegmentInfo[] = [
    { id: id(), name: 'Win back those who left', version: 1, rule: { and: [{ field: 'attributes.Churn', equals: 'Yes' }] } },
    { id: id(), name: 'Long contracts about to end', version: 3, rule: { and: [{ field: 'attributes.Contract', in: ['One year', 'Two year'] }, { field: 'attributes.contract_ends', at_most: '2026-12-31', kind: 'date' }, { or: [{ field: 'attributes.tenure', at_least: 24 }, { field: 'attributes.MonthlyCharges', greater: 80 }] }] } },
  ];
  templates: TemplateInfo[] = [
    { id: id(), name: 'Win back, mail', channel: 'email', version: 2, variables: ['name', 'attributes.Contract'], problems: [], bodies: [
      { language: 'en', subject: 'We would like you back, {{ name }}', text: 'Dear {{ name }},\n\nyou left us some time ago. Come back before 31 December and the first three months are free.\n\nYour Telco', html: '<p>Dear {{ name }},</p><p>you left us some time ago. Come back before <b>31 December</b> and the first three months are free.</p><p>Your Telco</p>' },
      { language: 'zh-CN', subject: '{{ name }}，欢迎您回来', text: '尊敬的{{ name }}：\n\n12月31日前回来，前三个月免费。\n\n您的电信', html: '' } ] },
    { id: id(), name: 'Win back, text', channel: 'sms', version: 1, variables: ['name'], problems: [], bodies: [
      { language: 'en', subject: '', text: 'Telco: {{ name }}, come back before 31 Dec and the first 3 months are free. Reply STOP to end.', html: '' },
      { language: 'zh-CN', subject: '', text: '【电信】{{ name }}，12月31日前回来，前三个月免费。回复退订停止接收。', html: '' } ] },
  ];
  campaigns: CampaignInfo[] = [];
  private watchers = new Map<WebSocket, string[]>();
  private n = 1000;

  constructor(readonly floor: FakeFloor) {
    const base = (name: string, more: Partial<CampaignInfo>): CampaignInfo => ({
      id: id(), name, state: 'draft', segment: this.segments[0]!.id, segment_name: this.segments[0]!.name, purpose: 'marketing', holdout: 0.05, rate_per_min: null, ignore_quiet_hours: false,
      channels: [{ channel: 'email', template: this.templates[0]!.id, line: MAIL, share: 0.5 }, { channel: 'sms', template: this.templates[1]!.id, line: SMS, share: 0.5 }],
      starts_at: null, started_at: null, finished_at: null, counts: {}, total: 0, reasons: {}, rate_now_per_min: null, time_left_s: null, needs_answer: false, ...more,
    });
    this.campaigns = [
      base('Win back, autumn', { state: 'running', started_at: ago(6), total: 1869, counts: { delivered: 902, sent: 41, handing_over: 6, queued: 512, waiting_until: 287, bounced: 9, in_doubt: 2, skipped: 17, held_out: 93 }, reasons: { quiet_hours: 287, opted_out: 11, no_address: 4, same_address: 2 }, rate_now_per_min: 168, time_left_s: 312 }),
      base('Contract renewal, November', { state: 'scheduled', starts_at: ago(-60 * 20), segment: this.segments[1]!.id, segment_name: this.segments[1]!.name }),
      base('Known fault, west side', { state: 'scheduled', needs_answer: true, starts_at: ago(95), purpose: 'service', holdout: 0 }),
      base('Survey after repair', { state: 'finished', started_at: ago(60 * 50), finished_at: ago(60 * 49), total: 412, counts: { delivered: 398, bounced: 4, skipped: 10 }, reasons: { no_address: 10 } }),
      base('Christmas greeting', {}),
    ];
    setInterval(() => this.tick(), 1000).unref();
  }

  private tick(): void {
    for (const each of this.campaigns) {
      if (each.state !== 'running') continue;
      const c = each.counts;
      const take = Math.min(3, c.queued ?? 0);
      each.counts = { ...c, queued: (c.queued ?? 0) - take, sent: (c.sent ?? 0) + take - Math.min(2, c.sent ?? 0), delivered: (c.delivered ?? 0) + Math.min(2, c.sent ?? 0) };
      each.time_left_s = Math.max(0, ((c.queued ?? 0) / 168) * 60);
      this.cast(each);
    }
  }

  private cast(campaign: CampaignInfo): void {
    for (const [socket, topics] of this.watchers) if (topics.includes(`campaign:${campaign.id}`)) socket.send(JSON.stringify({ n: ++this.n, type: 'campaign', topic: `campaign:${campaign.id}`, data: campaign }));
  }

  open(socket: WebSocket, topics: string[]): void {
    this.watchers.set(socket, topics);
    socket.on('close', () => this.watchers.delete(socket));
    for (const each of this.campaigns) if (topics.includes(`campaign:${each.id}`)) socket.send(JSON.stringify({ n: ++this.n, type: 'snapshot', topic: `campaign:${each.id}`, data: each }));
  }

  answer(method: string, path: string[], url: URL, body: Values): { status?: number; body: unknown } | null {
    const [first, second, third] = path;
    if (first === 'fields') return { body: { items: FIELDS } };
    if (first === 'segments' && second === 'preview') return { body: { count: 400 + (JSON.stringify(body).length * 37) % 3000, sample } };
    if (first === 'segments') return method === 'POST' ? this.keep(this.segments, { ...(body as unknown as SegmentInfo), version: 1 }) : { body: { items: this.segments } };
    if (first === 'templates' && second === 'lint') return { body: { problems: lint(body as unknown as TemplateInfo), variables: [] } };
    if (first === 'templates') return method === 'GET' ? { body: { items: this.templates } } : this.keep(this.templates, { ...(body as unknown as TemplateInfo), id: second ?? '', version: 2, variables: [], problems: [] });
    if (first !== 'campaigns') return null;
    if (!second) return method === 'POST' ? this.keep(this.campaigns, this.made(body as unknown as CampaignIn)) : { body: { items: this.campaigns, next: null } };
    const campaign = this.campaigns.find((each) => each.id === second);
    if (!campaign) return null;
    return this.one(method, campaign, third, url, body);
  }

  private one(method: string, campaign: CampaignInfo, part: string | undefined, url: URL, body: Values): { status?: number; body: unknown } {
    const change = (values: Partial<CampaignInfo>) => {
      Object.assign(campaign, values);
      this.cast(campaign);
      return { body: campaign };
    };
    switch (part) {
      case 'plan':
        return { body: { audience: 1869, by_channel: { email: 927, sms: 849 }, skipped: { opted_out: 2, no_address: 4 }, held_out: 93, by_language: { en: 1402, 'zh-CN': 467 }, segments_per_sms: 1.3, cost: '61.44 EUR', problems: [] } };
      case 'preview':
        return { body: { items: this.previews(campaign, url.searchParams.get('customer')) } };
      case 'deliveries':
        return { body: { items: this.deliveries(url), next: 'more' } };
      case 'why': {
        const card = CUSTOMERS.find((each) => each.id === url.searchParams.get('customer'));
        return { body: { customer: card ? { id: card.id, name: card.name, language: card.language, attributes: {} } : null, in_segment: true, sentence: `${card?.name} was in the segment, but nothing was sent: the customer wrote STOP to ${SMS} on 3 June.`, clause: 'attributes.Churn equals Yes', deliveries: this.deliveries(url).slice(3, 4) } };
      }
      case 'pause':
        return change({ state: 'paused', rate_now_per_min: 0 });
      case 'resume':
        return change({ state: 'running', rate_now_per_min: 168 });
      case 'cancel':
        return change({ state: 'cancelled' });
      case 'schedule':
        return change({ state: 'scheduled', starts_at: (body.at as string | null) ?? new Date().toISOString() });
      case 'answer':
        return change({ needs_answer: false, state: body.answer === 'cancel' ? 'cancelled' : 'running' });
      case 'test-send':
        return { body: { done: true } };
      default:
        return method === 'PUT' ? change(this.made(body as unknown as CampaignIn, campaign)) : { body: campaign };
    }
  }

  private made(wanted: CampaignIn, campaign?: CampaignInfo): CampaignInfo {
    const base = campaign ?? { id: '', state: 'draft' as const, starts_at: null, started_at: null, finished_at: null, counts: {}, total: 0, reasons: {}, rate_now_per_min: null, time_left_s: null, needs_answer: false };
    return { ...base, ...wanted, segment_name: this.segments.find((each) => each.id === wanted.segment)?.name ?? '' };
  }

  private keep<T extends { id: string }>(list: T[], item: T): { body: T } {
    const at = list.findIndex((each) => each.id === item.id);
    const kept = { ...item, id: item.id || id() };
    if (at < 0) list.unshift(kept);
    else list[at] = kept;
    return { body: kept };
  }

  private previews(campaign: CampaignInfo, only: string | null): unknown[] {
    return campaign.channels.flatMap((way) => {
      const template = this.templates.find((each) => each.id === way.template);
      return sample.filter((each) => only === null || each.id === only).slice(0, 2).map((customer) => {
        const text = template?.bodies.find((each) => each.language === customer.language) ?? template?.bodies[0];
        const fill = (source = '') => source.replace(/{{ name }}/g, customer.name);
        return { customer, channel: way.channel, language: text?.language ?? 'en', subject: fill(text?.subject), text: fill(text?.text), html: fill(text?.html), problems: [] };
      });
    });
  }

  private deliveries(url: URL): DeliveryInfo[] {
    const outcomes: [string, string | null][] = [['delivered', null], ['delivered', null], ['waiting_until', 'quiet_hours'], ['skipped', 'opted_out'], ['bounced', 'userunknown'], ['sent', null], ['in_doubt', null], ['held_out', null]];
    return outcomes.map(([outcome, reason], index) => {
      const card = CUSTOMERS[index % 5]!;
      const channel = index % 2 ? 'sms' : 'email';
      return { id: id(), customer: card.id, customer_name: card.name, channel, address: card.addresses[channel === 'sms' ? 0 : 1]?.value ?? '', outcome, reason, until: reason === 'quiet_hours' ? ago(-720) : null, message: null, at: ago(index + 1) };
    }).filter((each) => (!url.searchParams.get('outcome') || each.outcome === url.searchParams.get('outcome')) && (!url.searchParams.get('reason') || each.reason === url.searchParams.get('reason')));
  }
}

function lint(template: TemplateInfo): TemplateProblem[] {
  const known = new Set(FIELDS.map((each) => each.name));
  return template.bodies.flatMap((body) => (['subject', 'text', 'html'] as const).flatMap((part) =>
    body[part].split('\n').flatMap((line, row) => [...line.matchAll(/{{\s*([\w.]+)[^}]*}}/g)].filter((match) => !known.has(match[1] ?? '')).map((match): TemplateProblem => ({ language: body.language, part, line: row + 1, column: match.index + 1, message: `unknown variable ${match[1]}`, severity: 'error' }))),
  ));
}
