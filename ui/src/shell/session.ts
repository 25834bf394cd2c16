import { createContext, useContext } from 'react';
import type { Role, Session } from '../api/types.ts';

const SessionContext = createContext<Session | null>(null);
export const SessionProvider = SessionContext.Provider;

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('no session around this page');
  return session;
}

export type Desk = 'agent' | 'floor' | 'campaigns' | 'segments' | 'templates' | 'routing' | 'admin';

/** Which desks a role sees, its start page first. */
export const DESKS: Record<Role, Desk[]> = {
  agent: ['agent'],
  supervisor: ['floor', 'routing'],
  marketer: ['campaigns', 'segments', 'templates'],
  administrator: ['floor', 'campaigns', 'segments', 'templates', 'routing', 'admin'],
};
