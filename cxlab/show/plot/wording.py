"""The words of a figure: names, numbers and notes in one language.

Every plot names touchpoints and outcomes, writes numbers with intervals and ends its note with n.
It takes language and labels once, and asks a `Wording` for each of these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from cxlab.show.page.parts import of_table
from cxlab.show.say.wording import with_interval
from cxlab.show.words import text
from cxlab.show.words.text import translator

ESTIMATE = ("estimate", "conf_low", "conf_high")


@dataclass(frozen=True)
class Wording:
    """A language with the labels of a study and, where a figure has them, its stages and its
    confidence level.
    """

    language: str
    labels: Mapping | None
    conf_level: float = 0.95
    stages: Mapping | None = None

    @property
    def arguments(self) -> dict:
        """Language and labels as every `say_*` function takes them."""
        return {"language": self.language, "labels": self.labels}

    def name(self, identifier: object) -> str:
        return text.name_of(identifier, self.labels, self.language)

    def term(self, identifier: object) -> str:
        """The word for an id of cxlab's own, which no study's label replaces."""
        return text.name_of(identifier, None, self.language)

    def level(self, row: Mapping) -> str:
        return text.level_name(row["level"], self.language, self.labels, row.get("group"))

    def outcome(self, frame: pd.DataFrame) -> str:
        return self.name(frame["outcome"].iloc[0])

    def number(self, x: float, digits: int = 1) -> str:
        return text.number(x, self.language, digits)

    def count(self, x: float) -> str:
        return self.number(x, 0)

    def percent(self, x: float, digits: int = 0) -> str:
        return text.percent(x, self.language, digits)

    def interval(
        self,
        row: Mapping,
        columns: tuple[str, str, str] = ESTIMATE,
        style: Callable = text.number,
        digits: int = 0,
    ) -> str:
        """An estimate and its interval, by the columns that hold them."""
        return with_interval(row, columns, self.language, style, digits)

    @property
    def level_percent(self) -> str:
        return self.percent(self.conf_level)

    @property
    def bars(self) -> str:
        """What the bars of a figure are."""
        _ = translator(self.language)
        return _("Bars: {level} confidence intervals.").format(level=self.level_percent)

    def n(self, n: float) -> str:
        _ = translator(self.language)
        return _("n = {n}").format(n=self.count(n))

    def note(self, *sentences: str, frame: pd.DataFrame) -> str:
        """Sentences, blank ones left out, and the n of the frame: one number, or its range."""
        _ = translator(self.language)
        known = frame.loc[frame["n"] > 0, "n"]
        low, high = known.min(), known.max()
        n = (
            self.n(low)
            if low == high or known.empty
            else _("n = {low} to {high}").format(low=self.count(low), high=self.count(high))
        )
        return " ".join(filter(None, (*sentences, n + ".")))

    def table(self, frame: pd.DataFrame, title: str) -> dict:
        """The result that a figure draws, as data."""
        return of_table(frame, None, self.language, self.labels, title, self.stages)
