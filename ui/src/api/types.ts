/** The shapes of `/api/v1`, as in `contactcenter/web/shapes`. Times are RFC 3339, durations seconds. */

export type Channel = 'voice' | 'sms' | 'email';
export type Role = 'agent' | 'supervisor' | 'marketer' | 'administrator';
export type AgentStateName = 'offline' | 'available' | 'reserved' | 'busy' | 'wrap_up' | 'away';
export type Values = Record<string, unknown>;

export interface ProblemBody {
  title: string;
  status: number;
  detail: string;
  code: string;
  hint?: string | null;
  request_id?: string;
  errors?: { where: string; what: string }[];
}

export interface Account {
  id: string;
  name: string;
  display_name: string;
  role: Role;
  language: string;
}

export interface CodeText {
  code: string;
  text: string;
}

export interface LineInfo {
  address: string;
  channel: Channel;
  provider: string;
  name: string;
}

export interface Session {
  account: Account;
  csrf: string;
  dispositions: CodeText[];
  away_reasons: CodeText[];
  lines: LineInfo[];
}

export interface AddressInfo {
  id: string;
  kind: 'phone' | 'email';
  value: string;
  raw: string;
  suppressed: string[];
}

export interface CustomerCard {
  id: string;
  external_id: string | null;
  name: string;
  language: string;
  time_zone: string | null;
  is_new: boolean;
  tags: string[];
  attributes: Values;
  addresses: AddressInfo[];
  created_at: string;
}

export interface Page<T> {
  items: T[];
  next?: string | null;
}

export interface EventInfo {
  id: string;
  interaction: string;
  seq: number;
  kind: string;
  at: string;
  actor: string;
  actor_name?: string | null;
  data: Values;
  content?: Values | null;
}

export interface InteractionInfo {
  id: string;
  customer: string;
  thread: string;
  channel: Channel;
  direction: 'inbound' | 'outbound';
  line: string;
  address: string;
  state: 'open' | 'in_menu' | 'waiting' | 'offered' | 'assigned' | 'wrap_up' | 'closed';
  queue: string | null;
  agent: string | null;
  agent_name?: string | null;
  subject?: string | null;
  disposition: string | null;
  opened_at: string;
  answered_at: string | null;
  closed_at: string | null;
  on_hold: boolean;
  muted: boolean;
  connected: boolean;
}

export interface InteractionDetail extends InteractionInfo {
  customer_card: CustomerCard;
  events: EventInfo[];
}

export interface TimelineItem {
  interaction: InteractionInfo;
  summary: string;
  messages: EventInfo[];
}

export interface AgentState {
  agent: string;
  name: string;
  state: AgentStateName;
  reason?: string | null;
  since: string;
  next_state?: string | null;
  capacity: Record<string, number>;
  load: Record<string, number>;
}

export interface Offer {
  id: string;
  interaction: InteractionDetail;
  queue: string;
  offered_at: string;
  expires_at: string;
  waited_s: number;
  state: 'pending' | 'accepted' | 'rejected' | 'expired' | 'withdrawn' | 'completed';
}

export interface MessageSent {
  message: string;
  state: string;
}

export interface QueueRow {
  name: string;
  waiting: number;
  longest_wait_s: number;
  offered: number;
  answered: number;
  abandoned: number;
  service_level: number | null;
  target_s: number;
  agents_available: number;
}

export interface WaitingRow {
  interaction: string;
  queue: string;
  channel: Channel;
  customer: string;
  customer_name: string;
  waited_s: number;
  state: string;
}

export interface FloorInfo {
  at: string;
  queues: QueueRow[];
  agents: AgentState[];
  waiting: WaitingRow[];
  calls_in_menu: number;
}

// Segments, templates, campaigns

export type Rule = Values;

export interface SegmentInfo {
  id: string;
  name: string;
  rule: Rule;
  version: number;
}

export interface SampleCustomer {
  id: string;
  name: string;
  language: string;
  attributes: Values;
}

export interface SegmentPreview {
  count: number;
  sample: SampleCustomer[];
}

export interface FieldInfo {
  name: string;
  kind: 'text' | 'number' | 'bool' | 'date';
  values: string[];
}

export interface TemplateBody {
  language: string;
  subject: string;
  text: string;
  html: string;
}

export interface TemplateProblem {
  language: string;
  part: 'subject' | 'text' | 'html';
  line: number;
  column: number;
  message: string;
  severity: 'error' | 'warning';
}

export interface TemplateIn {
  name: string;
  channel: 'sms' | 'email';
  bodies: TemplateBody[];
}

export interface TemplateInfo extends TemplateIn {
  id: string;
  version: number;
  variables: string[];
  problems: TemplateProblem[];
}

export type CampaignState = 'draft' | 'scheduled' | 'running' | 'paused' | 'cancelled' | 'finished';
export type Purpose = 'service' | 'transactional' | 'marketing' | 'survey' | 'collection';

export interface CampaignChannel {
  channel: 'sms' | 'email';
  template: string;
  line: string;
  share: number;
}

export interface CampaignIn {
  name: string;
  segment: string;
  channels: CampaignChannel[];
  purpose: Purpose;
  holdout: number;
  rate_per_min: number | null;
  ignore_quiet_hours: boolean;
}

export interface CampaignInfo extends CampaignIn {
  id: string;
  state: CampaignState;
  segment_name: string;
  starts_at: string | null;
  started_at: string | null;
  finished_at: string | null;
  counts: Record<string, number>;
  total: number;
  reasons: Record<string, number>;
  rate_now_per_min: number | null;
  time_left_s: number | null;
  needs_answer: boolean;
}

export interface CampaignPlan {
  audience: number;
  by_channel: Record<string, number>;
  skipped: Record<string, number>;
  held_out: number;
  by_language: Record<string, number>;
  segments_per_sms: number | null;
  cost: string | null;
  problems: string[];
}

export interface Preview {
  customer: SampleCustomer;
  channel: string;
  language: string;
  subject: string;
  text: string;
  html: string;
  problems: TemplateProblem[];
}

export interface DeliveryInfo {
  id: string;
  customer: string;
  customer_name: string;
  channel: string;
  address: string;
  outcome: string;
  reason: string | null;
  until: string | null;
  message: string | null;
  at: string;
}

export interface Why {
  customer: SampleCustomer | null;
  in_segment: boolean;
  deliveries: DeliveryInfo[];
  sentence: string;
  clause?: string | null;
}
