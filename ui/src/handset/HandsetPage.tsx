/** The simulated customer's page: who one is, and a handset with telephone, texts and mail. */
import { useEffect, useState } from 'react';
import { useLoad } from '../parts/hooks.ts';
import { Icon, type IconName } from '../parts/icons.tsx';
import { useRinging } from '../parts/ring.ts';
import { setLanguage, useText } from '../text/i18n.ts';
import { useHandset } from './connection.ts';
import deviceCss from './device.module.css';
import lettersCss from './letters.module.css';
import { Mailbox } from './Mailbox.tsx';
import { lines, people, type Person } from './people.ts';
import { Phone } from './Phone.tsx';
import { hush, setSpeaks, speak, speaks, canSpeak } from './speech.ts';
import { inCall } from './state.ts';
import { Texts } from './Texts.tsx';

type App = 'phone' | 'texts' | 'mail';
const APPS: [App, IconName][] = [['phone', 'phone'], ['texts', 'message'], ['mail', 'mail']];

interface Me {
  from: string;
  mail: string;
}

function meFromAddress(): Me {
  const query = new URLSearchParams(location.search);
  // A plus in a query reads as a blank: numbers are typed by hand into this address.
  return { from: (query.get('from') ?? '').replace(/^ /, '+').replaceAll(' ', ''), mail: query.get('mail') ?? '' };
}

export function HandsetPage() {
  const [me, setMe] = useState(meFromAddress);
  const everyone = useLoad('people', people);
  const all = everyone.data ?? [];
  useEffect(() => {
    // Nobody was named: be the first of the demo's customers.
    if (!me.from && !me.mail && all[0]) choose(all[0]);
  }, [all.length]);
  const become = (next: Me) => {
    history.replaceState(null, '', `?${new URLSearchParams({ from: next.from, mail: next.mail })}`);
    setMe(next);
  };
  const choose = (person: Person) => become({ from: person.phone ?? '', mail: person.email ?? '' });
  return (
    <div className={deviceCss.page}>
      <Who me={me} all={all} onChoose={choose} onMe={become} />
      {me.from || me.mail ? <Device key={me.from + me.mail} me={me} /> : <NoOne loading={everyone.loading} />}
    </div>
  );
}

function NoOne({ loading }: { loading: boolean }) {
  const { t } = useText();
  return <main className={deviceCss.device}><p className={lettersCss.none}>{loading ? t('common.loading') : t('handset.be_someone')}</p></main>;
}

function Device({ me }: { me: Me }) {
  const { t } = useText();
  const [app, setApp] = useState<App>('phone');
  const [seen, setSeen] = useState({ texts: 0, mail: 0 });
  const [voice, setVoice] = useState(speaks);
  const reachable = useLoad('lines', lines);
  const handset = useHandset(me.from, me.mail, (frame) => {
    if (frame.event === 'prompt') speak(frame.text, frame.language);
    if (frame.event === 'caption' && frame.from !== 'customer') speak(frame.text, undefined);
    if (frame.event === 'ended') hush();
    if (frame.event === 'ringing') setApp('phone');
  });
  const { state, live } = handset;
  const listed = reachable.data ?? { voice: [], sms: [], email: [] };
  const known = { ...listed, voice: listed.voice.length > 0 ? listed.voice : state.numbers.voice, sms: listed.sms.length > 0 ? listed.sms : state.numbers.sms };
  const inTexts = state.texts.filter((each) => !each.out).length;
  const inMails = state.mails.filter((each) => !each.out).length;
  useRinging(state.call === 'ringing' ? `☎ ${state.with}` : null);
  useEffect(() => {
    setSeen((before) => ({ texts: app === 'texts' ? inTexts : before.texts, mail: app === 'mail' ? inMails : before.mail }));
  }, [app, inTexts, inMails]);
  const fresh: Record<App, number> = { phone: 0, texts: Math.max(0, inTexts - seen.texts), mail: Math.max(0, inMails - seen.mail) };
  return (
    <main className={deviceCss.device} data-testid="handset">
      <div className={deviceCss.status}>
        <span className="cut num">{me.from || me.mail}</span>
        <span className={deviceCss.statusRight}>
          <span role="status" data-testid="connection">{live ? '' : t('live.lost')}</span>
          {canSpeak() && (
            <button type="button" className={deviceCss.plain} aria-pressed={voice} aria-label={voice ? t('handset.voice_off') : t('handset.voice_on')} title={voice ? t('handset.voice_off') : t('handset.voice_on')} data-testid="voice" onClick={() => { setSpeaks(!voice); setVoice(!voice); }}>
              <Icon name={voice ? 'speaker' : 'speaker-off'} size={18} />
            </button>
          )}
        </span>
      </div>
      {state.error && (
        <div className={deviceCss.error} role="alert" data-testid="handset-error">
          <span>{state.error}</span>
          <button type="button" className={deviceCss.plain} aria-label={t('common.close')} onClick={handset.clear}><Icon name="close" size={16} /></button>
        </div>
      )}
      <div className={deviceCss.screen}>
        {app === 'phone' && <Phone handset={handset} numbers={known.voice} />}
        {app === 'texts' && <Texts handset={handset} numbers={known.sms} />}
        {app === 'mail' && <Mailbox handset={handset} addresses={known.email} mail={me.mail} />}
      </div>
      <nav className={deviceCss.apps} aria-label={t('handset.apps')}>
        {APPS.map(([each, icon]) => (
          <button key={each} type="button" aria-current={app === each ? 'page' : undefined} data-testid={`app-${each}`} data-busy={each === 'phone' && app !== 'phone' && (inCall(state) || state.call === 'ringing')} onClick={() => setApp(each)}>
            <Icon name={icon} size={22} />
            <span>{t(`handset.app.${each}`)}</span>
            {fresh[each] > 0 && <span className={deviceCss.badge} aria-label={t('handset.fresh', { count: fresh[each] })}>{fresh[each]}</span>}
          </button>
        ))}
      </nav>
    </main>
  );
}

function Who({ me, all, onChoose, onMe }: { me: Me; all: Person[]; onChoose: (person: Person) => void; onMe: (me: Me) => void }) {
  const { t, lang } = useText();
  const [from, setFrom] = useState(me.from);
  const [mail, setMail] = useState(me.mail);
  useEffect(() => {
    setFrom(me.from);
    setMail(me.mail);
  }, [me]);
  return (
    <aside className={deviceCss.who}>
      <div className={deviceCss.whoHead}>
        <h1>{t('handset.title')}</h1>
        <button type="button" className={deviceCss.small} onClick={() => setLanguage(lang === 'en' ? 'zh-CN' : 'en')} data-testid="language" lang={lang === 'en' ? 'zh-CN' : 'en'}>{lang === 'en' ? '中文' : 'English'}</button>
      </div>
      <p className={deviceCss.soft}>{t('handset.note')}</p>
      {all.length > 0 && (
        <ul className={deviceCss.people} aria-label={t('handset.people')}>
          {all.slice(0, 12).map((each) => (
            <li key={each.phone + each.email}>
              <button type="button" aria-pressed={each.phone === me.from} data-testid="person" onClick={() => onChoose(each)}>
                <strong className="cut">{each.name}</strong>
                <span className={`cut num ${deviceCss.soft}`}>{each.phone}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {/* Without a list this is the only way to be someone. */}
      <details className={deviceCss.other} open={all.length === 0} data-only={all.length === 0}>
        <summary>{t('handset.other')}</summary>
        <form className={deviceCss.form} onSubmit={(event) => { event.preventDefault(); onMe({ from: from.trim(), mail: mail.trim() }); }}>
          <label>{t('handset.my_number')}<input value={from} inputMode="tel" placeholder="+44 7700 900123" data-testid="my-number" onChange={(event) => setFrom(event.currentTarget.value)} /></label>
          <label>{t('handset.my_mail')}<input value={mail} type="email" placeholder="me@example.com" data-testid="my-mail" onChange={(event) => setMail(event.currentTarget.value)} /></label>
          <button type="submit" className={deviceCss.small} data-testid="be">{t('handset.be')}</button>
        </form>
      </details>
    </aside>
  );
}
