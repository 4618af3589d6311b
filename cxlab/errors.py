"""Why a study, a model or a report was refused, in words that can be acted on.

Every refusal carries its message as a template plus the values that fill it, so that a report in Portuguese
can give the same reason in Portuguese (`cxlab.show.text` looks the template up in the catalogue). `str(error)` is English.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

ROWS_SHOWN = 5


class CxlabError(ValueError):
    """Base of every refusal. `template` holds `{names}` that `values` fills."""

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
    """A statistic that cannot be had from these data: names the touchpoint or outcome, the counts and what to do."""


class ReportError(CxlabError):
    """A report that was not written: names the client, the cause and what to do."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong in a study. `rows` are line numbers of the file as a spreadsheet shows them (header = 1)."""

    problem: str
    file: str = ""
    column: str = ""
    rows: tuple[int, ...] = ()
    value: str = ""
    fix: str = ""
    severity: str = "error"

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.file, self.place(), self._rows()) if part)
        value = f": {self.value!r}" if self.value else ""
        fix = f" → {self.fix}" if self.fix else ""
        return f"{where + ': ' if where else ''}{self.problem}{value}{fix}"

    def place(self) -> str:
        """The column of a data file, or the key of study.yml."""
        kind = "key" if self.file.endswith((".yml", ".yaml")) or self.file == "the call" else "column"
        return f"{kind} {self.column!r}" if self.column else ""

    def _rows(self) -> str:
        if not self.rows:
            return ""
        shown = ", ".join(map(str, self.rows[:ROWS_SHOWN]))
        if len(self.rows) == 1:
            return f"row {shown}"
        more = f" … ({len(self.rows)} rows)" if len(self.rows) > ROWS_SHOWN else ""
        return f"rows {shown}{more}"


class StudyError(CxlabError):
    """A study that cannot be read as declared. `faults` lists every fault found, never only the first."""

    def __init__(self, faults: Iterable[Fault] | str) -> None:
        self.faults = (Fault(faults),) if isinstance(faults, str) else tuple(faults)
        lines = "\n".join(f"  {i}. {fault}" for i, fault in enumerate(self.faults, 1))
        count = len(self.faults)
        super().__init__("{count} {noun} in this study:\n{lines}", count=count, noun="fault" if count == 1 else "faults", lines=lines)
