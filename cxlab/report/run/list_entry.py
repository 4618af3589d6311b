"""A few facts of a report that are for the consultant's list and not for the page: headline figure,
biggest gap, first priority.

A cell of the notebook returns `page.list_entry(...)`, which displays as a private kind of output,
by language. It is taken out of the executed notebook before any page is made of it, so a client
never sees it, and goes to the index over all clients.
"""

from typing import Any

from cxlab.report.formats import outputs
from cxlab.report.messages import refusal
from cxlab.show.page.list_entry import MIME

# key → the types that a value may have. What is hidden in the report is None here.
KNOWN = {
    "outcome": str,
    "kind": str,
    "estimate": (float, int),
    "n": int,
    "gap_touchpoint": str,
    "gap": (float, int),
    "priority": str,
    "priority_clear": bool,
}


def take(notebook: Any) -> dict[str, dict[str, Any]]:
    """Remove every output of this kind from the notebook, and return what they say together, by
    language. Raises ReportError for an unknown key.
    """
    entries = {}
    for cell, output in outputs.take(notebook, lambda output: MIME in output.get("data", {})):
        for language, facts in output.data[MIME].items():
            wrong = [language]
            if isinstance(facts, dict):
                wrong = [key for key in sorted(facts) if not _is_known(key, facts[key])]
            if wrong:
                raise refusal(
                    f"cell {cell}: the fact {wrong[0]!r} is unknown or of another type; use"
                    " page.list_entry(…)"
                )
            entries.setdefault(language, {}).update(facts)
    return entries


def _is_known(key: str, value: Any) -> bool:
    return key in KNOWN and (value is None or isinstance(value, KNOWN[key]))
