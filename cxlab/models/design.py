"""What goes into a model: the rows of a study that are used, and why the others are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.stats.resampling import bootstrap_covariances
from cxlab.study.sample import Sample
from cxlab.study.study import Study

INTERCEPT = "intercept"


@dataclass(frozen=True)
class Design:
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

    @property
    def weights(self) -> np.ndarray | None:
        """Sampling weights of the rows (n), or None."""
        return self.sample.weights

    @property
    def clusters(self) -> np.ndarray | None:
        """Codes of the rows' clusters (n), or None."""
        return self.sample.clusters

    def narrowed(self, terms: list[str]) -> Design:
        """The same rows with the intercept and some of the terms."""
        x = self.x[[INTERCEPT, *terms]]
        return replace(self, x=x, touchpoint={t: self.touchpoint.get(t, "") for t in x})

    def resamples(
        self, columns: pd.DataFrame, n_boot: int, seed: int | None
    ) -> Iterator[np.ndarray]:
        """Covariance matrices of `columns` in resamples of the rows, or of whole clusters."""
        return bootstrap_covariances(columns, self.weights, self.clusters, n_boot, seed)


def chosen_outcome(study: Study, outcome: str | None = None) -> str:
    """The outcome asked for, else the report's, else the study's first. Raises ModelError where
    there is none.
    """
    chosen = outcome or study.codebook.report.outcome or next(iter(study.outcomes["outcome"]), None)
    if chosen is None:
        raise ModelError("this study declares no outcome to explain")
    return chosen
