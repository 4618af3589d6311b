"""The keys of a study that tell of its journey besides touchpoints: steps of a funnel, problems,
sources of advice, other parties, what was taken in hand, and the log of their contacts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

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
    in_short,
)
from cxlab.study.codebook.normal import repeated


class Answer(Declared):
    """Who answered `column` with one of `yes`; who left it blank, or answered one of `no_answer`,
    is unknown.
    """

    column: str
    yes: Texts = ("1",)
    no_answer: Texts = ()
    label: Label = {}

    def contradictions(self) -> Iterator[str]:
        if not self.yes:
            yield "yes: names no answer; list those that mean yes, such as [1]"
        for answer in sorted({*self.yes} & {*self.no_answer}):
            yield said("{answer!r} is declared as yes and as no answer", answer=answer)


Answered = Annotated[Answer, in_short("column")]


class Problems(Declared):
    """Who had a problem, and of these, whose was resolved."""

    had: Answered
    resolved: Answered | None = None


class Parties(Declared):
    """The column that tells whom a row rates, or who rates: brands, staff and customers; `own` are
    the rows that the study is about.
    """

    column: str
    own: Text


class Action(Declared):
    """What somebody has taken in hand at a touchpoint, and which outcome is to show it."""

    touchpoint: Id
    what: Text = Field(min_length=1)
    who: Text | None = None
    date: Day | None = None
    due: Day | None = None
    metric: Id | None = None


class Step(Declared):
    """A step of the funnel: reached by who answered `column` with one of `yes`, or `outcome` with
    `at_least` so much. `benchmark` is the usual share (0–1) of those at the step before who go on
    to it, of the industry say.
    """

    label: Label = {}
    column: str | None = None
    yes: Texts = ("1",)
    outcome: str | None = None
    at_least: Number | None = None
    benchmark: Number | None = Field(None, gt=0, lt=1)

    def contradictions(self) -> Iterator[str]:
        if (self.column is None) == (self.outcome is None):
            yield "give either column: (with yes:), or outcome: with at_least:"
        elif (self.outcome is None) != (self.at_least is None):
            yield "outcome: and at_least: go together"


class Events(Declared):
    """A log of contacts, a row each: whose, when, at which touchpoint and in which channel.

    A path ends at its first `success`; one without, whose last contact lies within `window_days` of
    the log's end, is still open. `contacts` are further contacts, which no touchpoint asks about.
    `margin` is the largest difference of two shares (0–1) that does not matter. `anonymous`: its
    customers are not those who answered.
    """

    file: str | None = None
    respondent: str = "respondent"
    touchpoint: str = "touchpoint"
    time: str = "time"
    channel: str | None = None
    success: Several = ()
    contacts: dict[Text, Label] = {}
    window_days: Number | None = Field(None, gt=0)
    margin: Number | None = Field(None, gt=0, lt=1)
    anonymous: bool = False

    @property
    def columns(self) -> dict[str, str]:
        """The column of each thing that a row tells."""
        named = ((key, getattr(self, key)) for key in ("respondent", "touchpoint", "time"))
        return dict(named) | ({"channel": self.channel} if self.channel else {})

    def contradictions(self) -> Iterator[str]:
        for column in repeated(self.columns.values()):
            yield said("the column {column!r} is named twice; name it once", column=column)
