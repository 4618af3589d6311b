"""What a printed page, a workbook and slides say on their own account, in the reader's language."""

from __future__ import annotations

from cxlab.show.words import text
from cxlab.show.words.text import N_, translator

_WORDS: dict[str, str] = {
    "contents": N_("Contents"),
    "every_table": N_("Every table behind the report"),
    "sheet": N_("Sheet"),
    "table": N_("Table"),
    "rows": N_("Rows"),
    "suppressed_cells": N_("Suppressed cells"),
    "suppressed": N_("suppressed"),
    "yes": N_("yes"),
    "no": N_("no"),
    "page": N_("Page {page} of {pages}"),
    "source": N_("Source: {source}"),
    "continued": N_("{title} (continued)"),
    "headline": N_("The headline figures, each with the range in which it plausibly lies."),
    "more_rows": N_("The first {shown} of {total} figures; the report holds the rest."),
    "nothing_hidden": N_("No cell of this table had to be suppressed."),
    "empty": N_(
        "An empty cell is a number that does not exist for this row; nothing was suppressed there."
    ),
}


def words(language: str) -> dict[str, str]:
    """Every word of `_WORDS` in `language`; those with `{places}` are templates."""
    _ = translator(language)
    return {key: _(message) for key, message in _WORDS.items()}


def suppressed_note(language: str, min_cell: int) -> str:
    """What a cell that says “suppressed” means."""
    _ = translator(language)
    return _(
        "Cells that say “{word}” rest on fewer than {cell} answers, or would reveal cells that do."
    ).format(word=words(language)["suppressed"], cell=text.number(min_cell, language, 0))
