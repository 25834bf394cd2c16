/** The whole configuration as YAML. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import { PageHead } from '../parts/pieces.tsx';
import { useText } from '../text/i18n.ts';
import { Review } from './Review.tsx';
import type { Book } from './Routing.tsx';
import { useChecked, YamlEditor } from './YamlEditor.tsx';

export function DocumentPage({ book }: { book: Book }) {
  const { t } = useText();
  const [yaml, setYaml] = useState(book.document.yaml);
  const [reviewing, setReviewing] = useState(false);
  const checked = useChecked(yaml);
  return (
    <>
      <PageHead title={t('routing.page.document')} note={book.canChange ? t('routing.document_note') : t('routing.read_only')}>
        {book.canChange && <Button disabled={checked.refused || !checked.isSettled || checked.changes.length === 0} onClick={() => setReviewing(true)} data-testid="document-review">{t('routing.review')}</Button>}
      </PageHead>
      <YamlEditor label={t('routing.page.document')} yaml={yaml} onChange={setYaml} readOnly={!book.canChange} checked={checked} />
      {reviewing && <Review book={book} yaml={yaml} onClose={() => setReviewing(false)} />}
    </>
  );
}
