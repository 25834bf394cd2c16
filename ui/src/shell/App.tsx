/** Takes the session, then shows the desk of the address, each loaded when it is first opened. */
import { lazy, Suspense, useEffect } from 'react';
import { loadSession } from '../api/client.ts';
import { useLoad } from '../parts/hooks.ts';
import { Notices } from '../parts/notices.tsx';
import { Empty, ProblemNote, Waiting } from '../parts/pieces.tsx';
import { followAccountLanguage, useText } from '../text/i18n.ts';
import { Header } from './Header.tsx';
import { go, parts, usePath } from './route.tsx';
import { DESKS, SessionProvider, type Desk } from './session.ts';
import css from './shell.module.css';

const PAGES: Record<Desk, React.LazyExoticComponent<React.ComponentType<{ rest: string[] }>>> = {
  agent: lazy(() => import('../agent/AgentDesk.tsx')),
  floor: lazy(() => import('../floor/Floor.tsx')),
  campaigns: lazy(() => import('../campaigns/Campaigns.tsx')),
  segments: lazy(() => import('../segments/Segments.tsx')),
  templates: lazy(() => import('../templates/Templates.tsx')),
  routing: lazy(() => import('../routing/Routing.tsx')),
  admin: lazy(() => import('../admin/Admin.tsx')),
};

export function App() {
  const { t } = useText();
  const session = useLoad('session', loadSession);
  const [asked, ...rest] = parts(usePath());
  const role = session.data?.account.role;
  const desks = role ? DESKS[role] : [];
  const desk = desks.find((each) => each === asked);
  const language = session.data?.account.language;

  useEffect(() => {
    if (language) followAccountLanguage(language);
  }, [language]);
  useEffect(() => {
    if (!asked && desks[0]) go(`/desk/${desks[0]}`, { replace: true });
  }, [asked, desks[0]]);
  useEffect(() => {
    if (desk) document.title = `${t(`desk.${desk}`)} · contactcenter`;
  }, [desk, t]);

  if (!session.data)
    return <div className={css.alone}>{session.problem && session.problem.status !== 401 ? <ProblemNote problem={session.problem} retry={session.reload} /> : <Waiting />}</div>;
  const Page = desk && PAGES[desk];
  return (
    <SessionProvider value={session.data}>
      <Header desk={desk ?? desks[0]!} />
      <main id="main" className={css.main} tabIndex={-1}>
        <Suspense fallback={<Waiting />}>
          {Page ? <Page rest={rest} key={desk} /> : asked && <Empty icon="info" isPage title={t('shell.no_page')}>{t('shell.no_page_note')}</Empty>}
        </Suspense>
      </main>
      <Notices />
    </SessionProvider>
  );
}
