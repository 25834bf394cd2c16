/** Texts in English and Simplified Chinese. Keys are checked by the compiler against en.json. */
import i18next, { type TFunction } from 'i18next';
import { useSyncExternalStore } from 'react';
import enDesks from './en.json';
import enRouting from './routing.en.json';
import zhRouting from './routing.zh-CN.json';
import zhDesks from './zh-CN.json';

const en = { ...enDesks, ...enRouting, codes: { ...enDesks.codes, ...enRouting.codes } };
const zh = { ...zhDesks, ...zhRouting, codes: { ...zhDesks.codes, ...zhRouting.codes } };

export const LANGUAGES = ['en', 'zh-CN'] as const;
export type Language = (typeof LANGUAGES)[number];

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en };
  }
}

const STORED = 'cc-language';

/** The language chosen here before, else the account's or the browser's. */
export function startText(preferred?: string): void {
  let stored: string | null = null;
  try {
    stored = localStorage.getItem(STORED);
  } catch {
    // Storage may be switched off; the choice then lasts as long as the page.
  }
  const wanted = stored ?? preferred ?? navigator.language;
  const lng: Language = wanted.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
  void i18next.init({
    lng,
    fallbackLng: 'en',
    resources: { en: { translation: en }, 'zh-CN': { translation: zh } },
    interpolation: { escapeValue: false },
    initAsync: false,
  });
  document.documentElement.lang = lng;
}

export function setLanguage(lng: Language): void {
  try {
    localStorage.setItem(STORED, lng);
  } catch {
    // As above.
  }
  document.documentElement.lang = lng;
  void i18next.changeLanguage(lng);
}

/** The account's language, unless another was chosen on this machine. */
export function followAccountLanguage(language: string): void {
  let chosen: string | null = null;
  try {
    chosen = localStorage.getItem(STORED);
  } catch {
    // As above.
  }
  if (chosen) return;
  const lng: Language = language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
  document.documentElement.lang = lng;
  void i18next.changeLanguage(lng);
}

function subscribe(changed: () => void): () => void {
  i18next.on('languageChanged', changed);
  return () => i18next.off('languageChanged', changed);
}

export interface Words {
  t: TFunction;
  lang: Language;
  /** The text of a code the server may extend (states, reasons): the code itself when unknown. */
  code: (group: string, code: string) => string;
}

export function useText(): Words {
  const lang = useSyncExternalStore(subscribe, () => i18next.language as Language);
  return { t: i18next.t, lang, code: codeText };
}

export function codeText(group: string, code: string): string {
  const key = `codes.${group}.${code}`;
  return i18next.exists(key) ? i18next.t(key as never) : code.replaceAll('_', ' ');
}
