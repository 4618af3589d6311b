"""The keys of a study that say how a file is read, and which of its rows count: what a survey tool
writes is never quite one row a respondent and one column a question.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from cxlab.errors import said
from cxlab.study.codebook.declared import (
    Day,
    Declared,
    Id,
    Label,
    Number,
    Several,
    Text,
    Texts,
    columns_of,
    in_short,
)
from cxlab.study.codebook.normal import repeated
from cxlab.study.codebook.scale import Scale

Decimal = Literal[".", ","]


class Long(Declared):
    """A file with one row an answer: the columns that hold the question and the answer."""

    question: str
    answer: str


class Loop(Declared):
    """Questions that are asked again for each of several things: `rows` gives, by its name, the
    columns of each and what they are called in all; `column` will hold the name.
    """

    column: str
    rows: dict[Text, dict[str, str]]

    def contradictions(self) -> Iterator[str]:
        if len(self.rows) < 2:
            yield "rows: names one thing only; a loop has two or more"
        for name in repeated(one for row in self.rows.values() for one in row):
            yield said("the column {name!r} stands in two rows of the loop", name=name)


class Questionnaire(Declared):
    """The file in which a survey tool keeps the words of its questions and codes, or an agency; of
    a workbook the sheets that do.
    """

    file: str
    sheet: Several = ()


class Responses(Declared):
    """One file of answers, and how to read it: what is not said is told from its bytes. `marks`:
    the decimal mark of single columns; `scales`: those whose codes or labels are others in this
    file.
    """

    file: str
    reader: Literal["csv", "xlsx", "xls", "ods", "html", "sav", "dta", "parquet"] | None = None
    separator: str | None = Field(None, min_length=1, max_length=1)
    decimal: Decimal | None = None
    thousands: Literal["", ".", ",", " "] = ""
    marks: dict[str, Decimal] = {}
    encoding: str | None = None
    sheet: str | None = None
    header_rows: int | None = Field(None, ge=1, le=10)
    skip_rows: int | None = Field(None, ge=0, le=1000)
    long: Long | None = None
    loop: Loop | None = None
    questionnaire: Annotated[Questionnaire, in_short("file")] | None = None
    wave: Text | None = None
    scales: dict[Text, Scale] = {}
    rename: dict[str, str] = {}


class Filter(Declared):
    """Respondents of whom something holds: whose answer in `column` is in `allowed` or not in
    `excluded`, is a number or a date within bounds, or, where several may be named, `holds` one.
    """

    column: str
    allowed: Texts | None = Field(None, alias="in")
    excluded: Texts | None = Field(None, alias="not_in")
    at_least: Number | None = None
    at_most: Number | None = None
    first: Day | None = Field(None, alias="from")
    last: Day | None = Field(None, alias="until")
    holds: Text | None = None

    def contradictions(self) -> Iterator[str]:
        bounds = (self.at_least, self.at_most), (self.first, self.last)
        groups = ((self.allowed,), (self.excluded,), (self.holds,), *bounds)
        if sum({*group} != {None} for group in groups) != 1:
            yield "give one of in:, not_in:, at_least: and at_most:, from: and until:, or holds:"
            return
        for low, high in bounds:
            if None not in (low, high) and high < low:
                yield said("{high} is below {low}: nobody can be within", high=high, low=low)

    @property
    def named(self) -> tuple[str, ...]:
        """The answers that it names."""
        return self.allowed or self.excluded or ()

    @property
    def days(self) -> tuple[datetime.date | None, datetime.date | None] | None:
        """First and last day, where it is about dates."""
        return (self.first, self.last) if self.first or self.last else None


class Status(Declared):
    """The column in which the survey tool says how far a respondent came. Whose state is neither
    `complete` nor `partial` (preview, test, screened out) is no respondent; with `use: complete`
    the partial ones are left out too.
    """

    column: str
    complete: Texts
    partial: Texts = ()
    use: Literal["complete", "all"] = "complete"

    def contradictions(self) -> Iterator[str]:
        if not self.complete:
            yield "complete: names no state; list those of complete interviews"
        for name in sorted({*self.complete} & {*self.partial}):
            yield said("{name!r} is declared as complete and as partial", name=name)


class Weight(Declared):
    column: str
    kind: Literal["sampling"] | None = None


class Fieldwork(Declared):
    start: Day | None = None
    end: Day | None = None

    def contradictions(self) -> Iterator[str]:
        start, end = self.start, self.end
        if start and end and end < start:
            yield said("fieldwork ends on {end}, before it starts on {start}", end=end, start=start)


class WaveOfDates(Declared):
    """Waves that are the years, halves, quarters or months of a column of dates."""

    column: str
    by: Literal["year", "half", "quarter", "month"]


class Code(Declared):
    """What a comment may be said to be about, for those who code it; the `touchpoint` that it is
    about, where there is one.
    """

    label: Label = {}
    definition: str | None = None
    example: str | None = None
    touchpoint: str | None = None


class Comment(Declared):
    """A question with free text. `codes` is the file in which coders gave each comment codes of the
    `codebook`; with `keyness` a report tells which words detractors and promoters use. An account
    that is the `writer` of several rows (of posts, reviews) counts once for a word.
    """

    column: str
    about: str | None = None
    language: str | None = None
    keyness: bool = False
    writer: Literal["respondent", "account"] = "respondent"
    codes: str | None = None
    codebook: dict[Id, Code] = {}

    def contradictions(self) -> Iterator[str]:
        if self.codes and not self.codebook:
            yield "codes: needs a codebook:, which says what each code means"
        if self.keyness and not self.language:
            yield "keyness: needs language:, in which the comments are written"


class Segment(Declared):
    """A variable that splits respondents; `label` names it, `levels` its answers, in a report's
    languages. `nets` takes several answers for one.
    """

    label: Label = {}
    levels: dict[Text, Label] = {}
    nets: dict[Text, Texts] = {}

    def contradictions(self) -> Iterator[str]:
        for name in repeated(level for levels in self.nets.values() for level in {*levels}):
            yield said("the answer {name!r} stands in two nets", name=name)


def _segments(value: Any) -> Any:
    """`[plan, region]` and `{plan: Plan, region: {label: {...}, levels: {...}}}` both declare
    segments.
    """
    if isinstance(value, dict) and (
        set(value) != {"columns"} or isinstance(value["columns"], dict)
    ):
        return {
            name: {"label": held} if isinstance(held, str) else held or {}
            for name, held in value.items()
        }
    columns = columns_of(value)
    if isinstance(columns, tuple) and (
        isinstance(value, dict) or all(isinstance(name, str) for name in columns)
    ):
        return dict.fromkeys(columns, {})
    return columns


Segments = Annotated[dict[str, Segment], BeforeValidator(_segments)]


class Classes(Declared):
    """Answers by which customers are put into classes: touchpoints, questions of several answers,
    and columns, which have labels as segments do and count as blank with one of `no_answer`.
    `names` of the classes are by their number, the largest first.
    """

    indicators: Segments
    no_answer: Texts = ()
    label: Label = {}
    names: dict[Text, Label] = {}


def filters(book: Any) -> Iterator[tuple[str, Filter]]:
    """Every filter, with the key that names it."""
    yield from (("include", rule) for rule in book.include)
    for item in book.asked:
        for key in ("asked_if", "used_if"):
            if rule := getattr(item, key, None):
                yield f"{item.id}, {key}", rule


def columns_of_rows(book: Any) -> Iterator[tuple[str, str]]:
    """The columns by which rows are read, selected or placed, with the key that names them."""
    yield from ((column, "dates") for column in book.dates)
    if book.wave_of:
        yield book.wave_of.column, "wave"
    yield from ((rule.column, key) for key, rule in filters(book))


Named = tuple[str, str, Iterable[str]]  # key, column, answers


def answers_of_files(book: Any) -> Iterator[Named]:
    """The answers that keys name as they stand in the files."""
    yield from ((key, rule.column, rule.named) for key, rule in filters(book))
    yield from (("recode", column, codes) for column, codes in book.recode.items())
    for column, segment in book.levelled.items():
        yield "nets", column, [level for net in segment.nets.values() for level in net]


def answers_of_study(book: Any) -> Iterator[Named]:
    """The answers that keys name as they stand once files are recoded."""
    yield from (("segments", column, one.levels) for column, one in book.levelled.items())
    if book.wave:
        yield "waves", book.wave, book.waves
    steps = [step for step in book.funnel.values() if step.column]
    yield from (("funnel", step.column, step.yes) for step in steps)
    for key, mark in book.marks.items():
        yield key, mark.column, (*mark.yes, *mark.no_answer)
