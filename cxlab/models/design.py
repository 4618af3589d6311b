"""What goes into a model: the rows of a study that are used, and why the others are not."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.stats import tall
from cxlab.stats.bags import bagged
from cxlab.stats.linear import standardised
from cxlab.stats.resampling import (
    identified_slopes,
    product_resamples,
    unit_products,
    usable,
)
from cxlab.study.sample import Sample
from cxlab.study.sealed import Sealed
from cxlab.study.selection import CAUSES
from cxlab.study.study import Study

INTERCEPT = "intercept"
# Why a study has no touchpoint to model: none asks these roles.
NO_TOUCHPOINT = {
    ("experience",): "no touchpoint of this study asks an experience",
    ("expectation",): "no touchpoint of this study asks an expectation",
    ("expectation", "experience"): (
        "no touchpoint of this study asks an expectation beside the experience; there is no gap"
        " to model"
    ),
}

# How terms end that mark who met a touchpoint; their slopes answer no question.
USE = (":used", ":unused", ":met")


def marks_use(term: str) -> bool:
    """Whether a term only marks who met a touchpoint (in a group or channel)."""
    return term.partition("[")[0].endswith(USE)


@dataclass(frozen=True)
class Design(Sealed):
    """Rows used of a study, with their terms.

    `x` (n × terms, intercept first) and `y` (n) share one index; `sample` holds the weights and
    clusters of these rows. `reason` has one entry for every row of the study ("" where used).
    `touchpoint` gives the touchpoint of each term, `controls` the terms that have none because they
    are held constant only; `observed` what is explained, for every row, where it is not an outcome
    as answered.
    """

    study: Study
    outcome: str
    x: pd.DataFrame
    y: pd.Series
    sample: Sample
    reason: pd.Series
    touchpoint: Mapping[str, str] = field(default_factory=dict)
    missing: str = "listwise"
    observed: pd.Series | None = None
    controls: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        study: Study,
        outcome: str,
        terms: pd.DataFrame,
        y: pd.Series,
        reason: pd.Series,
        *,
        sample: Sample | None = None,
        **more: Any,
    ) -> Self:
        """The rows without a `reason` to be left out, the intercept before their `terms`."""
        x = terms.loc[reason.index[reason == ""]]
        x.insert(0, INTERCEPT, 1.0)
        # In one piece, so that nobody who asks for the numbers puts them together again.
        x = x.copy()
        sample = sample or Sample.of(study, x.index)
        return cls(study, outcome, x, y[x.index], sample, reason, **more)

    @property
    def weights(self) -> np.ndarray | None:
        """Sampling weights of the rows (n), or None."""
        return self.sample.weights

    @property
    def clusters(self) -> np.ndarray | None:
        """Codes of the rows' clusters (n), or None."""
        return self.sample.clusters

    @property
    def touchpoints(self) -> list[str]:
        """The touchpoints of the terms, in their order."""
        return list(dict.fromkeys(self.touchpoint.values()))

    def narrowed(self, terms: list[str]) -> Self:
        """The same rows with the intercept and some of the terms."""
        x = self.x[[INTERCEPT, *terms]]
        owner = {t: self.touchpoint[t] for t in x if t in self.touchpoint}
        return replace(self, x=x, touchpoint=owner)

    def qr(self) -> tuple[np.ndarray, np.ndarray]:
        """QR of the (weighted) terms, centred and of length 1: q² sums to the leverage of a row."""
        x, pull = self.x.to_numpy(dtype=float), np.sqrt(self.sample.w)
        if len(x) > tall.MANY_ROWS:
            return tall.orthogonal(x, pull)
        return np.linalg.qr(standardised(x, pull)[0])

    def resamples(self, columns: pd.DataFrame, n_boot: int, seed: int) -> Iterator[np.ndarray]:
        """Covariance matrices of `columns` in resamples of the rows, or of whole clusters; of many
        in resamples of bags of them (`cxlab.stats.bags`).
        """
        drawn = bagged(self.clusters, len(columns), seed)
        products = unit_products(columns, self.weights, drawn)
        return product_resamples(products, columns.shape[1], n_boot, seed)

    def resampled_slopes(self, terms: list[str], n_boot: int, seed: int) -> np.ndarray:
        """Slopes of the outcome on `terms` in resamples (replicates × terms): NaN in a resample
        that cannot tell the terms apart, and in all where too many cannot.
        """
        columns = self.x[terms].assign(**{"": self.y})
        spread = np.diag(np.cov(columns.T, aweights=self.weights, ddof=0))
        places = list(range(len(terms)))
        blocks = [
            identified_slopes(covariances, places, spread)
            for covariances in self.resamples(columns, n_boot, seed)
        ]
        slopes = np.concatenate(blocks)
        return slopes if usable(slopes) else np.full_like(slopes, np.nan)


def chosen_outcome(study: Study, outcome: str | None = None) -> str:
    """The outcome asked for, else the report's, else the study's first. Raises ModelError where
    there is none.
    """
    chosen = outcome or study.codebook.main_outcome
    if chosen is None:
        raise ModelError("this study declares no outcome to explain")
    return chosen


def chosen_touchpoints(
    study: Study, touchpoints: str | Iterable[str] | None, *roles: str
) -> list[str]:
    """The touchpoints named (one or several), else all that ask these roles. Raises ModelError
    where there is none.
    """
    if touchpoints is None:
        declared = study.touchpoints
        touchpoints = declared.loc[declared[list(roles)].all(axis=1), "touchpoint"]
    names = [touchpoints] if isinstance(touchpoints, str) else list(touchpoints)
    if not names:
        raise NotAskedError(NO_TOUCHPOINT[roles])
    return names


def refuse_parts(
    study: Study, explained: str, role: str, names: Iterable[str], *roles: str
) -> None:
    """Raise ModelError where what is to explain an answer rests on the column of that answer: the
    `roles` of touchpoints, constructs or outcomes, their experience or themselves unless given.
    """
    asked, roles = {item.id: item.questions for item in study.codebook.items}, roles or CAUSES
    own = set(asked.get(explained, {}).get(role, ()))
    for name in (name for name in names if name in asked):
        columns = {column for one in roles for column in asked[name].get(one, ())}
        if shared := sorted(own & columns):
            raise ModelError(
                "{explained} and {name} rest on the same answers (column {column}); the one"
                " cannot explain the other: leave one of them out",
                explained=explained,
                name=name,
                column=", ".join(shared),
            )


def common_scale(study: Study, names: Iterable[str], about: str = "") -> tuple[float, float]:
    """The scale, least and most, of touchpoints whose ratings are to be averaged. Raises ModelError
    where they have several.
    """
    (scale, *others) = {(study.scale_of(t).min, study.scale_of(t).max) for t in names}
    if others:
        raise ModelError(
            "touchpoint {touchpoint}: its touchpoints are rated on different scales and have no"
            " common mean",
            touchpoint=about or "+".join(names),
        )
    return scale


def ratings_of(study: Study, names: Iterable[str], role: str = "experience") -> pd.DataFrame:
    """The ratings of several touchpoints (rows × touchpoints), NaN unless answered."""
    return pd.DataFrame({t: study.rating(t, role) for t in names}, index=study.index)


def states_of(study: Study, names: Iterable[str]) -> pd.DataFrame:
    """The states of several touchpoints' experiences (rows × touchpoints)."""
    return pd.DataFrame({t: study.state(t) for t in names}, index=study.index)


def first_reason(checks: Mapping[str, pd.Series]) -> pd.Series:
    """Why each row is left out: the first of the checks (reason → rows) that holds, else ""."""
    index = next(iter(checks.values())).index
    number = np.select(list(checks.values()), range(1, len(checks) + 1), 0)
    return pd.Series(pd.Series(["", *checks]).array.take(number), index=index)


def counted(reason: pd.Series) -> str:
    """The reasons with their counts, in a line."""
    return "; ".join(f"{why} {count}" for why, count in reason.value_counts().items())
