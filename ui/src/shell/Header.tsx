/** The bar over every desk: where one can go, who is signed in, language and light. */
import { ActionIcon, Menu, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useSyncExternalStore, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import { api } from '../api/client.ts';
import { sayProblem } from '../parts/notices.tsx';
import { Icon, type IconName } from '../parts/icons.tsx';
import { Face } from '../parts/pieces.tsx';
import { setLanguage, useText } from '../text/i18n.ts';
import { Link } from './route.tsx';
import { DESKS, useSession, type Desk } from './session.ts';
import css from './shell.module.css';

const DESK_ICON: Record<Desk, IconName> = {
  agent: 'phone', floor: 'floor', campaigns: 'megaphone', segments: 'segment', templates: 'template', routing: 'route', admin: 'gear',
};

let slot: HTMLElement | null = null;
const slotListeners = new Set<() => void>();

/** Puts a desk's own controls (presence, connection) into the header. */
export function InHeader({ children }: { children: ReactNode }) {
  const element = useSyncExternalStore(
    (listener) => {
      slotListeners.add(listener);
      return () => slotListeners.delete(listener);
    },
    () => slot,
  );
  return element && createPortal(children, element);
}

function holdSlot(element: HTMLElement | null): void {
  slot = element;
  for (const listener of slotListeners) listener();
}

export function Header({ desk }: { desk: Desk }) {
  const { t } = useText();
  const { account } = useSession();
  const desks = DESKS[account.role];
  return (
    <header className={css.header}>
      <a href="#main" className={css.skip}>{t('shell.skip')}</a>
      <span className={css.brand}>
        <img src={`${import.meta.env.BASE_URL}icon.svg`} alt="" width="28" height="28" />
        <span className={css.brandName}>contactcenter</span>
      </span>
      <nav className={css.nav} aria-label={t('shell.desks')}>
        {desks.length > 1 && desks.map((each) => (
          <Link key={each} href={`/desk/${each}`} className={css.navLink} aria-current={each === desk ? 'page' : undefined} data-testid={`nav-${each}`}>
            <Icon name={DESK_ICON[each]} size={16} />
            <span>{t(`desk.${each}`)}</span>
          </Link>
        ))}
      </nav>
      <div className={css.slot} ref={holdSlot} />
      <Tools />
    </header>
  );
}

function Tools() {
  const { t, lang } = useText();
  const { account } = useSession();
  const { setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const signOut = () => api.delete('/session').then(() => location.assign('/sign-in'), sayProblem);
  return (
    <div className={css.tools}>
      <Tooltip label={lang === 'en' ? '简体中文' : 'English'}>
        <ActionIcon variant="subtle" color="gray" size="lg" data-testid="language" lang={lang === 'en' ? 'zh-CN' : 'en'} aria-label={lang === 'en' ? '中 切换为简体中文' : 'En Switch to English'} onClick={() => setLanguage(lang === 'en' ? 'zh-CN' : 'en')}>
          <span className={css.lang} lang={lang === 'en' ? 'zh-CN' : 'en'}>{lang === 'en' ? '中' : 'En'}</span>
        </ActionIcon>
      </Tooltip>
      <Tooltip label={scheme === 'dark' ? t('shell.light') : t('shell.dark')}>
        <ActionIcon variant="subtle" color="gray" size="lg" className={css.scheme} data-testid="scheme" aria-label={scheme === 'dark' ? t('shell.light') : t('shell.dark')} onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}>
          <Icon name={scheme === 'dark' ? 'sun' : 'moon'} />
        </ActionIcon>
      </Tooltip>
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <button type="button" className={css.me} data-testid="account">
            <span className="sr-only">{t('shell.account', { name: account.display_name })}</span>
            <Face name={account.display_name} />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <div className={css.meCard}>
            <strong>{account.display_name}</strong>
            <span className="small muted">{t(`role.${account.role}`)}</span>
          </div>
          <Menu.Divider />
          <Menu.Item leftSection={<Icon name="out" size={16} />} onClick={signOut} data-testid="sign-out">{t('shell.sign_out')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
