/** Prompts spoken by the browser's own voices, when it has any. */
const STORED = 'cc-handset-voice';

export function canSpeak(): boolean {
  return 'speechSynthesis' in window;
}

export function speaks(): boolean {
  try {
    return localStorage.getItem(STORED) !== 'off';
  } catch {
    return true;
  }
}

export function setSpeaks(on: boolean): void {
  try {
    localStorage.setItem(STORED, on ? 'on' : 'off');
  } catch {
    // The choice then lasts as long as the page.
  }
  if (!on) hush();
}

export function speak(text: string, language: string | undefined): void {
  if (!canSpeak() || !speaks() || !text) return;
  const words = new SpeechSynthesisUtterance(text);
  words.lang = language ?? (/\p{Script=Han}/u.test(text) ? 'zh-CN' : 'en-GB');
  speechSynthesis.speak(words);
}

/** A key press or the end of the call interrupts what is being spoken. */
export function hush(): void {
  if (canSpeak()) speechSynthesis.cancel();
}
