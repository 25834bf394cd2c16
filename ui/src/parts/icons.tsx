/** The icons of the desks: 24-unit strokes drawn for this product, decorative unless labelled. */
import type { ReactNode } from 'react';

const DRAWN = {
  phone: <path d="M5.2 4h3.1l1.6 4.2-2 1.5a11.5 11.5 0 0 0 6.4 6.4l1.5-2L20 15.7v3.1A1.8 1.8 0 0 1 18 20.6 15.6 15.6 0 0 1 3.4 6 1.8 1.8 0 0 1 5.2 4Z" />,
  'phone-off': <path d="M3.5 15.2c-.8-1-.7-2.7.3-3.6 4.6-4 11.8-4 16.4 0 1 .9 1.1 2.6.3 3.6l-.7.9-4-1.4v-2.5a13 13 0 0 0-7.6 0v2.5l-4 1.4Z" />,
  message: <path d="M4 6.5A2.5 2.5 0 0 1 6.5 4h11A2.5 2.5 0 0 1 20 6.5v7a2.5 2.5 0 0 1-2.5 2.5H11l-4.5 4v-4A2.5 2.5 0 0 1 4 13.5Z" />,
  mail: <><rect x="3.5" y="5.5" width="17" height="13" rx="2.5" /><path d="m4.5 7.5 7.5 5.5 7.5-5.5" /></>,
  mic: <><rect x="9" y="3.5" width="6" height="10.5" rx="3" /><path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v2.5" /></>,
  'mic-off': <><path d="M15 9.5V6.5a3 3 0 0 0-5.7-1.3M9 9.5V11a3 3 0 0 0 4.5 2.6M5.5 11.5a6.5 6.5 0 0 0 10.3 5.3M18.3 13a6.5 6.5 0 0 0 .2-1.5M12 18v2.5M4 4l16 16" /></>,
  pause: <path d="M8.5 5.5v13M15.5 5.5v13" />,
  play: <path d="M7.5 5v14l11-7Z" />,
  send: <path d="M4.5 12 19.5 4.8 15.2 19.5l-3.4-6.3ZM11.8 13.2l7.7-8.4" />,
  check: <path d="m5 12.5 4.5 4.5L19 7.5" />,
  close: <path d="m6 6 12 12M18 6 6 18" />,
  warning: <><path d="M12 4.5 21 19.5H3Z" /><path d="M12 10v4.5M12 17v.2" /></>,
  info: <><circle cx="12" cy="12" r="8.5" /><path d="M12 11v5M12 8v.2" /></>,
  people: <><circle cx="9" cy="8.5" r="3.5" /><path d="M3 19.5c.6-3.3 3-5 6-5s5.4 1.7 6 5M15.5 5.3a3.3 3.3 0 0 1 0 6.3M17.5 14.8c2 .6 3.2 2.2 3.6 4.7" /></>,
  person: <><circle cx="12" cy="8.5" r="4" /><path d="M4.5 20c.8-3.7 3.7-5.5 7.5-5.5s6.7 1.8 7.5 5.5" /></>,
  floor: <path d="M4 19.5h16M6.5 16v-5M12 16V6M17.5 16V9" />,
  megaphone: <path d="M4 10v4l3 .5L16.5 19V5L7 9.5ZM7.5 14.5l1.5 5h2.5l-1-4M19.5 10.5v3" />,
  segment: <><circle cx="12" cy="12" r="8.5" /><path d="M12 12V3.5M12 12l7 5" /></>,
  template: <><rect x="4.5" y="4" width="15" height="16" rx="2.5" /><path d="M8 8.5h8M8 12h8M8 15.5h4.5" /></>,
  gear: <><circle cx="12" cy="12" r="3" /><path d="M12 3.5v3M12 17.5v3M3.5 12h3M17.5 12h3M6 6l2.1 2.1M15.9 15.9 18 18M18 6l-2.1 2.1M8.1 15.9 6 18" /></>,
  sun: <><circle cx="12" cy="12" r="3.8" /><path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M18.4 5.6 17 7M7 17l-1.4 1.4" /></>,
  moon: <path d="M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10Z" />,
  globe: <><circle cx="12" cy="12" r="8.5" /><path d="M3.5 12h17M12 3.5c5 5.2 5 11.8 0 17M12 3.5c-5 5.2-5 11.8 0 17" /></>,
  bell: <><path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15ZM10 20.5h4" /></>,
  'bell-off': <path d="M8.2 6.4A6 6 0 0 1 18 11v4M16 18H4.5L6 16.5V11c0-.6.1-1.2.3-1.8M10 20.5h4M4 4l16 16" />,
  plus: <path d="M12 5v14M5 12h14" />,
  pencil: <path d="m5 19 1-4L16.5 4.5l3 3L9 18ZM14 7l3 3" />,
  search: <><circle cx="11" cy="11" r="6.5" /><path d="m16 16 4.5 4.5" /></>,
  clock: <><circle cx="12" cy="12" r="8.5" /><path d="M12 7v5l3.5 2" /></>,
  arrow: <path d="M5 12h14M13.5 6.5 19 12l-5.5 5.5" />,
  back: <path d="M19 12H5M10.5 6.5 5 12l5.5 5.5" />,
  down: <path d="m6.5 9.5 5.5 5.5 5.5-5.5" />,
  right: <path d="m9.5 6.5 5.5 5.5-5.5 5.5" />,
  out: <path d="M13 4.5H6.5v15H13M10.5 12H20M16.5 8.5 20 12l-3.5 3.5" />,
  trash: <path d="M5 7h14M9.5 7V4.5h5V7M7 7l.8 12.5h8.4L17 7M10.5 10.5v5.5M13.5 10.5v5.5" />,
  tag: <><path d="M4 12V4.5h7.5l8 8L12 20Z" /><path d="M8 8.5v.2" /></>,
  keypad: <path d="M6 6v.01M12 6v.01M18 6v.01M6 12v.01M12 12v.01M18 12v.01M6 18v.01M12 18v.01M18 18v.01" strokeWidth="3" />,
  speaker: <path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5ZM15.5 9a4.5 4.5 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11" />,
  'speaker-off': <path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5ZM16 9.5l5 5M21 9.5l-5 5" />,
  erase: <path d="M9 5.5h11v13H9L3.5 12ZM12 9.5l5 5M17 9.5l-5 5" />,
  inbox: <path d="M4 13.5 6.5 5h11L20 13.5V19H4ZM4 13.5h4.5l1.5 2.5h4l1.5-2.5H20" />,
  route: <><circle cx="6" cy="18" r="2.5" /><circle cx="18" cy="6" r="2.5" /><path d="M8.5 18H15a3.5 3.5 0 0 0 0-7H9a3.5 3.5 0 0 1 0-7h6.5" /></>,
  eye: <><path d="M2.5 12C5 7.5 8.2 5.5 12 5.5s7 2 9.5 6.5c-2.5 4.5-5.7 6.5-9.5 6.5S5 16.5 2.5 12Z" /><circle cx="12" cy="12" r="2.8" /></>,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof DRAWN;

export function Icon({ name, size = 18, label }: { name: IconName; size?: number; label?: string }) {
  return (
    <svg
      width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.8"
      strokeLinecap="round" strokeLinejoin="round" focusable="false" role={label ? 'img' : undefined}
      aria-label={label} aria-hidden={label ? undefined : true} style={{ flex: 'none' }}
    >
      {DRAWN[name]}
    </svg>
  );
}
