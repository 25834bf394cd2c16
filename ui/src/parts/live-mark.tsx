/** Whether the page is live, in a mark that is quiet while all is well. */
import { Tooltip } from '@mantine/core';
import type { LiveStatus } from '../api/live.ts';
import { useText } from '../text/i18n.ts';
import { Icon } from './icons.tsx';
import css from './live-mark.module.css';

export function LiveMark({ status }: { status: LiveStatus }) {
  const { t } = useText();
  return (
    <Tooltip label={t(`live.${status}_note`)}>
      <span className={css.mark} data-status={status} role="status" data-testid="connection">
        <span className={css.dot} aria-hidden="true" />
        <span className={css.word}>{t(`live.${status}`)}</span>
      </span>
    </Tooltip>
  );
}

export function LostBanner() {
  const { t } = useText();
  return (
    <div className={css.banner} role="alert">
      <Icon name="warning" size={16} /> {t('live.banner')}
    </div>
  );
}
