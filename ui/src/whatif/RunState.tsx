import type { WhatIfEntry } from '../api/types.ts';
import type { IconName } from '../parts/icons.tsx';
import { Chip } from '../parts/pieces.tsx';
import type { Tone } from '../parts/tone.ts';
import { percent } from '../text/format.ts';
import { useText } from '../text/i18n.ts';

const LOOKS: Record<WhatIfEntry['state'], { tone: Tone; icon: IconName }> = {
  running: { tone: 'info', icon: 'clock' },
  done: { tone: 'good', icon: 'check' },
  failed: { tone: 'bad', icon: 'warning' },
  interrupted: { tone: 'warn', icon: 'warning' },
};

/** Where a comparison stands, in words; how far it is while it runs. */
export function RunState({ run }: { run: WhatIfEntry }) {
  const { t, lang } = useText();
  return (
    <Chip tone={LOOKS[run.state].tone} icon={LOOKS[run.state].icon} data-testid="whatif-state">
      {t(`whatif.states.${run.state}`)}{run.state === 'running' && ` ${percent(run.share, lang)}`}
    </Chip>
  );
}
