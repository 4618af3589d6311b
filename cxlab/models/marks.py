"""What goes with having done, used or said one of several things: each against not having."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cxlab.models.describe.metrics import METRICS, measured_by, statistic_of
from cxlab.stats.inference import holm, named_interval
from cxlab.study.sample import Sample, contrast
from cxlab.study.study import Study

COLUMNS = (
    *("used", "used_low", "used_high", "figure", "figure_against", "estimate", "std_error"),
    *("statistic", "p_value", "conf_low", "conf_high", "p_holm", "n_before", "n", "n_against"),
)


def outcome_of(study: Study, outcome: str) -> tuple[str, pd.Series]:
    """The first metric of an outcome, and its answers."""
    return METRICS.get(study.outcome_kind(outcome), ["score_mean"])[-1], study.outcome(outcome)


def with_and_without(
    study: Study,
    marks: pd.DataFrame,
    about: Mapping[str, Any],
    answers: pd.Series | None,
    conf_level: float,
) -> pd.DataFrame:
    """Of each mark (respondents × 1, 0 or NaN) the share that has it, and the answers of those who
    have against those who have not; p-values adjusted over the marks. `about` holds the columns of
    every row, `outcome` and `metric` among them; without answers there are shares alone.

    ModelError with the reason where nobody's answers tell how sure a share is.
    """
    whole = Sample.of(study, study.index)
    told = marks.notna().all(axis=1).to_numpy()
    whole.at(told).refuse()
    y = np.full(study.n, np.nan)
    if answers is not None:
        y = answers.to_numpy(dtype=float)
        known = answers.notna().to_numpy()
        if about["metric"] != "step_share":
            y = np.where(known, measured_by(about["metric"], study, about["outcome"], y), np.nan)
    known, rows = ~np.isnan(y), []
    for name, mark in marks.items():
        hit = mark.to_numpy() == 1
        yes, no = hit & known, told & ~hit & known
        row = {**about, "level": name}
        row |= named_interval("used", whole.at(told).share(hit[told], conf_level))
        if yes.any() and no.any():
            sides = (y[no], whole.at(no)), (y[yes], whole.at(yes))
            row |= contrast(*sides, statistic_of(about["metric"]), conf_level)
            row["figure_against"], row["figure"] = (sample.told(one) for one, sample in sides)
        counts = {"n_before": told.sum(), "n": yes.sum(), "n_against": no.sum()}
        rows.append(row | {name: int(n) for name, n in counts.items()})
    frame = pd.DataFrame(rows).reindex(columns=[*about, "level", *COLUMNS])
    return frame.assign(p_holm=holm(frame["p_value"]))
