/** Templates: texts and mails with the customer's own values, one body per language. */
import { Button } from '@mantine/core';
import { api } from '../api/client.ts';
import type { Channel, Page, TemplateInfo } from '../api/types.ts';
import { useLoad } from '../parts/hooks.ts';
import { Icon } from '../parts/icons.tsx';
import { ChannelMark, Chip, Empty, PageHead, ProblemNote, Waiting } from '../parts/pieces.tsx';
import { go, Link } from '../shell/route.tsx';
import shell from '../shell/shell.module.css';
import { useText } from '../text/i18n.ts';
import { languageName } from '../parts/languages.ts';
import { TemplateEditor } from './TemplateEditor.tsx';
import css from './templates.module.css';

export default function Templates({ rest }: { rest: string[] }) {
  const templates = useLoad('templates', (signal) => api.get<Page<TemplateInfo>>('/templates', { limit: 200 }, signal));
  if (templates.problem) return <div className={shell.page}><ProblemNote problem={templates.problem} retry={templates.reload} /></div>;
  if (!templates.data) return <Waiting />;
  const open = templates.data.items.find((each) => each.id === rest[0]);
  if (rest[0] === 'new' || open) return <TemplateEditor key={rest[0]} template={open ?? null} onSaved={templates.reload} />;
  return <List templates={templates.data.items} />;
}

function List({ templates }: { templates: TemplateInfo[] }) {
  const { t, lang } = useText();
  return (
    <div className={shell.page}>
      <PageHead title={t('desk.templates')} note={t('template.note')}>
        <Button leftSection={<Icon name="plus" size={16} />} onClick={() => go('/desk/templates/new')} data-testid="template-new">{t('template.new')}</Button>
      </PageHead>
      {templates.length === 0 ? <div className="card"><Empty icon="template" title={t('template.none')}>{t('template.none_note')}</Empty></div> : (
        <ul className={css.cards}>
          {templates.map((each) => (
            <li key={each.id} className={`card ${css.card}`}>
              <ChannelMark channel={each.channel as Channel} />
              <div className="grow">
                <Link href={`/desk/templates/${each.id}`} data-testid="template"><strong>{each.name}</strong></Link>
                <p className="muted small cut">{each.bodies[0]?.subject || each.bodies[0]?.text}</p>
                <div className={css.chips}>
                  {each.bodies.map((body) => <Chip key={body.language}>{languageName(body.language, lang)}</Chip>)}
                  <Chip>{t('template.version', { version: each.version })}</Chip>
                  {each.problems.some((problem) => problem.severity === 'error') && <Chip tone="bad" icon="warning">{t('template.has_errors')}</Chip>}
                </div>
              </div>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
