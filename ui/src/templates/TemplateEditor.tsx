/** One template: a body per language side by side in tabs, checked while it is written. */
import { Button, SegmentedControl, Switch, TextInput } from '@mantine/core';
import { useRef, useState } from 'react';
import { api } from '../api/client.ts';
import type { FieldInfo, Page, TemplateBody, TemplateIn, TemplateInfo, TemplateLint, TemplateProblem } from '../api/types.ts';
import { SmsMeter } from '../agent/Composer.tsx';
import { plainPunctuation } from '../agent/segments.ts';
import { ActionButton } from '../parts/ActionButton.tsx';
import { factName } from '../parts/facts.ts';
import { useLoad, useSettled } from '../parts/hooks.ts';
import { sayDone } from '../parts/notices.tsx';
import { Chip, PageHead, ProblemNote } from '../parts/pieces.tsx';
import { go } from '../shell/route.tsx';
import shell from '../shell/shell.module.css';
import { LANGUAGES, useText } from '../text/i18n.ts';
import { languageName } from '../parts/languages.ts';
import { Source } from './Source.tsx';
import css from './templates.module.css';

/** Values that are not the customer's; the link lets them unsubscribe with one press. */
const OURS = ['site.name', 'unsubscribe_link'];

const blank = (language: string): TemplateBody => ({ language, subject: '', text: '', html: '' });

export function TemplateEditor({ template, onSaved }: { template: TemplateInfo | null; onSaved: () => void }) {
  const { t, lang } = useText();
  const [name, setName] = useState(template?.name ?? '');
  const [channel, setChannel] = useState<'sms' | 'email'>(template?.channel === 'sms' ? 'sms' : 'email');
  const [bodies, setBodies] = useState<TemplateBody[]>(() => LANGUAGES.map((each) => template?.bodies.find((body) => body.language === each) ?? blank(each)));
  const [language, setLanguage] = useState<string>(LANGUAGES[0]);
  const [html, setHtml] = useState(bodies.some((body) => body.html !== ''));
  const area = useRef<HTMLTextAreaElement>(null);
  const fields = useLoad('fields', (signal) => api.get<Page<FieldInfo>>('/fields', {}, signal));

  const written = bodies.filter((body) => body.text.trim() !== '');
  const draft: TemplateIn = { name: name.trim() || '–', channel, bodies: written.map((body) => ({ ...body, subject: channel === 'email' ? body.subject : '', html: channel === 'email' && html ? body.html : '' })) };
  const settled = useSettled(written.length > 0 ? JSON.stringify(draft) : null, 400);
  const lint = useLoad(settled, () => api.post<TemplateLint>('/templates/lint', JSON.parse(settled ?? '{}') as TemplateIn));
  const problems = settled === null ? [] : (lint.data?.problems ?? []);
  const wrong = problems.some((problem) => problem.severity === 'error');

  const body = bodies.find((each) => each.language === language) ?? blank(language);
  const put = (values: Partial<TemplateBody>) => setBodies((all) => all.map((each) => (each.language === language ? { ...each, ...values } : each)));
  const of = (part: TemplateProblem['part']) => problems.filter((problem) => problem.language === language && problem.part === part);
  const insert = (field: string) => {
    const place = area.current;
    const at = place?.selectionStart ?? body.text.length;
    put({ text: `${body.text.slice(0, at)}{{ ${field} }}${body.text.slice(place?.selectionEnd ?? at)}` });
    place?.focus();
  };
  const save = async () => {
    const wanted = { ...draft, name: name.trim() };
    const { data: saved } = template ? await api.change<TemplateInfo>('PUT', `/templates/${template.id}`, wanted, `"${template.version}"`) : await api.create<TemplateInfo>('/templates', wanted);
    sayDone(t('template.saved', { name: saved.name, version: saved.version }));
    onSaved();
    go('/desk/templates');
  };

  return (
    <div className={shell.page}>
      <PageHead title={template?.name ?? t('template.new')} note={t('template.editor_note')}>
        <Button variant="default" onClick={() => go('/desk/templates')}>{t('common.back')}</Button>
        <ActionButton act={save} disabled={!name.trim() || written.length === 0 || wrong} data-testid="template-save">{t('common.save')}</ActionButton>
      </PageHead>
      <div className={css.editor}>
        <div className={`card ${css.pad} stack`}>
          <div className={css.top}>
            <TextInput className="grow" label={t('template.name')} value={name} required maxLength={200} onChange={(event) => setName(event.currentTarget.value)} data-testid="template-name" />
            <SegmentedControl value={channel} disabled={template !== null} onChange={(value) => setChannel(value as 'sms' | 'email')} aria-label={t('template.channel')} data={[{ value: 'email', label: t('dial.email') }, { value: 'sms', label: t('dial.sms') }]} />
          </div>
          <div className={css.top}>
            <SegmentedControl
              className="grow" fullWidth value={language} onChange={setLanguage} aria-label={t('template.language')} data-testid="template-language"
              data={LANGUAGES.map((each) => ({ value: each, label: languageLabel(each, lang, bodies, problems, t('template.missing')) }))}
            />
          </div>
          {channel === 'email' && (
            <>
              <TextInput label={t('mail.subject')} value={body.subject} onChange={(event) => put({ subject: event.currentTarget.value })} data-testid="template-subject" error={of('subject').map((problem) => problem.message).join('; ') || undefined} />
              <Switch checked={html} onChange={(event) => setHtml(event.currentTarget.checked)} label={t('template.with_html')} />
            </>
          )}
          <Source label={channel === 'sms' ? t('template.sms') : t('template.text')} value={body.text} rows={channel === 'sms' ? 6 : 12} problems={of('text')} onChange={(text) => put({ text })} testId="template-text" areaRef={area} />
          {channel === 'sms' && <SmsMeter text={body.text} onPlain={() => put({ text: plainPunctuation(body.text) })} />}
          {channel === 'email' && html && <Source label="HTML" value={body.html} rows={14} problems={of('html')} onChange={(value) => put({ html: value })} testId="template-html" />}
          {lint.problem && settled !== null && <ProblemNote problem={lint.problem} retry={lint.reload} />}
        </div>
        <aside className={`card ${css.pad} stack`} aria-label={t('template.fields')}>
          <h2>{t('template.fields')}</h2>
          <p className="muted small">{t('template.fields_note')}</p>
          <div className={css.fields}>
            {[...(fields.data?.items ?? []).map((each) => each.name), ...OURS].map((each) => (
              <button key={each} type="button" className={css.field} title={`{{ ${each} }}`} onClick={() => insert(each)}>{factName(each)}</button>
            ))}
          </div>
          {fields.problem && <ProblemNote problem={fields.problem} retry={fields.reload} />}
          <p role="status" className="row" data-testid="template-state">
            {settled === null ? <Chip>{t('template.empty')}</Chip> : wrong ? <Chip tone="bad" icon="warning">{t('template.has_errors')}</Chip> : lint.loading ? <Chip icon="clock">{t('template.checking')}</Chip> : <Chip tone="good" icon="check">{t('template.good')}</Chip>}
          </p>
        </aside>
      </div>
    </div>
  );
}

function languageLabel(language: string, lang: string, bodies: TemplateBody[], problems: TemplateProblem[], missing: string): string {
  const body = bodies.find((each) => each.language === language);
  const faults = problems.filter((problem) => problem.language === language && problem.severity === 'error').length;
  return languageName(language, lang) + (body?.text.trim() ? (faults > 0 ? ` ⚠ ${faults}` : '') : ` · ${missing}`);
}
