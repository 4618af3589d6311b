"""A few facts of a report that are for the consultant and not for the page: headline figures and what was suppressed.

A cell of the notebook returns `cx.facts(...)` (`cxlab.show.facts`), which displays as a private kind of output. It is taken out of the
executed notebook before any page is made of it, so a client never sees it, and goes to the index over all clients.
"""

from __future__ import annotations

from typing import Any

from cxlab.errors import ReportError

KIND = "application/vnd.cxlab.facts+json"
# key → the types that a value may have. What is hidden in the report is None here.
KNOWN = {
    "outcome": str, "kind": str, "estimate": float, "n": int, "gap_touchpoint": str, "gap": float,
    "priority_touchpoint": str, "priority": str, "suppressed": dict,
}  # fmt: skip


def take(notebook: Any) -> dict[str, Any]:
    """Remove every output of this kind from the notebook, and return what they say together. Raises ReportError for an unknown key."""
    told: dict[str, Any] = {}
    for number, cell in enumerate(notebook.cells, 1):
        kept = []
        for output in cell.get("outputs", []):
            if KIND in output.get("data", {}):
                told |= _checked(dict(output.data[KIND]), number)
            else:
                kept.append(output)
        if "outputs" in cell:
            cell.outputs = kept
    return told


def _checked(said: dict[str, Any], cell: int) -> dict[str, Any]:
    for key, value in said.items():
        if key not in KNOWN or not (value is None or isinstance(value, KNOWN[key]) or (KNOWN[key] is float and isinstance(value, int))):
            raise ReportError("cell {cell}: the fact {key!r} is unknown or of another type; use cx.facts(…)", cell=cell, key=key)
    return {key: dict(sorted(value.items())) if isinstance(value, dict) else value for key, value in said.items()}
