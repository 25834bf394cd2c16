/** The handset's socket of the fake: one menu in two languages, then the agent's floor. */
import type { WebSocket } from 'ws';
import type { InteractionDetail } from '../../src/api/types.ts';
import { id, MAIL, SMS, VOICE } from './data.ts';
import type { FakeFloor } from './floor.ts';

interface Handset {
  address: string;
  mail: string;
  n: number;
  kept: { n: number }[];
  began: number;
  texts: object[];
  mails: object[];
  sockets: Set<WebSocket>;
  call: InteractionDetail | null;
  node: 'language' | 'need' | null;
  language: 'en' | 'zh-CN';
}

const handsets = new Map<string, Handset>();

export function openHandset(socket: WebSocket, query: URLSearchParams, floor: FakeFloor): void {
  const address = query.get('address') ?? '';
  const mail = query.get('mail') ?? '';
  const key = address + mail;
  const handset: Handset = handsets.get(key) ?? { address, mail, n: 0, kept: [], began: 0, texts: [], mails: [], sockets: new Set(), call: null, node: null, language: 'en' };
  handsets.set(key, handset);
  handset.sockets.add(socket);
  socket.on('close', () => handset.sockets.delete(socket));
  socket.send(JSON.stringify({ event: 'hello', address, mail, n: handset.n, world: 'fake', lines: { voice: [VOICE], sms: [SMS] } }));
  const after = Number(query.get('after') ?? (handset.call ? handset.began : handset.n));
  for (const each of handset.kept) if (each.n > after) socket.send(JSON.stringify(each));
  socket.on('message', (raw) => {
    const command = JSON.parse(String(raw)) as Record<string, string>;
    if (command.do === 'inbox') return socket.send(JSON.stringify({ event: 'inbox', sms: handset.texts, mail: handset.mails }));
    act(handset, command, floor);
    socket.send(JSON.stringify({ event: 'done', id: command.id }));
  });
  floor.onEvent = (detail, kind, content) => {
    for (const each of handsets.values()) follow(each, detail, kind, content);
  };
}

/** An agent calls a customer: true when that handset is open. */
export function ringHandset(detail: InteractionDetail): boolean {
  const handset = [...handsets.values()].find((each) => each.address === detail.address && each.sockets.size > 0);
  if (!handset) return false;
  handset.call = detail;
  handset.began = handset.n;
  tell(handset, 'ringing', { from: detail.line, to: detail.address });
  return true;
}

function tell(handset: Handset, event: string, values: object = {}): void {
  const frame = { n: ++handset.n, event, ...values };
  handset.kept.push(frame);
  for (const socket of handset.sockets) socket.send(JSON.stringify(frame));
}

function prompt(handset: Handset, text: string): void {
  tell(handset, 'prompt', { text, language: handset.language });
}

function act(handset: Handset, command: Record<string, string>, floor: FakeFloor): void {
  switch (command.do) {
    case 'call': {
      const card = floor.byAddress(handset.address);
      handset.call = floor.start(card, 'voice', { address: handset.address, state: 'in_menu' });
      handset.node = 'language';
      handset.began = handset.n;
      tell(handset, 'answered', { from: handset.address, to: command.number });
      tell(handset, 'prompt', { text: 'Welcome to Telco. For English, press 1.', language: 'en' });
      return tell(handset, 'prompt', { text: '中文服务请按 2。', language: 'zh-CN' });
    }
    case 'press':
      return press(handset, command.digits ?? '', floor);
    case 'answer':
      if (!handset.call) return;
      tell(handset, 'answered', { to: handset.call.line });
      floor.add(handset.call, 'connected', 'carrier', {}, null, { connected: true, answered_at: new Date().toISOString() });
      return;
    case 'say':
      if (handset.call?.connected) floor.add(handset.call, 'caption', 'customer', { party: 'customer' }, { text: command.text });
      return tell(handset, 'caption', { from: 'customer', text: command.text });
    case 'hangup':
      if (handset.call) floor.callEnded(handset.call);
      if (handset.call) tell(handset, 'ended', { cause: 'normal' });
      handset.call = null;
      return;
    case 'sms': {
      handset.texts.push({ from: handset.address, to: command.number, text: command.text, at: new Date().toISOString() });
      const card = floor.byAddress(handset.address);
      const open = floor.work.find((each) => each.channel === 'sms' && each.customer === card.id);
      const detail = open ?? floor.start(card, 'sms', { address: handset.address, line: command.number ?? SMS });
      floor.add(detail, 'message_received', 'customer', { message: id() }, { text: command.text });
      if (!open) floor.queue(detail, card.language === 'zh-CN' ? 'billing-zh' : 'billing-en');
      return;
    }
    case 'mail': {
      const card = floor.byAddress(handset.mail);
      const detail = floor.start(card, 'email', { address: handset.mail, line: command.address ?? MAIL, subject: command.subject });
      floor.add(detail, 'message_received', 'customer', { message: id() }, { text: command.body, subject: command.subject, html: command.html ?? '' });
      return floor.queue(detail, 'email');
    }
  }
}

function press(handset: Handset, digits: string, floor: FakeFloor): void {
  const call = handset.call;
  if (!call) return;
  if (handset.node === 'language') {
    handset.language = digits === '2' ? 'zh-CN' : 'en';
    handset.node = 'need';
    return prompt(handset, digits === '2' ? '账单请按 1，技术支持请按 2。' : 'For billing press 1, for technical help press 2.');
  }
  if (handset.node === 'need') {
    handset.node = null;
    floor.add(call, 'menu_step', 'menu', { node: 'need' }, { input: digits });
    prompt(handset, handset.language === 'zh-CN' ? '正在为您转接，请稍候。' : 'One moment, we are finding the right person for you.');
    floor.queue(call, handset.language === 'zh-CN' ? 'billing-zh' : 'billing-en');
  }
}

function follow(handset: Handset, detail: InteractionDetail, kind: string, content: Record<string, unknown> | null): void {
  const text = String(content?.text ?? '');
  if (detail === handset.call) {
    if (kind === 'connected') tell(handset, 'connected');
    if (kind === 'held') tell(handset, 'held', { on: true });
    if (kind === 'resumed') tell(handset, 'held', { on: false });
    if (kind === 'caption' && detail.events.at(-1)?.data.party === 'agent') tell(handset, 'caption', { from: 'agent', text });
    if (kind === 'leg_ended') {
      tell(handset, 'ended', { cause: 'normal' });
      handset.call = null;
    }
  }
  if (kind === 'message_queued' && detail.channel === 'sms' && detail.address === handset.address) {
    handset.texts.push({ from: detail.line, to: handset.address, text, at: new Date().toISOString() });
    tell(handset, 'sms', { from: detail.line, text });
  }
  if (kind === 'message_queued' && detail.channel === 'email' && detail.address === handset.mail) {
    const mail = { id: id(), from: detail.line, to: handset.mail, subject: String(content?.subject || detail.subject), text, html: '', at: new Date().toISOString() };
    handset.mails.push(mail);
    tell(handset, 'mail', mail);
  }
}
