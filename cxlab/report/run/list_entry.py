"""A few facts of a report that are for the consultant's list and not for the page: headline figure,
biggest gap, first priority.

A cell of the notebook returns `cx.list_entry(...)`, which displays as
a private kind of output. It is taken out of the executed notebook before any page is made of it, so
a client never sees it, and goes to the index over all clients.
"""

from typing import Any

from cxlab.errors import ReportError
from cxlab.report.formats import outputs
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


def take(notebook: Any) -> dict[str, Any]:
    """Remove every output of this kind from the notebook, and return what they say together. Raises
    ReportError for an unknown key.
    """
    entry = {}
    for cell, output in outputs.take(notebook, lambda output: MIME in output.get("data", {})):
        for key, value in sorted(output.data[MIME].items()):
            if key not in KNOWN or not (value is None or isinstance(value, KNOWN[key])):
                raise ReportError(
                    "cell {cell}: the fact {key!r} is unknown or of another type; use"
                    " cx.list_entry(…)",
                    cell=cell,
                    key=key,
                )
            entry[key] = value
    return entry
