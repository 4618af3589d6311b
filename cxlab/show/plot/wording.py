"""The words of a figure: names, numbers and notes in one language.

Every plot names touchpoints and outcomes, writes numbers with intervals and ends its note with n.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import signature

import pandas as pd

from cxlab.show.page.parts import of_table
from cxlab.show.words.wording import Wording


class FigureWording(Wording):
    """What a figure needs beside what a sentence does. A plot calls it `_`, as a sentence does."""

    @property
    def arguments(self) -> dict:
        """Language and labels as every `say_*` function takes them."""
        return {"language": self.language, "labels": self.labels}

    def count(self, x: float) -> str:
        """A whole number."""
        return self.number(x, 0)

    @property
    def level_percent(self) -> str:
        """The confidence level as a percentage."""
        return self.percent(self.conf_level)

    @property
    def bars(self) -> str:
        """What the bars of a figure are."""
        _ = self
        return _("Bars: {level} confidence intervals.", level=self.level_percent)

    def n(self, n: float) -> str:
        """How many answered."""
        _ = self
        return _("n = {n}", n=n)

    def note(self, *sentences: str, frame: pd.DataFrame) -> str:
        """Sentences, blank ones left out, and the n of the frame: one number, or its range."""
        _ = self
        known = frame.loc[frame["n"] > 0, "n"]
        low, high = known.min(), known.max()
        same = low == high or known.empty
        n = self.n(low) if same else _("n = {low} to {high}", low=low, high=high)
        return " ".join(filter(None, (*sentences, n + ".")))

    def table(self, frame: pd.DataFrame, title: str) -> dict:
        """The result that a figure draws, as data."""
        return of_table(self, frame, title)


def figure(draw: Callable) -> Callable:
    """Make a plot of a FigureWording and results one of results, language, labels, stages and
    conf_level.
    """
    own = list(signature(draw).parameters.values())[1:]

    @wraps(draw)
    def answer(
        *args,
        language: str = "en",
        labels: Mapping | None = None,
        stages: Mapping | None = None,
        conf_level: float = 0.95,
        **kwargs,
    ):
        return draw(FigureWording(language, labels, conf_level, stages), *args, **kwargs)

    words = list(signature(answer, follow_wrapped=False).parameters.values())[1:-1]
    answer.__signature__ = signature(draw).replace(parameters=[*own, *words])
    return answer
