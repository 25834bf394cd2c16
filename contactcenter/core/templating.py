"""Templates, the whole of it in one import: sandboxed Jinja2 with declared variables.

* ``render_trusted`` renders texts we ship, in this process.
* ``TemplateWorkers`` renders what accounts have stored, in processes with limits.
* ``lint`` names every fault with line and column before a template is saved.
* ``TemplateChain([FolderTemplates(...), LookedUp(rows), PackagedTemplates()])`` finds templates.
"""

from __future__ import annotations

from contactcenter.core.templating_lint import lint, lint_source, used
from contactcenter.core.templating_render import MAX_OUTPUT, render_lenient, render_trusted
from contactcenter.core.templating_sources import (
    FolderTemplates,
    LookedUp,
    PackagedTemplates,
    TemplateChain,
    TemplateSource,
    load_template,
    packaged_folder,
    read_variables,
)
from contactcenter.core.templating_values import (
    VARIABLE_KINDS,
    LintFault,
    Rendered,
    Template,
    TemplateBody,
    TemplateFault,
    TemplateInvalid,
    Variable,
    VariableKind,
    Variables,
    pick,
    primary,
)
from contactcenter.core.templating_workers import Limits, TemplateWorkers

__all__ = [
    "MAX_OUTPUT",
    "VARIABLE_KINDS",
    "FolderTemplates",
    "Limits",
    "LintFault",
    "LookedUp",
    "PackagedTemplates",
    "Rendered",
    "Template",
    "TemplateBody",
    "TemplateChain",
    "TemplateFault",
    "TemplateInvalid",
    "TemplateSource",
    "TemplateWorkers",
    "Variable",
    "VariableKind",
    "Variables",
    "lint",
    "lint_source",
    "load_template",
    "packaged_folder",
    "pick",
    "primary",
    "read_variables",
    "render_lenient",
    "render_trusted",
    "used",
]
