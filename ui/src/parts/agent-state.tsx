/** An agent's state as a mark: each has its own shape besides its colour. */
import css from './agent-state.module.css';

export function StateDot({ state }: { state: string }) {
  return <span className={css.dot} data-state={state} aria-hidden="true" />;
}

/** Our own words first: the server's follow the account's language, the page may show another. */
export function reasonText(reasons: { code: string; text: string }[], wanted: string, code: (group: string, code: string) => string): string {
  const ours = code('away', wanted);
  return ours !== wanted.replaceAll('_', ' ') ? ours : (reasons.find((reason) => reason.code === wanted)?.text ?? ours);
}
