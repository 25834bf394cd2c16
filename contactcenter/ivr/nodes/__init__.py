"""The node types, one file each. A new one is its file and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from contactcenter.ivr.model import Node
from contactcenter.ivr.nodes import (
    branch,
    collect_read,
    enqueue,
    hang_up,
    look_up,
    say,
    set_language,
    voicemail,
)
from contactcenter.ivr.reading import NodeReader

NODE_TYPES: Mapping[str, Callable[[NodeReader], Node | None]] = {
    "say": say.read,
    "collect": collect_read.read,
    "branch": branch.read,
    "look_up": look_up.read,
    "enqueue": enqueue.read,
    "hang_up": hang_up.read,
    "set_language": set_language.read,
    "voicemail": voicemail.read,
}
"""By the key that makes a node one of its type."""
