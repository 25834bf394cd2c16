/** The controls of a call, each saying what it is now and what a press does. */
import { api } from '../api/client.ts';
import type { InteractionDetail } from '../api/types.ts';
import { ActionButton } from '../parts/ActionButton.tsx';
import { Icon } from '../parts/icons.tsx';
import { Chip, Since } from '../parts/pieces.tsx';
import { useText } from '../text/i18n.ts';
import css from './talk.module.css';

export function toggleMute(call: InteractionDetail): Promise<unknown> {
  return api.post(`/interactions/${call.id}/${call.muted ? 'unmute' : 'mute'}`);
}

export function toggleHold(call: InteractionDetail): Promise<unknown> {
  return api.post(`/interactions/${call.id}/${call.on_hold ? 'resume' : 'hold'}`);
}

export function hangUp(call: InteractionDetail): Promise<unknown> {
  return api.post(`/interactions/${call.id}/hang-up`);
}

export function CallBar({ call }: { call: InteractionDetail }) {
  const { t } = useText();
  const held = call.on_hold ? call.events.findLast((event) => event.kind === 'held')?.at : undefined;
  return (
    <div className={css.call} role="group" aria-label={t('call.controls')}>
      <div className={css.callState} role="status" data-testid="call-state" data-state={call.on_hold ? 'held' : call.connected ? 'connected' : 'connecting'}>
        {call.on_hold ? <Chip tone="warn" icon="pause">{t('call.on_hold')}{held && <> · <Since at={held} /></>}</Chip> : call.connected ? <Chip tone="good" icon="phone">{t('call.connected')}</Chip> : <Chip icon="clock">{t('call.connecting')}</Chip>}
        {call.muted && <Chip tone="warn" icon="mic-off">{t('call.muted')}</Chip>}
        {call.answered_at && <span className={css.callTime}><Since at={call.answered_at} label={t('call.duration')} /></span>}
      </div>
      <div className={css.callButtons}>
        <ActionButton act={() => toggleMute(call)} disabled={!call.connected} variant={call.muted ? 'filled' : 'default'} color={call.muted ? '#8f5a00' : undefined} leftSection={<Icon name={call.muted ? 'mic' : 'mic-off'} />} data-testid="call-mute" aria-keyshortcuts="Alt+M" aria-pressed={call.muted}>
          {call.muted ? t('call.unmute') : t('call.mute')}
        </ActionButton>
        <ActionButton act={() => toggleHold(call)} disabled={!call.connected && !call.on_hold} variant={call.on_hold ? 'filled' : 'default'} color={call.on_hold ? '#8f5a00' : undefined} leftSection={<Icon name={call.on_hold ? 'play' : 'pause'} />} data-testid="call-hold" aria-keyshortcuts="Alt+H" aria-pressed={call.on_hold}>
          {call.on_hold ? t('call.resume') : t('call.hold')}
        </ActionButton>
        <ActionButton act={() => hangUp(call)} color="#b42318" leftSection={<Icon name="phone-off" />} data-testid="call-hang-up" aria-keyshortcuts="Alt+X">
          {t('call.hang_up')}
        </ActionButton>
      </div>
    </div>
  );
}
