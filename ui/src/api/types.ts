/**
 * The shapes of `/api/v1` under the names the desks use. They are generated from our OpenAPI document
 * (`npm run types`), so a changed field breaks the build. Times are RFC 3339, durations seconds.
 */
import type { components } from './openapi.ts';

type Shapes = components['schemas'];

export type Values = Record<string, unknown>;
export type Channel = InteractionInfo['channel'];
export type Role = Account['role'];
export type AgentStateName = AgentState['state'];

export type ProblemBody = Shapes['Problem'];
export type Account = Shapes['Account'];
export type AccountInfo = Shapes['AccountInfo'];
export type CodeText = Shapes['CodeText'];
export type LineInfo = Shapes['LineInfo'];
export type Session = Shapes['Session'];
export type AddressInfo = Shapes['AddressInfo'];
export type CustomerCard = Shapes['CustomerCard'];
export type EventInfo = Shapes['EventInfo'];
export type InteractionInfo = Shapes['InteractionInfo'];
export type InteractionDetail = Shapes['InteractionDetail'];
export type TimelineItem = Shapes['TimelineItem'];
export type AgentState = Shapes['AgentState'];
export type Offer = Shapes['Offer'];
export type MessageSent = Shapes['MessageSent'];
export type QueueInfo = Shapes['QueueInfo'];
export type QueueRow = Shapes['QueueRow'];
export type WaitingRow = Shapes['WaitingRow'];
export type FloorInfo = Shapes['FloorInfo'];

/** Every list of the API. */
export interface Page<T> {
  items: T[];
  next?: string | null;
}

// Segments, templates, campaigns

export type Rule = Values;
export type SegmentInfo = Shapes['SegmentInfo'];
export type SampleCustomer = Shapes['SampleCustomer'];
export type SegmentPreview = Shapes['SegmentPreview'];
export type FieldInfo = Shapes['FieldInfo'];
export type TemplateBody = Shapes['TemplateBodyOut'];
export type TemplateProblem = Shapes['TemplateProblem'];
export type TemplateIn = Shapes['TemplateIn'];
export type TemplateInfo = Shapes['TemplateInfo'];
export type TemplateLint = Shapes['TemplateLint'];


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
