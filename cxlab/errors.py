"""Why a study, a model or a report was refused, in words that can be acted on.

Every refusal carries its message as a template plus the values that fill it, so that a report in
another language can give the same reason in it (the template is looked up in its catalogue).
`str(error)` is English.
"""

import os
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

ROWS_SHOWN = 5
# an environment variable that every process of a report carries: what it says is written down
REPORTING = "CXLAB_JOB"


def tells(value: str) -> bool:
    """Whether an answer may tell who somebody is: it holds a letter or a long number."""
    return any(c.isalpha() for c in value) or re.search(r"\d{6}", value) is not None


def odd_points(value: str) -> list[str]:
    """The code points of a value that nobody sees, or takes for other ones, by number and name.

    >>> odd_points("5\u00a0"), odd_points("\u0410 plan"), odd_points("São")
    (['U+00A0 NO-BREAK SPACE'], ['U+0410 CYRILLIC CAPITAL LETTER A'], [])
    """
    letters = [c for c in value if c.isalpha()]
    ours = any("LATIN" in unicodedata.name(c, "") for c in letters)
    # A letter of another script beside ours, or a code such as А1.
    mixed = ours or (len(letters) < 3 and any(map(str.isdigit, value)))
    found = dict.fromkeys(c for c in value if _is_odd(c, mixed))
    return [f"U+{ord(c):04X} {unicodedata.name(c, 'without a name')}" for c in found]


def _is_odd(c: str, mixed: bool) -> bool:
    unseen = unicodedata.category(c) in ("Cf", "Zs", "Zl", "Zp", "Cc", "Co", "Cn")
    wide = "\uff01" <= c <= "\uff5e" or "\u0300" <= c <= "\u036f"
    other = mixed and unicodedata.name(c, "").startswith(("CYRILLIC", "GREEK"))
    return (unseen and c not in " \n\t\r") or wide or other


def as_it_stands(value: str) -> str:
    """A value in quotes, with what cannot be seen in it written as its number."""
    if not odd_points(value):
        return repr(value)
    return "'" + "".join(f"\\u{ord(c):04x}" if _is_odd(c, False) else c for c in value) + "'"


class CxlabError(ValueError):
    """Base of every refusal. `template` holds `{names}` that `values` fills.

    Examples
    --------
    >>> import cxlab as cx
    >>> try:
    ...     cx.nps(cx.simulate_study(50, seed=1), "delight")
    ... except cx.CxlabError as error:
    ...     print(type(error).__name__, "delight" in str(error))
    ModelError True
    """

    def __init__(self, template: str, /, **values: object) -> None:
        self.template = template
        self.values = values
        super().__init__(template.format(**values))

    def __reduce__(self):
        return _rebuild, (type(self), self.template, self.values)


def _rebuild(kind: type[CxlabError], template: str, values: dict) -> CxlabError:
    error = kind.__new__(kind)
    CxlabError.__init__(error, template, **values)
    return error


class ModelError(CxlabError):
    """A statistic that cannot be had from these data: names the touchpoint or outcome, the counts
    and what to do.

    Examples
    --------
    >>> import cxlab as cx
    >>> try:
    ...     cx.metrics(cx.simulate_study(50, seed=1), by="plan")
    ... except cx.ModelError as error:
    ...     print(error)
    by='plan': this study declares no such split; it has: channel
    """


class NotAskedError(ModelError):
    """What the study did not ask at all (an expectation, comments, a second wave): a report leaves
    it out without a word, where a `ModelError` is a reason to give.
    """


def wrong_kind(call: str, wanted: str, given: object, write: str) -> ModelError:
    """The refusal of an argument that is another kind of thing, with what to write instead."""
    plain = isinstance(given, (str, int, float, type(None)))
    return ModelError(
        "{call} takes {wanted}, not {given}; write {write}",
        call=call,
        wanted=wanted,
        given=repr(given) if plain else type(given).__name__,
        write=write,
    )


class ReportError(CxlabError):
    """A report that was not written: names the client, the cause and what to do.

    Examples
    --------
    >>> import cxlab as cx
    >>> try:
    ...     cx.say(cx.metrics(cx.simulate_study(50, seed=1)), language="fr")
    ... except cx.ReportError as error:
    ...     print("fr" in str(error))
    True
    """


class Said(str):
    """A sentence in English that knows its template and the values in it, so that it can be said in
    another language.

    >>> said("rows with {cells} cells", cells=3).template
    'rows with {cells} cells'
    """

    template: str
    values: dict[str, object]

    def __reduce__(self):
        return _said_again, (self.template, self.values)


def said(template: str, /, **values: object) -> Said:
    """The sentence that `template` gives with these values."""
    sentence = Said(template.format(**values))
    sentence.template, sentence.values = template, values
    return sentence


def refusal(why: Any) -> ModelError:
    """A sentence on what is declared, or why a study did not ask, as the refusal of a model."""
    return _rebuild(ModelError, why.template, why.values)


def joined(sentences: Iterable[str], mark: str = "; ") -> Said:
    """Sentences as one, with a mark between them in every language."""
    parts = {f"part_{i}": one for i, one in enumerate(sentences)}
    return said(mark.join(f"{{{name}}}" for name in parts), **parts)


def _said_again(template: str, values: dict) -> Said:
    return said(template, **values)


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong in a study. `rows` are line numbers of the file as a spreadsheet
    shows them (header = 1). Words that hold values are `said`, for other languages to say.
    """

    problem: str
    file: str = ""
    column: str = ""
    rows: tuple[int, ...] = ()
    value: str = ""
    fix: str = ""
    severity: str = "error"
    position: int = 0  # of the column in its file, from 1; 0 where it is not known

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.file, self.place(), self._rows()) if part)
        value = f": {self.shown_value()}" if self.value and not self.is_withheld() else ""
        fix = f" → {self.fix}" if self.fix else ""
        return f"{where + ': ' if where else ''}{self.problem}{value}{fix}"

    def shown_value(self) -> str:
        """The value as it stands, with the names of its odd code points."""
        points = odd_points(self.value)
        return as_it_stands(self.value) + (f" (holds {', '.join(points)})" if points else "")

    def is_withheld(self) -> bool:
        """Whether the value goes unsaid: a report's messages stay on the disk, and only on the
        analyst's screen is a name in the wrong place shown.
        """
        return not self._is_declared() and tells(self.value) and REPORTING in os.environ

    def place(self) -> str:
        """The column of a data file, or the key of study.yml."""
        return (
            f"{'key' if self._is_declared() else 'column'} {self.column!r}" if self.column else ""
        )

    def _is_declared(self) -> bool:
        """Whether the fault is in what the analyst wrote, not in what respondents answered."""
        return self.file.endswith((".yml", ".yaml")) or self.file == "the call"

    def _rows(self) -> str:
        if not self.rows:
            return ""
        shown = ", ".join(map(str, self.rows[:ROWS_SHOWN]))
        if len(self.rows) == 1:
            return f"row {shown}"
        more = f" … ({len(self.rows)} rows)" if len(self.rows) > ROWS_SHOWN else ""
        return f"rows {shown}{more}"


class StudyError(CxlabError):
    """A study that cannot be read as declared. `faults` lists every fault found, never only the
    first; `sheets` those of a workbook of which one has to be named.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> frame, scales = pd.DataFrame({"q": [5, 6, 77]}), {"s": {"min": 1, "max": 7}}
    >>> try:
    ...     cx.Study.from_frame(frame, {"delivery": "q"}, scales=scales)
    ... except cx.StudyError as error:
    ...     print([(fault.column, fault.value) for fault in error.faults])
    [('q', '77')]
    """

    sheets: tuple[str, ...] = ()

    def __init__(self, faults: Iterable[Fault] | Fault) -> None:
        self.faults = (faults,) if isinstance(faults, Fault) else tuple(faults)
        lines = "\n".join(f"  {i}. {fault}" for i, fault in enumerate(self.faults, 1))
        count = len(self.faults)
        where = (
            " (cxlab check shows the values)"
            if any(fault.is_withheld() for fault in self.faults)
            else ""
        )
        super().__init__(
            "{count} {noun} in this study{where}:\n{lines}",
            count=count,
            noun="fault" if count == 1 else "faults",
            where=where,
            lines=lines,
        )


def warnings_of(faults: list[Fault]) -> tuple[Fault, ...]:
    """The faults of a sound study, which are warnings. Raises StudyError with the errors of one
    that is not.
    """
    errors = [fault for fault in faults if fault.severity == "error"]
    if errors:
        raise StudyError(errors)
    return tuple(faults)
