/** The emergency of a line: switched on and off by a supervisor, and a banner for as long as it is on. */
import { Button, Select, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/client.ts';
import type { LineEmergency } from '../api/types.ts';
import { ActionButton } from '../parts/ActionButton.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { useLoad } from '../parts/hooks.ts';
import { Icon } from '../parts/icons.tsx';
import { sayDone } from '../parts/notices.tsx';
import { useSession } from '../shell/session.ts';
import { moment } from '../text/format.ts';
import { useText } from '../text/i18n.ts';
import css from './emergency.module.css';

interface Menus {
  menus: string[];
}

const LANGUAGES = [['en', 'English'], ['zh-CN', '简体中文']] as const;

/** One banner a line, though a line may serve several channels. */
export function EmergencyBanners({ emergencies }: { emergencies: LineEmergency[] }) {
  const lines = [...new Map(emergencies.map((each) => [each.line, each])).values()];
  return lines.map((each) => <Banner key={each.line} found={each} />);
}

function Banner({ found }: { found: LineEmergency }) {
  const { t, lang } = useText();
  const [ending, setEnding] = useState(false);
  const name = useLineName(found.line);
  const end = async () => {
    await api.put(`/lines/${encodeURIComponent(found.line)}/emergency`, { on: false });
    sayDone(t('emergency.ended', { line: name }));
    setEnding(false);
  };
  const words = found.prompt[lang] ?? Object.values(found.prompt)[0];
  return (
    <section className={css.banner} role="alert" data-testid="emergency-banner">
      <Icon name="warning" />
      <div className="grow">
        <strong>{t('emergency.on', { line: name, reason: found.reason })}</strong>
        {words && <p>{t('emergency.they_hear', { words })}</p>}
        <p className="small">{found.menu && `${t('emergency.menu_answers', { menu: found.menu })} · `}{t('emergency.since', { at: moment(found.since, lang), who: found.by || t('emergency.a_program') })}</p>
      </div>
      <Button variant="default" onClick={() => setEnding(true)} data-testid="emergency-end">{t('emergency.end')}</Button>
      <Dialog opened={ending} onClose={() => setEnding(false)} title={t('emergency.end_of', { line: name })}>
        <div className="stack">
          <p className="muted">{t('emergency.end_note')}</p>
          <div className={css.end}>
            <Button variant="default" onClick={() => setEnding(false)}>{t('common.cancel')}</Button>
            <ActionButton act={end} data-testid="emergency-end-sure">{t('emergency.end')}</ActionButton>
          </div>
        </div>
      </Dialog>
    </section>
  );
}

/** The button, and the dialog that says what it does before it is done. */
export function EmergencySwitch({ emergencies }: { emergencies: LineEmergency[] }) {
  const { t } = useText();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button variant="default" leftSection={<Icon name="warning" size={16} />} onClick={() => setAsking(true)} data-testid="emergency">{t('emergency.switch')}</Button>
      <Dialog opened={asking} onClose={() => setAsking(false)} title={t('emergency.switch')}>
        {asking && <Form emergencies={emergencies} onClose={() => setAsking(false)} />}
      </Dialog>
    </>
  );
}

function Form({ emergencies, onClose }: { emergencies: LineEmergency[]; onClose: () => void }) {
  const { t } = useText();
  const { lines } = useSession();
  const menus = useLoad('menus', (signal) => api.get<Menus>('/lines/emergencies', {}, signal));
  const inForce = new Set(emergencies.map((each) => each.line));
  // Mail has no menu and no words that could come first.
  const data = [...new Map(lines.filter((each) => each.channel !== 'email').map((each) => [each.address, each.name])).entries()]
    .map(([value, name]) => ({ value, label: `${name} · ${value}`, disabled: inForce.has(value) }));
  const [line, setLine] = useState<string | null>(data.find((each) => !each.disabled)?.value ?? null);
  const [reason, setReason] = useState('');
  const [menu, setMenu] = useState<string | null>(null);
  const [words, setWords] = useState<Record<string, string>>({});
  const prompt = Object.fromEntries(Object.entries(words).map(([tag, text]) => [tag, text.trim()]).filter(([, text]) => text));
  const isWhole = line !== null && reason.trim() !== '' && (menu !== null || Object.keys(prompt).length > 0);
  const begin = async () => {
    if (line === null) return;
    await api.put(`/lines/${encodeURIComponent(line)}/emergency`, { on: true, reason: reason.trim(), menu, prompt });
    sayDone(t('emergency.begun', { line: data.find((each) => each.value === line)?.label ?? line }));
    onClose();
  };
  return (
    <form className="stack" onSubmit={(event) => event.preventDefault()} data-testid="emergency-form">
      <p className="muted">{t('emergency.note')}</p>
      <Select label={t('emergency.line')} value={line} data={data} allowDeselect={false} onChange={setLine} data-testid="emergency-line" />
      <TextInput label={t('emergency.reason')} description={t('emergency.reason_hint')} value={reason} maxLength={200} required onChange={(event) => setReason(event.currentTarget.value)} data-testid="emergency-reason" />
      {LANGUAGES.map(([tag, name]) => (
        <Textarea key={tag} label={t('emergency.words', { language: name })} lang={tag} autosize minRows={2} maxLength={1000} value={words[tag] ?? ''} onChange={(event) => setWords({ ...words, [tag]: event.currentTarget.value })} data-testid={`emergency-words-${tag}`} />
      ))}
      <Select label={t('emergency.menu')} description={t('emergency.menu_hint')} value={menu} data={menus.data?.menus ?? []} clearable onChange={setMenu} data-testid="emergency-menu" />
      {!isWhole && <p className="muted small">{t('emergency.needs')}</p>}
      <div className={css.end}>
        <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
        <ActionButton act={begin} color="red.9" disabled={!isWhole} data-testid="emergency-sure">{t('emergency.begin')}</ActionButton>
      </div>
    </form>
  );
}

function useLineName(address: string): string {
  const { lines } = useSession();
  const name = lines.find((each) => each.address === address)?.name;
  return name ? `${name} (${address})` : address;
}
