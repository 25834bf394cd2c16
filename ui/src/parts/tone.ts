/** What a state means for the eye; the word beside it carries the meaning. */
export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'plain' | 'accent';
