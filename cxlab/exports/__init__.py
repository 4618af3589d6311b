"""From the file of a survey tool to a study: a first study.yml, and a look at every column.

A room of its own, because it stands both before a study (`draft_study`) and in a notebook
(`explore_codebook`).
"""

from typing import TYPE_CHECKING, Any

from cxlab.exports.draft_study import (
    draft_study as draft_study,
    guess_export as guess_export,
    write_draft as write_draft,
)
from cxlab.exports.page import column_page as column_page
from cxlab.extras import needed
from cxlab.study.exports.draft.draft import ROLES as ROLES, decide as decide
from cxlab.study.samples import located as located

if TYPE_CHECKING:
    from cxlab.show.explore.codebook import explore_codebook as explore_codebook

__all__ = [
    "column_page",
    "decide",
    "draft_study",
    "explore_codebook",
    "guess_export",
    "located",
    "write_draft",
]


def __getattr__(name: str) -> Any:
    # late: drafts need no widgets
    if name != "explore_codebook":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with needed():
        from cxlab.show.explore.codebook import explore_codebook
    return explore_codebook
