/** A button that carries out a command: it can not be pressed twice, shows progress after 300 ms, says what failed. */
import { ActionIcon, Button, Tooltip, type ActionIconProps, type ButtonProps } from '@mantine/core';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { sayProblem } from './notices.tsx';

const SLOW_MS = 300;

export interface Acting<A> {
  run: (argument: A) => void;
  busy: boolean;
  slow: boolean;
}

export function useAction<A = void>(act: (argument: A) => Promise<unknown>, onProblem: (fault: unknown) => void = sayProblem): Acting<A> {
  const [busy, setBusy] = useState(false);
  const [slow, setSlow] = useState(false);
  const alive = useRef(true);
  useEffect(() => {
    alive.current = true;
    return () => {
      alive.current = false;
    };
  }, []);
  const running = useRef(false);
  const run = (argument: A) => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    const timer = setTimeout(() => alive.current && setSlow(true), SLOW_MS);
    act(argument)
      .catch(onProblem)
      .finally(() => {
        clearTimeout(timer);
        running.current = false;
        if (!alive.current) return;
        setBusy(false);
        setSlow(false);
      });
  };
  return { run, busy, slow };
}

type Common = { act: () => Promise<unknown>; 'data-testid'?: string; 'aria-keyshortcuts'?: string };

export function ActionButton({
  act, children, disabled, ...rest
}: Common & ButtonProps & { children: ReactNode; type?: 'button' | 'submit' }) {
  const { run, busy, slow } = useAction(act);
  return (
    <Button {...rest} loading={slow} disabled={disabled} aria-busy={busy} onClick={() => run()}>
      {children}
    </Button>
  );
}

/** The same with an icon alone; its label is the tooltip and the name. */
export function ActionTool({
  act, label, children, ...rest
}: Common & ActionIconProps & { label: string; children: ReactNode; 'aria-pressed'?: boolean }) {
  const { run, busy, slow } = useAction(act);
  return (
    <Tooltip label={label}>
      <ActionIcon {...rest} aria-label={label} loading={slow} aria-busy={busy} onClick={() => run()}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
