"""The answers of a study: as text, as ratings with their states, weighted and counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from cxlab.study.sealed import FrozenDict, Sealed

# The number (or state) of each respondent by (id, role); what is built from one copies it.
ByQuestion = Mapping[tuple[str, str], np.ndarray]


class Trimmed(dict):
    """Columns as text without blanks around it, None where a cell is empty; each is made when it is
    first asked for.
    """

    def __init__(self, text: pd.DataFrame) -> None:
        self.text = text

    def __missing__(self, name: str) -> pd.Series:
        column = self.text[name].fillna("").astype(str).str.strip()
        self[name] = column.where(column != "", None)
        return self[name]


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
    # Rows of other parties: what the same respondents say of competitors, or what others say.
    others: Answers | None = None

    @cached_property
    def trimmed(self) -> Trimmed:
        """The columns of `text`."""
        return Trimmed(self.text)

    def where(self, kept: np.ndarray, respondent: str | None = None) -> Answers:
        """The respondents for whom `kept` is true; rows of other parties without those of who is
        left out, by the column that names the respondent.
        """
        others = self.others
        if others is not None and respondent is not None:
            ids = self.text[respondent]
            gone = {*ids[~kept]} - {*ids[kept]}
            others = others.where(~others.text[respondent].isin(gone).to_numpy())
        values, states = (
            FrozenDict({key: cells[kept] for key, cells in one.items()})
            for one in (self.values, self.states)
        )
        weights = None if self.weights is None else self.weights[kept]
        return Answers(self.text[kept], values, states, weights, self.flow, others)

    def of_party(self, column: str, own: str) -> Answers:
        """The rows of one party, which the study is about, with the `others`."""
        mine = self.text[column].astype(str).str.strip().eq(own).to_numpy()
        steps, n = self.flow[:-1], int(mine.sum())
        flow = (*steps, (f"include: {column}", n, len(mine) - n), ("analysed", n, 0))
        return replace(self.where(mine), flow=flow, others=self.where(~mine))

    def of_all_parties(self) -> Answers:
        """All rows, of whichever party."""
        if self.others is None:
            return self
        values, states = (
            FrozenDict({key: np.concatenate([cells, more[key]]) for key, cells in one.items()})
            for one, more in (
                (self.values, self.others.values),
                (self.states, self.others.states),
            )
        )
        weights = None if self.weights is None else pd.concat([self.weights, self.others.weights])
        return Answers(pd.concat([self.text, self.others.text]), values, states, weights)
