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
export type RoutingExplanation = Shapes['RoutingExplanation'];
export type DecisionInfo = Shapes['DecisionInfo'];
export type CandidateInfo = Shapes['CandidateInfo'];
export type ReasonCount = Shapes['ReasonCount'];
export type IdleExplanation = Shapes['IdleExplanation'];

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


export type CampaignIn = Shapes['CampaignIn'];
export type CampaignChannel = Shapes['CampaignChannel'];
export type Purpose = CampaignIn['purpose'];
export type CampaignInfo = Shapes['CampaignInfo'];
export type CampaignState = CampaignInfo['state'];
export type CampaignPlan = Shapes['CampaignPlan'];
export type Preview = Shapes['Preview'];
export type DeliveryInfo = Shapes['DeliveryInfo'];
export type Why = Shapes['Why'];

// The routing configuration

export type RoutingDocument = Shapes['RoutingDocument'];
export type RoutingCheck = Shapes['RoutingCheck'];
export type RoutingChange = Shapes['RoutingChange'];
export type RoutingFault = Shapes['RoutingFault'];
export type RoutingApplied = Shapes['RoutingApplied'];
export type RoutingVersion = Shapes['RoutingVersion'];
export type RoutingVersionInfo = Shapes['RoutingVersionInfo'];
export type CalibrationReport = Shapes['CalibrationReport'];
export type CalibrationRow = Shapes['CalibrationRow'];
export type HoursPreview = Shapes['HoursPreview'];
export type WhatIfEntry = Shapes['WhatIfEntry'];
export type WhatIfRun = Shapes['WhatIfRun'];
export type WhatIfValues = Shapes['WhatIfValues'];
export type LineEmergency = Shapes['LineEmergency'];
export type FloorMove = Shapes['FloorMove'];
