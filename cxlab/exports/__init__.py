"""From the file of a survey tool to a study: a first study.yml, and a look at every column.

A room of its own, because it stands both before a study (`draft_study`) and in a notebook
(`explore_codebook`).
"""

from cxlab.exports.draft_study import (
    draft_study as draft_study,
    guess_export as guess_export,
    write_draft as write_draft,
)
from cxlab.exports.page import column_page as column_page
from cxlab.show.explore.codebook import explore_codebook as explore_codebook
from cxlab.study.exports.draft.draft import ROLES as ROLES, decide as decide

__all__ = [
    "column_page",
    "decide",
    "draft_study",
    "explore_codebook",
    "guess_export",
    "write_draft",
]
