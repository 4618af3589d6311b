"""One way to the answers of a touchpoint: complete rows, with what each weighs and depends on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.glossary import CROSS
from cxlab.stats import sampling
from cxlab.study.codebook.roles import role_of
from cxlab.study.sealed import Sealed
from cxlab.study.splits import crossed
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
        "no touchpoint of this study asks an expectation beside the experience; there is no gap"
        " to score",
        "no respondent answered both expectation and experience of any touchpoint",
    ),
    ("adequate", "expectation", "experience"): (
        "no touchpoint of this study asks the adequate level; beside expectation and experience"
        " it makes the zone of tolerance",
        "no respondent answered adequate level, expectation and experience of any touchpoint",
    ),
    ("functional", "dysfunctional"): (
        "no touchpoint of this study has both questions of a Kano pair (functional, dysfunctional)",
        "nobody answered both questions of a Kano pair",
    ),
}

# An error rests on the spread between independent units: of fewer than these, as they weigh, it is
# not known.
MIN_EFFECTIVE_UNITS = 3
MIN_EFFECTIVE_ROWS = 8

# Why it cannot be told how sure a figure is, by the note that stands in its place.
UNSURE = {
    "few_units": (
        "the {n} answers come from too few accounts (or panel members), or from very uneven ones;"
        " they count as {effective:.1f} of equal size, and a margin of error takes {need}"
    ),
    "uneven_weights": (
        "the weights are so uneven that {n} answers count as {effective:.1f}; a margin of error"
        " takes {need}"
    ),
}


def unsure(n: int, n_eff: float, units: int, effective_units: float) -> str:
    """Why figures of `n` rows in `units` clusters cannot be told how sure they are (UNSURE), from
    what both count as weighted; "" where they can.
    """
    if units < n and round(effective_units, 6) < MIN_EFFECTIVE_UNITS:
        return "few_units"
    # Fewer rows of equal weight are judged by their number.
    return "uneven_weights" if round(n_eff, 6) < min(n, MIN_EFFECTIVE_ROWS) else ""


def refuse_unsure(n: int, n_eff: float, units: int, effective_units: float) -> None:
    """Raise ModelError with the reason where there is one."""
    if reason := unsure(n, n_eff, units, effective_units):
        few = reason == "few_units"
        raise ModelError(
            UNSURE[reason],
            n=n,
            effective=effective_units if few else n_eff,
            need=MIN_EFFECTIVE_UNITS if few else MIN_EFFECTIVE_ROWS,
        )


# A split of a study, several that are combined, or all respondents.
Split = str | Sequence[str] | None


@dataclass(frozen=True, eq=False)
class Sample(Sealed):
    """Rows of a study: their sampling weights (n, or None), clusters and strata (n codes, or None).

    Rows without a cluster id are singletons: together they are no account.
    """

    n: int
    weights: np.ndarray | None
    clusters: np.ndarray | None
    strata: np.ndarray | None = None

    @classmethod
    def of(cls, study: Study, rows: pd.Index, groups: pd.Series | None = None) -> Sample:
        """The sample of these rows of the study; `groups` takes the place of its clusters."""
        weights, clusters = study.weights, study.clusters if groups is None else groups
        if clusters is not None:
            codes = pd.factorize(clusters[rows])[0]
            clusters = np.where(codes < 0, len(codes) + np.arange(len(codes)), codes)
        strata = study.strata
        if strata is not None:
            strata = pd.factorize(strata[rows], use_na_sentinel=False)[0]
        return cls(
            len(rows), None if weights is None else weights[rows].to_numpy(), clusters, strata
        )

    def at(self, mask: np.ndarray) -> Sample:
        """The rows where `mask` is true."""
        columns = self.weights, self.clusters, self.strata
        return Sample(int(np.sum(mask)), *(None if one is None else one[mask] for one in columns))

    @cached_property
    def n_eff(self) -> float:
        """Effective number of rows under weighting, (Σw)²/Σw² (Kish 1965)."""
        return float(self.w.sum() ** 2 / (self.w @ self.w))

    @cached_property
    def effective_units(self) -> float:
        """Effective number of units, (Σw)²/Σw² over the clusters' sums of weights; `n_eff` where
        rows are independent.
        """
        if self.clusters is None:
            return self.n_eff
        totals = np.bincount(pd.factorize(self.clusters)[0], self.w)
        return float(totals.sum() ** 2 / (totals @ totals))

    @cached_property
    def w(self) -> np.ndarray:
        """Weights with mean 1; ones where there are none."""
        return np.ones(self.n) if self.weights is None else self.weights / self.weights.mean()

    @property
    def equal(self) -> bool:
        """Are the rows equally weighted and independent?"""
        return self.weights is None and self.clusters is None

    @cached_property
    def unit_codes(self) -> np.ndarray:
        """The place of each row's unit among the units, in the order of their codes."""
        if self.clusters is None:
            return np.arange(self.n)
        return np.unique(self.clusters, return_inverse=True)[1]

    @cached_property
    def units(self) -> int:
        """Independent rows, or clusters of them."""
        return self.n if self.clusters is None else int(self.unit_codes.max()) + 1

    @property
    def strata_lost(self) -> int:
        """Degrees of freedom that the means of the strata take besides that of all."""
        return 0 if self.strata is None else len(np.unique(self.strata)) - 1

    @property
    def unit_strata(self) -> np.ndarray | None:
        """The stratum of each unit, None where there are none."""
        if self.strata is None:
            return None
        of_units = np.zeros(self.units, dtype=int)
        of_units[self.unit_codes] = self.strata
        return of_units

    @cached_property
    def refusal(self) -> str:
        """Why it cannot be told how sure a figure of these rows is (UNSURE); "" where it can."""
        return unsure(self.n, self.n_eff, self.units, self.effective_units)

    def average(self, y: Any) -> float:
        return float(np.average(y, weights=None if self.weights is None else self.w))

    def mean(self, y: Any, conf_level: float) -> dict[str, float]:
        return self._told(sampling.mean, y, conf_level)

    def share(self, hit: Any, conf_level: float) -> dict[str, float]:
        return self._told(sampling.share, hit, conf_level)

    def nps(self, answers: Any, conf_level: float, adjusted: bool = True) -> dict[str, float]:
        return self._told(sampling.nps, answers, conf_level, adjusted)

    def refuse(self) -> None:
        """Raise ModelError with the reason where no figure can be told how sure it is."""
        refuse_unsure(self.n, self.n_eff, self.units, self.effective_units)

    def told(self, y: Any) -> float:
        """The (weighted) mean, NaN where it cannot be told how sure it is."""
        return np.nan if self.refusal else self.average(y)

    def p_value(self, y: Any) -> float:
        """Two-sided p of the hypothesis that the mean of `y` is 0."""
        return self._told(sampling.test, y)["p_value"]

    def _told(self, statistic: Callable, y: Any, *options: Any) -> dict[str, float]:
        numbers = statistic(np.asarray(y, dtype=float), self, *options)
        return dict.fromkeys(numbers, np.nan) if self.refusal else numbers


# Answers, and the sample that gave them.
Side = tuple[np.ndarray, Sample]


def contrast(
    before: Side, after: Side, kind: str, conf_level: float, margin: float | None = None
) -> dict[str, float]:
    """What `sampling.difference` tells of two parts of one sample (`Sample.at`); NaN where one of
    them cannot tell how sure a figure is.
    """
    tested = sampling.difference(before, after, kind, conf_level, margin)
    unsure = before[1].refusal or after[1].refusal
    return dict.fromkeys(tested, np.nan) if unsure else tested


@dataclass(frozen=True, eq=False)
class Part:
    """Complete answers of one group of respondents: `about` says what of (columns of a result)."""

    about: dict[str, Any]
    answers: Any
    sample: Sample

    @property
    def counts(self) -> dict[str, float]:
        return {"n": self.sample.n, "n_eff": self.sample.n_eff}


def by_level(study: Study, answers: pd.Series | pd.DataFrame, by: Split) -> Iterator[Part]:
    """The complete rows of `answers`, all of them (`by` None) or at each level of a split."""
    complete, by = answers.dropna(), crossed(by)
    groups = pd.Series("all", study.index) if by is None else study.group(by)
    for level in _levels(study, by):
        part = complete[groups[complete.index] == level]
        if len(part):
            about = {"group": by or "all", "level": level}
            yield Part(about, part, sample_of(study, part.index, by))


def sample_of(study: Study, rows: pd.Index, by: str | None = None) -> Sample:
    """The sample of these rows at a level of a split. An account is a population of its own, whose
    respondents are independent.
    """
    book, sample = study.codebook, Sample.of(study, rows)
    named = {"account", book.account}.intersection((by or "").split(CROSS))
    if not named or book.account is None:
        return sample
    people = study.respondents if book.panel else None
    return replace(sample, clusters=None) if people is None else Sample.of(study, rows, people)


def table(rows: Iterable[tuple[Part, dict[str, Any]]]) -> pd.DataFrame:
    """Rows, with the part that each tells of, as a table. A part that cannot tell how sure its
    figures are has a `note` (UNSURE), and no figures. Raises ModelError where that is all parts.
    """
    parts, rows = zip(*rows, strict=True)
    notes = [part.sample.refusal for part in parts]
    if all(notes):
        parts[0].sample.refuse()
    frame = pd.DataFrame(rows)
    if any(notes):
        frame["note"] = np.where(notes, notes, frame.get("note", ""))
    return frame


def asked(study: Study, *roles: str) -> pd.DataFrame:
    """The rows of `study.touchpoints` that ask all these roles. NotAskedError where none does."""
    roles, points = tuple(map(role_of, roles)), study.touchpoints
    if points.empty:
        raise NotAskedError("this study asks about no touchpoint")
    points = points[points[list(roles)].all(axis=1)]
    if points.empty:
        raise NotAskedError(REFUSALS[roles][0])
    return points


def by_touchpoint(study: Study, *roles: str, by: Split = None) -> Iterator[Part]:
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


def _levels(study: Study, by: Split) -> list[str]:
    return study.levels(by) if by else ["all"]


def ratings(study: Study, touchpoint: str, *roles: str) -> pd.DataFrame:
    """Ratings of one touchpoint, a column a role, NaN unless answered."""
    return pd.DataFrame({role: study.rating(touchpoint, role) for role in map(role_of, roles)})
