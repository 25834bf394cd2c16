/** A soft two-note ring by WebAudio, and the page's title as a sign for other tabs. */
import { useEffect } from 'react';

const STORED = 'cc-ring';
let audio: AudioContext | null = null;

export function ringAllowed(): boolean {
  try {
    return localStorage.getItem(STORED) !== 'off';
  } catch {
    return true;
  }
}

export function allowRing(on: boolean): void {
  try {
    localStorage.setItem(STORED, on ? 'on' : 'off');
  } catch {
    // The choice then lasts as long as the page.
  }
}

/** Browsers let a page sound only after a press of the user: called when presence is changed. */
export function wakeAudio(): void {
  audio ??= new AudioContext();
  if (audio.state === 'suspended') void audio.resume();
}

function note(context: AudioContext, frequency: number, start: number): void {
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.type = 'sine';
  tone.frequency.value = frequency;
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(0.07, start + 0.04);
  volume.gain.exponentialRampToValueAtTime(0.0005, start + 0.7);
  tone.connect(volume).connect(context.destination);
  tone.start(start);
  tone.stop(start + 0.75);
}

function ringOnce(): void {
  if (!audio || audio.state !== 'running' || !ringAllowed()) return;
  note(audio, 587, audio.currentTime);
  note(audio, 784, audio.currentTime + 0.22);
}

/** Rings and shows `text` in the title while `text` is not null. */
export function useRinging(text: string | null): void {
  useEffect(() => {
    if (text === null) return;
    const before = document.title;
    let shown = false;
    const blink = () => {
      shown = !shown;
      document.title = shown ? text : before;
    };
    wakeAudio();
    ringOnce();
    blink();
    const ringing = setInterval(ringOnce, 2400);
    const blinking = setInterval(blink, 1000);
    return () => {
      clearInterval(ringing);
      clearInterval(blinking);
      document.title = before;
    };
  }, [text]);
}

const LOW = [697, 770, 852, 941];
const HIGH = [1209, 1336, 1477];
const KEYS = '123456789*0#';

/** The two tones of a telephone key (ITU-T Q.23), short and quiet. */
export function keyTone(key: string): void {
  wakeAudio();
  const place = KEYS.indexOf(key);
  if (!audio || place < 0) return;
  for (const frequency of [LOW[Math.floor(place / 3)]!, HIGH[place % 3]!]) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0.04, audio.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.0005, audio.currentTime + 0.14);
    tone.connect(volume).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.15);
  }
}
