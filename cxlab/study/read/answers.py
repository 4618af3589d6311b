"""The answers of a study: as text, as ratings with their states, weighted and counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cxlab.study.sealed import FrozenDict, Sealed

# The number (or state) of each respondent by (id, role); what is built from one copies it.
ByQuestion = Mapping[tuple[str, str], np.ndarray]


@dataclass(frozen=True)
class Answers(Sealed):
    """Respondents in file order: text, values and states by (id, role), weights, and the count
    after each step.
    """

    text: pd.DataFrame = field(default_factory=pd.DataFrame)
    values: ByQuestion = field(default_factory=FrozenDict)
    states: ByQuestion = field(default_factory=FrozenDict)
    weights: pd.Series | None = None
    flow: tuple[tuple[str, int, int], ...] = ()

    def where(self, kept: np.ndarray) -> Answers:
        """The respondents for whom `kept` is true."""
        values, states = (
            FrozenDict({key: cells[kept] for key, cells in one.items()})
            for one in (self.values, self.states)
        )
        weights = None if self.weights is None else self.weights[kept]
        return Answers(self.text[kept], values, states, weights, self.flow)
