/** People and the past of the fake: a telecom operator's customers in two languages. */
import type { CustomerCard, EventInfo, InteractionInfo, TimelineItem, Values } from '../../src/api/types.ts';

let serial = 1;
export function id(): string {
  return `00000000-0000-7000-8000-${String(serial++).padStart(12, '0')}`;
}

export function ago(minutes: number): string {
  return new Date(Date.now() - minutes * 60_000).toISOString();
}

export const VOICE = '+15550100';
export const SMS = '+15550200';
export const MAIL = 'care@telco.example';

function customer(name: string, language: string, phone: string, email: string, number: string, tags: string[], attributes: Values): CustomerCard {
  return {
    id: id(), external_id: number, name, language, time_zone: language === 'zh-CN' ? 'Asia/Shanghai' : 'Europe/London',
    is_new: false, tags, attributes, created_at: ago(60 * 24 * 900),
    addresses: [
      { id: id(), kind: 'phone', value: phone, raw: phone, suppressed: [] },
      { id: id(), kind: 'email', value: email, raw: email, suppressed: tags.includes('stop') ? ['marketing'] : [] },
    ],
  };
}

const plan = (contract: string, tenure: number, charges: string, internet: string, churn: string): Values => ({
  Contract: contract, tenure, MonthlyCharges: charges, InternetService: internet, PaymentMethod: 'Bank transfer',
  Churn: churn, PaperlessBilling: true, contract_ends: '2026-11-30', TotalCharges: (tenure * Number(charges)).toFixed(2), SeniorCitizen: false,
});

export const CUSTOMERS: CustomerCard[] = [
  customer('李薇', 'zh-CN', '+8613800138000', 'liwei@example.com', '7590-VHVEG', ['VIP'], plan('Two year', 43, '89.10', 'Fiber optic', 'No')),
  customer('Amelia Hughes', 'en', '+447700900123', 'amelia.hughes@example.com', '5575-GNVDE', [], plan('Month-to-month', 8, '56.95', 'DSL', 'Yes')),
  customer('Jonas Bergström', 'en', '+447700900456', 'jonas@example.com', '3668-QPYBK', ['key account'], plan('One year', 22, '104.80', 'Fiber optic', 'No')),
  customer('王建国', 'zh-CN', '+8613912345678', 'wang.jg@example.com', '9237-HQITU', ['stop'], plan('Month-to-month', 2, '70.70', 'Fiber optic', 'Yes')),
  customer('Priya Raman', 'en', '+447700900789', 'priya.raman@example.com', '9305-CDSKC', [], plan('Month-to-month', 14, '99.65', 'Fiber optic', 'Yes')),
];

export function interaction(card: CustomerCard, channel: InteractionInfo['channel'], values: Partial<InteractionInfo> = {}): InteractionInfo {
  const address = card.addresses.find((each) => each.kind === (channel === 'email' ? 'email' : 'phone'));
  return {
    id: id(), customer: card.id, thread: id(), channel, direction: 'inbound', line: channel === 'voice' ? VOICE : channel === 'sms' ? SMS : MAIL,
    address: address?.value ?? '', state: 'open', queue: null, agent: null, agent_name: null, subject: null, disposition: null,
    opened_at: new Date().toISOString(), answered_at: null, closed_at: null, on_hold: false, muted: false, connected: false, ...values,
  };
}

export function event(of: string, seq: number, kind: string, actor: string, data: Values = {}, content: Values | null = null, at = new Date().toISOString(), actor_name: string | null = null): EventInfo {
  return { id: id(), interaction: of, seq, kind, at, actor, actor_name, data, content };
}

/** Past interactions of a customer, newest first. */
export function past(card: CustomerCard): TimelineItem[] {
  const zh = card.language === 'zh-CN';
  const rows: [InteractionInfo['channel'], number, string, string, string][] = zh
    ? [
        ['voice', 60 * 26, '询问光纤套餐的合约到期日，已说明并发送续约资料。', 'solved', '陈静'],
        ['sms', 60 * 24 * 9, '收到账单短信后询问国际漫游费用。', 'solved', '陈静'],
        ['email', 60 * 24 * 40, '发票抬头更改申请，已转账务处理。', 'follow_up', 'Mei Lin'],
      ]
    : [
        ['email', 60 * 30, 'Asked why the June bill is higher; a one-off installation fee explained.', 'solved', 'Mei Lin'],
        ['voice', 60 * 24 * 6, 'Router restarts every evening. Line tested, engineer booked for Thursday.', 'follow_up', 'Tom Baker'],
        ['sms', 60 * 24 * 21, 'Confirmed the engineer visit by text.', 'solved', 'Tom Baker'],
      ];
  return rows.map(([channel, minutes, summary, disposition, agent]) => {
    const info = interaction(card, channel, { state: 'closed', opened_at: ago(minutes), answered_at: ago(minutes - 1), closed_at: ago(minutes - 7), disposition, agent: id(), agent_name: agent });
    return {
      interaction: info, summary,
      messages: channel === 'voice' ? [] : [
        event(info.id, 1, 'message_received', 'customer', { message: id() }, { text: zh ? '你好，请帮我看一下这个费用。' : 'Hello, could you please look at this charge for me?' }, ago(minutes)),
        event(info.id, 2, 'message_queued', `agent:${info.agent}`, { message: id() }, { text: zh ? '您好，已为您查到，这是一次性的费用。' : 'Of course. It is a one-off fee and will not come again.' }, ago(minutes - 2), agent),
      ],
    };
  });
}
