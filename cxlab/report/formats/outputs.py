"""What the cells of an executed notebook left: what the page shows in which language, what it must
not, and what is taken out before because it is for us.
"""

import copy
import re
from collections.abc import Callable
from types import NoneType
from typing import Any

from cxlab.report import Record
from cxlab.report.messages import masked, refusal
from cxlab.show.benchmark import METRICS
from cxlab.show.page import list_entry, parts, pieces
from cxlab.show.page.since import read_figures

# A report shows what cells return as HTML (escaped at its source), pictures and plain text, the
# first of these that there is. Markdown, LaTeX, JavaScript and widgets are live or empty in a file,
# so a cell that shows one is refused rather than shown half.
PICTURES = ("image/svg+xml", "image/png", "image/jpeg")
SHOWN = ("text/html", *PICTURES, "text/plain")
LIVE = {
    "application/javascript",
    "application/vnd.jupyter.widget-view+json",
    "text/markdown",
    "text/latex",
    "text/vnd.mermaid",
}
# A section that words itself: {language: {"html": its markup, "parts": [part, …]}}.
_OURS = '<div class="cx">'  # opens what our own cells made
# Of a fact: key → the types that a value may have. What is hidden in the report is None here.
KNOWN = {
    "outcome": str,
    "kind": str,
    "estimate": (float, int),
    "n": int,
    "figure": str,
    "conf_low": (float, int),
    "conf_high": (float, int),
    "unit": str,
    "change": (float, int),
    "change_low": (float, int),
    "change_high": (float, int),
    **{f"counted_{metric}": (float, int) for metric in METRICS.values()},
    "wave": str,
    "changes": str,
    "gap_touchpoint": str,
    "gap": (float, int),
    "priority": str,
    "priority_clear": bool,
    "moved": str,
    "moved_from": str,
    "figures": dict,
}


def in_language(notebook: Any, language: str) -> Any:
    """A copy of the executed notebook for the readers of one language: sections are worded in it,
    and those that are not worded in it disappear; other outputs stay as they are.
    """
    notebook = copy.copy(notebook)
    notebook.cells = [_copied(cell) for cell in notebook.cells]
    take(notebook, lambda output: not _is_worded(output, language))
    _order(notebook)
    return notebook


def _copied(cell: Any) -> Any:
    """A cell that can be changed beside the one that was run; what its outputs hold is large, only
    read, and shared.
    """
    cell = copy.copy(cell)
    if "outputs" in cell:
        cell.outputs = [copy.copy(output) for output in cell.outputs]
        for output in cell.outputs:
            if "data" in output:
                output.data = copy.copy(output.data)
    return cell


def _order(notebook: Any) -> None:
    """Put the sections in the order that the study declares; cells go with the section that they
    follow, and what stands before all sections stays there.
    """
    place, places = -1, []
    for cell in notebook.cells:
        shown = cell.get("outputs", []) if cell.cell_type == "code" else []
        held = [part for one in shown for part in one.get("data", {}).get(parts.MIME, [])]
        place = next((part["place"] for part in held if "place" in part), place)
        places.append(place)
    pairs = sorted(enumerate(notebook.cells), key=lambda pair: places[pair[0]])
    notebook.cells = [cell for _number, cell in pairs]


def _is_worded(output: Any, language: str) -> bool:
    """Whether an output is for the readers of this language; a section is worded in it."""
    section = output.get("data", {}).get(pieces.MIME)
    if section is None:
        return True
    worded = section.get(language)
    if worded is not None:
        shown = {"text/html": f"{_OURS}{worded['html']}</div>", parts.MIME: worded["parts"]}
        output.data = type(output)(shown)
    return worded is not None


def take(notebook: Any, wanted: Callable[[Any], bool]) -> list[tuple[int, Any]]:
    """Remove the outputs that are wanted from the notebook; returns each with its cell's number."""
    taken = []
    for number, cell in enumerate(notebook.cells, 1):
        if "outputs" in cell:
            taken += [(number, output) for output in cell.outputs if wanted(output)]
            cell.outputs = [output for output in cell.outputs if not wanted(output)]
    return taken


def take_warnings(notebook: Any) -> list[str]:
    """Take out what cells wrote to stderr, as masked lines: it is for us, not for the client."""

    said = take(notebook, lambda one: one.output_type == "stream" and one.name == "stderr")
    return [
        masked(line.strip())
        for _, output in said
        for line in output.text.splitlines()
        if line.strip()
    ]


def take_facts(notebook: Any) -> dict[str, Record]:
    """Take out what `page.list_entry(…)` and `page.since(…)` tell, by language: headline figure,
    biggest gap, first priority, for the consultant's list and the next report and not for the
    page. Raises ReportError for an unknown key.
    """

    def tells(output: Any) -> bool:
        return list_entry.MIME in output.get("data", {})

    entries, numbered = {}, enumerate(notebook.cells, 1)
    told = [(at, one) for at, cell in numbered for one in filter(tells, cell.get("outputs", []))]
    take(notebook, lambda output: tells(output) and pieces.MIME not in output.data)
    for cell, output in told:
        for language, facts in output.data.pop(list_entry.MIME).items():
            wrong = [language]
            if isinstance(facts, dict):
                wrong = unknown(facts)
            if wrong:
                raise refusal(
                    f"cell {cell}: the fact {wrong[0]!r} is unknown or of another type; use"
                    " page.list_entry(…)"
                )
            entries.setdefault(language, {}).update(facts)
    return entries


def unknown(facts: Record) -> list[str]:
    """The keys of facts that we do not know, or whose values are of another type."""
    return [
        key
        for key in sorted(facts)
        if key not in KNOWN
        or not isinstance(facts[key], (KNOWN[key], NoneType))
        or (key == "figures" and read_figures(facts[key]) is None)
    ]


def take_parts(notebook: Any) -> list[Record]:
    """The parts of every piece that the page shows, in order. They leave the notebook: every later
    step would copy them once more.
    """
    found = []
    for cell in notebook.cells:
        if cell.cell_type != "code" or "remove-cell" in cell.metadata.get("tags", []):
            continue
        for output in cell.outputs:
            data = output.get("data", {})
            if data.get("text/html", "").startswith(_OURS):
                found += data.pop(parts.MIME, [])
    return found


def refuse_live_outputs(notebook: Any) -> None:
    """Raise ReportError where a cell shows Markdown, LaTeX, JavaScript or a widget, unless it is a
    table or a picture that only offers one beside the form that the page takes.
    """
    for number, cell in enumerate(notebook.cells, 1):
        for output in cell.get("outputs", []):
            kinds = set(output.get("data", {}))
            if kinds & LIVE and not kinds & {"text/html", *PICTURES}:
                raise refusal(
                    f"cell {number} shows {', '.join(sorted(kinds & LIVE))}, which a report does"
                    " not carry; show a table, a picture or page.section(…) instead"
                )


def number_styled_tables(notebook: Any) -> None:
    """Number the tables that a pandas Styler drew, in their order: each carries ids drawn anew
    (`T_5f3ab_row0_col1`), which its own styles name.
    """
    shown = [
        output.data
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if '<table id="T_' in output.get("data", {}).get("text/html", "")
    ]
    styled = r'<table id="T_([0-9a-f]{1,32})"'
    drawn = dict.fromkeys(one for data in shown for one in re.findall(styled, data["text/html"]))
    numbers = {name: str(number) for number, name in enumerate(drawn, 1)}
    ids = re.compile(rf"(?<=[\"#\s])T_({'|'.join(numbers)})(?=[\"_\s,{{.:>])")
    for data in shown if numbers else ():
        data["text/html"] = ids.sub(lambda found: f"T_{numbers[found[1]]}", data["text/html"])
