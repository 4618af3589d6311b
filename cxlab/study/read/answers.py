"""The answers of a study: as text, as ratings with their states, weighted and counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cxlab.study.sealed import Sealed


@dataclass(frozen=True)
class Answers(Sealed):
    """Respondents in file order: text, values and states by (id, role), weights, and the count
    after each step.
    """

    text: pd.DataFrame = field(default_factory=pd.DataFrame)
    values: pd.DataFrame = field(default_factory=pd.DataFrame)
    states: pd.DataFrame = field(default_factory=pd.DataFrame)
    weights: pd.Series | None = None
    flow: tuple[tuple[str, int, int], ...] = ()

    def where(self, kept: np.ndarray) -> Answers:
        """The respondents for whom `kept` is true."""
        weights = None if self.weights is None else self.weights[kept]
        return Answers(self.text[kept], self.values[kept], self.states[kept], weights, self.flow)


def by_question(values: Mapping, states: Mapping, index: pd.Index) -> dict[str, pd.DataFrame]:
    """Values and states as tables of a row a respondent and a column an (id, role)."""
    tables = (pd.DataFrame(cells, index=index) for cells in (values, states))
    named = (table.rename_axis(columns=["id", "role"]) for table in tables)
    return dict(zip(("values", "states"), named, strict=True))
