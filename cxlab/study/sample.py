"""One way to the answers of a touchpoint: complete rows, with what each weighs and depends on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.stats import sampling
from cxlab.study.codebook.roles import role_of
from cxlab.study.study import Study

# Why a study cannot give the ratings of these roles: not asked, or not answered by anybody.
REFUSALS = {
    ("experience",): (
        "no touchpoint of this study has an answered experience",
        "no touchpoint of this study has an answered experience",
    ),
    ("expectation",): (
        "no touchpoint of this study asks an expectation",
        "nobody answered an expectation in this study",
    ),
    ("expectation", "experience"): (
        "no touchpoint of this study asks an expectation beside the experience: there is no gap to"
        " score",
        "no respondent answered both expectation and experience of any touchpoint",
    ),
    ("adequate", "expectation", "experience"): (
        "no touchpoint of this study asks the adequate level beside expectation and experience:"
        " there is no zone of tolerance",
        "no respondent answered adequate level, expectation and experience of any touchpoint",
    ),
    ("functional", "dysfunctional"): (
        "no touchpoint of this study has both questions of a Kano pair (functional, dysfunctional)",
        "nobody answered both questions of a Kano pair",
    ),
}


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows of a study: their sampling weights (n, or None) and clusters (n codes, or None).

    Rows without a cluster id are singletons: together they are no account.
    """

    n: int
    weights: np.ndarray | None
    clusters: np.ndarray | None

    @classmethod
    def of(cls, study: Study, rows: pd.Index, groups: pd.Series | None = None) -> Sample:
        """The sample of these rows of the study; `groups` takes the place of its clusters."""
        weights, clusters = study.weights, study.clusters if groups is None else groups
        if clusters is not None:
            codes = pd.factorize(clusters[rows])[0]
            clusters = np.where(codes < 0, len(codes) + np.arange(len(codes)), codes)
        return cls(len(rows), None if weights is None else weights[rows].to_numpy(), clusters)

    def at(self, mask: np.ndarray) -> Sample:
        """The rows where `mask` is true."""
        columns = (None if one is None else one[mask] for one in (self.weights, self.clusters))
        return Sample(int(np.sum(mask)), *columns)

    @property
    def n_eff(self) -> float:
        """Effective number of rows under weighting, (Σw)²/Σw² (Kish 1965)."""
        return float(self.w.sum() ** 2 / (self.w @ self.w))

    @property
    def w(self) -> np.ndarray:
        """Weights with mean 1; ones where there are none."""
        return np.ones(self.n) if self.weights is None else self.weights / self.weights.mean()

    @property
    def equal(self) -> bool:
        """Are the rows equally weighted and independent?"""
        return self.weights is None and self.clusters is None

    @property
    def units(self) -> int:
        """Independent rows, or clusters of them."""
        return self.n if self.clusters is None else len(np.unique(self.clusters))

    def average(self, y: Any) -> float:
        return float(np.average(y, weights=self.weights))

    def standard_error(self, y: Any) -> tuple[float, float]:
        return sampling.standard_error(np.asarray(y, dtype=float), self)

    def mean(self, y: Any, conf_level: float) -> dict[str, float]:
        return sampling.mean(np.asarray(y, dtype=float), self, conf_level)

    def share(self, hit: Any, conf_level: float) -> dict[str, float]:
        return sampling.share(np.asarray(hit, dtype=float), self, conf_level)

    def nps(self, answers: Any, conf_level: float, adjusted: bool = True) -> dict[str, float]:
        return sampling.nps(np.asarray(answers, dtype=float), self, conf_level, adjusted)


@dataclass(frozen=True, eq=False)
class Part:
    """Complete answers of one group of respondents: `about` says what of (columns of a result)."""

    about: dict[str, Any]
    answers: Any
    sample: Sample

    @property
    def counts(self) -> dict[str, float]:
        return {"n": self.sample.n, "n_eff": self.sample.n_eff}


def by_level(study: Study, answers: pd.Series | pd.DataFrame, by: str | None) -> Iterator[Part]:
    """The complete rows of `answers`, all of them (`by` None) or at each level of a split."""
    complete = answers.dropna()
    groups = pd.Series("all", study.index) if by is None else study.group(by)
    for level in _levels(study, by):
        part = complete[groups[complete.index] == level]
        if len(part):
            about = {"group": by or "all", "level": level}
            yield Part(about, part, Sample.of(study, part.index))


def asked(study: Study, *roles: str) -> pd.DataFrame:
    """The rows of `study.touchpoints` that ask all these roles. NotAskedError where none does."""
    roles, points = tuple(map(role_of, roles)), study.touchpoints
    points = points[points[list(roles)].all(axis=1)]
    if points.empty:
        raise NotAskedError(REFUSALS[roles][0])
    return points


def by_touchpoint(study: Study, *roles: str, by: str | None = None) -> Iterator[Part]:
    """The complete ratings (n × roles) of each touchpoint that asks all `roles`, in journey order,
    for all respondents or at each level of `by` in turn.

    `about` holds touchpoint, stage, contact, group and level. Raises NotAskedError where no
    touchpoint asks them, ModelError where nobody answered them.
    """
    roles = tuple(map(role_of, roles))
    points = asked(study, *roles)
    parts = [
        replace(part, about=point | part.about)
        for point in points[["touchpoint", "stage", "contact"]].to_dict("records")
        for part in by_level(study, ratings(study, point["touchpoint"], *roles), by)
    ]
    if not parts:
        raise ModelError(REFUSALS[roles][1])
    order = _levels(study, by)
    yield from sorted(parts, key=lambda part: order.index(part.about["level"]))


def _levels(study: Study, by: str | None) -> list[str]:
    return study.levels(by) if by else ["all"]


def ratings(study: Study, touchpoint: str, *roles: str) -> pd.DataFrame:
    """Ratings of one touchpoint, a column a role, NaN unless answered."""
    return pd.DataFrame({role: study.rating(touchpoint, role) for role in map(role_of, roles)})
