/** A dialog. Its head is a plain box: Mantine's own is a page's banner to screen readers. */
import { Modal, type ModalRootProps } from '@mantine/core';
import type { ReactNode } from 'react';
import { useText } from '../text/i18n.ts';
import css from './parts.module.css';

export function Dialog({ title, onClose, children, ...rest }: ModalRootProps & { title: string; children: ReactNode }) {
  const { t } = useText();
  return (
    <Modal.Root onClose={onClose} {...rest}>
      <Modal.Overlay />
      <Modal.Content>
        <div className={css.dialogHead}>
          <Modal.Title component="h2" className="grow">{title}</Modal.Title>
          <Modal.CloseButton aria-label={t('common.close')} />
        </div>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
