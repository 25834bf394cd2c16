/**
 * How a text is cut into SMS segments: GSM 7-bit default alphabet (3GPP TS 23.038) with 160 or 153
 * septets a segment, else UCS-2 with 70 or 67 code units.
 */

const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const EXTENDED = '\f^{}\\[~]|€';

const basic = new Set(BASIC);
const extended = new Set(EXTENDED);

export interface SmsCount {
  encoding: 'GSM-7' | 'UCS-2';
  /** Septets or code units used in all. */
  units: number;
  segments: number;
  /** Units left in the last segment. */
  left: number;
  /** The characters that force UCS-2, each once, in order of appearance. */
  offending: string[];
}

export function countSms(text: string): SmsCount {
  const letters = Array.from(text);
  const offending = [...new Set(letters.filter((letter) => !basic.has(letter) && !extended.has(letter)))];
  const sizes =
    offending.length === 0
      ? letters.map((letter) => (extended.has(letter) ? 2 : 1))
      : letters.map((letter) => letter.length);
  const [alone, joined] = offending.length === 0 ? [160, 153] : [70, 67];
  const units = sizes.reduce((sum, size) => sum + size, 0);
  const encoding = offending.length === 0 ? 'GSM-7' : 'UCS-2';
  if (units <= alone) return { encoding, units, segments: units === 0 ? 0 : 1, left: alone - units, offending };
  let segments = 1;
  let used = 0;
  for (const size of sizes) {
    // An escape pair or a surrogate pair never straddles two segments.
    if (used + size > joined) {
      segments += 1;
      used = 0;
    }
    used += size;
  }
  return { encoding, units, segments, left: joined - used, offending };
}

/** The look-alikes of `core/sms_text.py`: no letter loses its accent. */
const PLAIN: Record<string, string> = Object.fromEntries(
  (
    [
      ["\u2018\u2019\u201a\u201b\u2032`", "'"],
      ['\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb', '"'],
      ['\u2010\u2011\u2012\u2013\u2014\u2212\u2022', '-'],
      ['\u00b7', '.'],
      ['\u2026', '...'],
      // A no-break space pasted from a word processor turns the text into UCS-2 and doubles its price.
      ['\u00a0\u202f\u2007\u2009\u3000\t', ' '],
      ['\u200b\u200c\u200d\u2060\ufeff\u00ad', ''],
    ] as const
  ).flatMap(([letters, plain]) => Array.from(letters, (letter) => [letter, plain])),
);

/** Typographic characters replaced by plain ones, so that a text stays in GSM-7. */
export function plainPunctuation(text: string): string {
  return Array.from(text, (letter) => PLAIN[letter] ?? letter).join('');
}

/** Whether `plainPunctuation` alone would bring the text back to GSM-7. */
export function plainHelps(count: SmsCount): boolean {
  return count.offending.length > 0 && count.offending.every((letter) => letter in PLAIN);
}
