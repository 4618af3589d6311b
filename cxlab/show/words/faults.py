"""What is wrong in a study, in the reader's language: the fieldwork agency that can mend it may
read another than the analyst.
"""

from collections.abc import Iterator, Sequence
from string import Formatter
from typing import Any, NamedTuple

from cxlab.errors import ROWS_SHOWN, Fault, Said, as_it_stands, odd_points
from cxlab.show.words.catalogue import N_, translator
from cxlab.show.words.nouns import for_one
from cxlab.show.words.text import localised

SEVERITIES = {"error": N_("error"), "warning": N_("warning")}
SOUND = N_("sound")
# The heads of a table of faults, by what stands below them, and the words around it.
HEADS = {
    "severity": N_("Kind"),
    "file": N_("File"),
    "column": N_("Column"),
    "rows": N_("Rows"),
    "value": N_("Value"),
    "problem": N_("Problem"),
    "fix": N_("What to do"),
}
AROUND = {
    "title": N_("What to mend in the data"),
    "sound": N_("Nothing to mend."),
    "about": N_("Rows are counted as a spreadsheet shows them: the header is row 1."),
}


class FaultWords(NamedTuple):
    """A fault as a reader is told: what kind, where, with which value, why, and what to do."""

    severity: str
    file: str
    column: str
    rows: str
    value: str
    problem: str
    fix: str

    def line(self) -> str:
        """The fault in one line, but for what to do."""
        where = ", ".join(part for part in (self.file, self.column, self.rows) if part)
        value = f": {self.value}" if self.value else ""
        return f"{where + ': ' if where else ''}{self.problem}{value}"


class Marked(Formatter):
    """Numbers with the language's marks."""

    def __init__(self, language: str) -> None:
        self.language = language

    def format_field(self, value: Any, spec: str) -> str:
        if isinstance(value, Said):
            return said_in(value, self.language)
        words = format(value, spec)
        return localised(words, self.language) if isinstance(value, (int, float)) else words


def said_in(words: str, language: str) -> str:
    """What was `said` in a language, of one or several; as it is, where the catalogue does not know
    it.
    """
    _ = translator(language)
    if not words or not isinstance(words, Said):
        return words and _(words)
    template = for_one(_(words.template), words.values, language)
    return Marked(language).vformat(template, (), words.values)


def fault_words(fault: Fault, language: str) -> FaultWords:
    """The words of a fault. Raises ReportError for an unknown language."""
    _ = translator(language)
    return FaultWords(
        _(SEVERITIES[fault.severity]),
        fault.file,
        _column(fault, language),
        _rows(fault, language),
        _value(fault, language),
        said_in(fault.problem, language),
        said_in(fault.fix, language),
    )


def _column(fault: Fault, language: str) -> str:
    _ = translator(language)
    if not fault.column:
        return ""
    is_key = fault.place().startswith("key ")
    place = (_("key {name}") if is_key else _("column {name}")).format(name=repr(fault.column))
    return place + (_(" (position {n})").format(n=fault.position) if fault.position else "")


def _rows(fault: Fault, language: str) -> str:
    _, n = translator(language), len(fault.rows)
    rows = ", ".join(map(str, fault.rows[:ROWS_SHOWN]))
    if n < 2:
        return _("row {rows}").format(rows=rows) if n else ""
    more = _(" … ({n} rows)").format(n=n) if n > ROWS_SHOWN else ""
    return _("rows {rows}").format(rows=rows) + more


def _value(fault: Fault, language: str) -> str:
    _ = translator(language)
    if not fault.value or fault.is_withheld():
        return ""
    points = odd_points(fault.value)
    holds = _(" (holds {points})").format(points=", ".join(points)) if points else ""
    return as_it_stands(fault.value) + holds


def counted(faults: Sequence[Fault], language: str) -> str:
    """How many errors and warnings these are, in words."""
    _ = translator(language)
    errors = sum(fault.severity == "error" for fault in faults)
    warnings = len(faults) - errors
    first = _("1 error") if errors == 1 else _("{n} errors").format(n=errors)
    second = _("1 warning") if warnings == 1 else _("{n} warnings").format(n=warnings)
    return f"{first}, {second}"


def told(faults: Sequence[Fault], language: str) -> Iterator[str]:
    """Faults as lines, each with what to do below it."""
    width = max(len(translator(language)(word)) for word in SEVERITIES.values())
    for words in (fault_words(fault, language) for fault in faults):
        yield f"  {words.severity:<{width}}  {words.line()}"
        if words.fix:
            yield f"  {'':<{width}}  → {words.fix}"
