/** The server's check of one queue, agent or set of hours while it is written. */
import { api } from '../api/client.ts';
import type { RoutingCheck, RoutingFault, Values } from '../api/types.ts';
import { useLoad, useSettled } from '../parts/hooks.ts';

export interface SectionCheck {
  /** Of the one that is written, their paths from its own root. */
  faults: RoutingFault[];
  /** Errors that the change would make in others. */
  elsewhere: RoutingFault[];
  /** Checked as it stands now, without an error, and something differs. */
  mayApply: boolean;
  isChecked: boolean;
}

/** `given`: the document to send; null while there is nothing to check. */
export function useSectionCheck(section: 'queues' | 'agents' | 'hours', name: string, given: Values | null): SectionCheck {
  const now = given && JSON.stringify(given);
  const key = useSettled(now, 300);
  const checked = useLoad(key, () => api.post<RoutingCheck>('/routing/config/check', { document: JSON.parse(key ?? '{}') as Values }));
  const all = given ? (checked.data?.faults ?? []) : [];
  const isMine = ({ path }: RoutingFault) => path[0] === section && path[1] === name;
  const isRefused = all.some((each) => each.severity === 'error') || checked.problem !== null;
  const isChecked = key === now && !checked.loading;
  return {
    faults: all.filter(isMine).map((each) => ({ ...each, path: each.path.slice(2) })),
    elsewhere: all.filter((each) => !isMine(each) && each.severity === 'error').map((each) => ({ ...each, message: `${each.where}: ${each.message}` })),
    mayApply: given !== null && isChecked && !isRefused && (checked.data?.changes.length ?? 0) > 0,
    isChecked,
  };
}
