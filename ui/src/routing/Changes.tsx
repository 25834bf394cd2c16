import type { RoutingChange } from '../api/types.ts';
import { Icon } from '../parts/icons.tsx';
import { useText } from '../text/i18n.ts';
import css from './routing.module.css';

/** What differs, part by part: the place, the old value, the new one. */
export function Changes({ changes }: { changes: RoutingChange[] }) {
  const { t } = useText();
  if (changes.length === 0) return <p className="muted">{t('routing.nothing_differs')}</p>;
  return (
    <ul className={css.changes} data-testid="routing-changes">
      {changes.map((each) => (
        <li key={each.where} data-kind={each.kind} data-testid="routing-change">
          <span className={css.where}><Icon name={each.kind === 'added' ? 'plus' : each.kind === 'removed' ? 'close' : 'pencil'} size={14} label={t(`routing.kind.${each.kind}`)} />{each.where}</span>
          <span className={css.values}>
            {each.kind !== 'added' && <del>{shown(each.before)}</del>}
            {each.kind !== 'removed' && <ins>{shown(each.after)}</ins>}
          </span>
        </li>
      ))}
    </ul>
  );
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value || '""' : JSON.stringify(value);
}
