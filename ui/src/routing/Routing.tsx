/** How work is distributed: queues, agents and their skills, the whole as a document, its history. */
import { api } from '../api/client.ts';
import type { RoutingDocument } from '../api/types.ts';
import { Calibration } from '../calibration/Calibration.tsx';
import { useLoad } from '../parts/hooks.ts';
import { ProblemNote, Waiting } from '../parts/pieces.tsx';
import { Link } from '../shell/route.tsx';
import { useSession } from '../shell/session.ts';
import shell from '../shell/shell.module.css';
import { useText } from '../text/i18n.ts';
import { WhatIf } from '../whatif/WhatIf.tsx';
import { AgentForm } from './AgentForm.tsx';
import { DocumentPage } from './DocumentPage.tsx';
import { History } from './History.tsx';
import { HoursForm, HoursList } from './HoursPage.tsx';
import { QueueForm } from './QueueForm.tsx';
import { QueueList } from './QueueList.tsx';
import css from './routing.module.css';
import { SkillMatrix } from './SkillMatrix.tsx';

const PAGES = ['queues', 'agents', 'hours', 'document', 'history', 'whatif', 'calibration'] as const;

export interface Book {
  document: RoutingDocument;
  /** Supervisors look, administrators change. */
  canChange: boolean;
  reload: () => void;
}

export default function Routing({ rest }: { rest: string[] }) {
  const { t } = useText();
  const { account } = useSession();
  const loaded = useLoad('routing', (signal) => api.get<RoutingDocument>('/routing/config', {}, signal));
  const [page = 'queues', name] = rest;
  if (loaded.problem) return <div className={shell.page}><ProblemNote problem={loaded.problem} retry={loaded.reload} /></div>;
  if (!loaded.data) return <Waiting />;
  const book: Book = { document: loaded.data, canChange: account.role === 'administrator', reload: loaded.reload };
  return (
    <div className={shell.page}>
      <nav className={css.tabs} aria-label={t('routing.pages')}>
        {PAGES.map((each) => (
          <Link key={each} href={`/desk/routing/${each}`} aria-current={each === page ? 'page' : undefined} data-testid={`routing-${each}`}>{t(`routing.page.${each}`)}</Link>
        ))}
      </nav>
      {page === 'agents' && name !== undefined ? <AgentForm key={`${name} ${book.document.version}`} book={book} name={name.replace(/^a:/, '')} />
        : page === 'hours' && name !== undefined ? <HoursForm key={`${name} ${book.document.version}`} book={book} name={name === 'new' ? '' : name.replace(/^h:/, '')} />
        : page === 'hours' ? <HoursList book={book} />
        : page === 'agents' ? <SkillMatrix key={book.document.version} book={book} />
        : page === 'document' ? <DocumentPage key={book.document.version} book={book} />
        : page === 'history' ? <History book={book} />
        : page === 'calibration' ? <Calibration queues={Object.keys(book.document.queues)} />
        : page === 'whatif' ? <WhatIf rest={rest.slice(1)} />
        : name !== undefined ? <QueueForm key={`${name} ${book.document.version}`} book={book} name={name === 'new' ? '' : name.replace(/^q:/, '')} />
        : <QueueList book={book} />}
    </div>
  );
}
