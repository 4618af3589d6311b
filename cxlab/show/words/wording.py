"""What every sentence needs, in one place: its message in the reader's language, the study's names,
numbers, and estimates with their intervals.

A sentence is one whole message of the catalogue with named places, because Portuguese and English
put their words in another order. What a sentence claims is what its row can carry: it speaks of a
difference only where the interval leaves out zero, and of association, never of cause.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from numbers import Real

import pandas as pd

from cxlab.show.words import text
from cxlab.show.words.catalogue import N_, translator

VALUE = ("estimate", "conf_low", "conf_high")
TOO_FEW = N_("No touchpoint has enough answers to show.")


@dataclass(frozen=True)
class Wording:
    """Messages, names and numbers for one reader. A sentence function calls it `_`, as gettext's
    function is called, so that the catalogue finds the messages.
    """

    language: str = "en"
    labels: Mapping | None = None
    conf_level: float = 0.95
    stages: Mapping | None = None

    def __call__(self, message: str, **places: object) -> str:
        """The message in the reader's language; a number among the places is a count."""
        shown = {
            place: self.number(value, 0) if isinstance(value, Real) else value
            for place, value in places.items()
        }
        return translator(self.language)(message).format(**shown)

    def name(self, identifier: object) -> str:
        """The study's label of an id, else cxlab's word for it."""
        return text.name_of(identifier, self.labels, self.language)

    def word(self, identifier: object) -> str:
        """cxlab's own word for an id, whatever the study calls by the same name."""
        return text.name_of(identifier, None, self.language)

    def outcome(self, frame: pd.DataFrame) -> str:
        """The name of a result's outcome."""
        return self.name(frame["outcome"].iloc[0])

    def level(self, row: Mapping, column: str = "level") -> str:
        """The name of a row's group of respondents."""
        return text.level_name(row[column], self.language, self.labels, row.get("group"))

    def term(self, term: str) -> str:
        """The words of a model's term."""
        return text.term_name(term, self.labels, self.language)

    def listing(self, items: Iterable[str]) -> str:
        """Items in one phrase."""
        return text.listing(list(items), self.language)

    def names(self, identifiers: Iterable) -> str:
        """The names of ids in one phrase."""
        return self.listing(map(self.name, identifiers))

    def each(self, rows: pd.DataFrame, figure: Callable[[Mapping], str]) -> str:
        """Touchpoints in one phrase, each with its figure."""
        return self.listing(
            f"{self.name(row['touchpoint'])} {figure(row)}" for row in rows.to_dict("records")
        )

    def number(self, value: float, digits: int = 1) -> str:
        """A number with so many decimals."""
        return text.number(value, self.language, digits)

    def percent(self, value: float, digits: int = 0) -> str:
        """A share as a percentage."""
        return text.percent(value, self.language, digits)

    def ranged(
        self,
        row: Mapping,
        columns: tuple[str, str, str] = VALUE,
        style: Callable = text.signed,
        digits: int = 2,
    ) -> str:
        """An estimate with its interval: "4.2 (4.0 to 4.4)"; columns: (estimate, low, high)."""
        _ = self
        value, low, high = (style(row[one], self.language, digits) for one in columns)
        if pd.isna(row[columns[1]]):
            return value
        return _("{value} ({low} to {high})", value=value, low=low, high=high)

    def value(self, row: Mapping, column: str = "estimate", sign: bool = False) -> str:
        """A metric in its own unit: NPS points, a percentage, an amount in its currency or declared
        unit, or a mean on the scale.
        """
        value, metric = row[column], str(row.get("metric", ""))
        if metric == "nps":
            return self.number(value, 0)
        if metric.endswith(("_top2", "_share")):
            return self.percent(value)
        if isinstance(unit := row.get("unit"), str) and not sign:
            return text.amount(value, unit, self.language)
        return (text.signed if sign else text.number)(value, self.language, 2)

    def interval(self, row: Mapping) -> str:
        """The interval of a metric in its own unit."""
        _ = self
        if pd.isna(row["conf_low"]):
            return text.NOTHING
        low, high = (self.value(row, end) for end in ("conf_low", "conf_high"))
        return _("{low} to {high}", low=low, high=high)


def digits_of(frame: pd.DataFrame) -> int:
    """One decimal, or two where half of the intervals are so narrow that one would hide them."""
    return 2 if (frame["conf_high"] - frame["conf_low"]).median() < 0.25 else 1


def digits_for(*values: float) -> int:
    """Decimals of a quantity in outcome units: 2, but fewer where the outcome is counted in tens or
    hundreds.
    """
    size = max((abs(value) for value in values if pd.notna(value)), default=0.0)
    return 2 if size < 10 else 1 if size < 100 else 0


def side_of(row: Mapping) -> int:
    """On which side of zero an interval lies: 1, -1, or 0 where it holds zero or is not known."""
    return 1 if row["conf_low"] > 0 else -1 if row["conf_high"] < 0 else 0
