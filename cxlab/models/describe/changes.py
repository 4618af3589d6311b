"""Changes of metrics between waves and differences between groups, with tests."""

from collections.abc import Iterable
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from cxlab.errors import ModelError
from cxlab.models.describe.metrics import EASE_FROM, metric_of
from cxlab.stats.inference import holm, t_inference
from cxlab.stats.sampling import nps_scores, unit_scores
from cxlab.study.sample import Sample
from cxlab.study.study import Study


def changes(study: Study, outcome: str, by: str = "wave", conf_level: float = 0.95) -> pd.DataFrame:
    """Change of each metric of an outcome from one level of a split to the next, and from the
    first to the last.

    Two intervals that overlap may still differ beyond chance, so a change has its own interval.

    Parameters
    ----------
    study : Study
    outcome : str
        Id of the outcome.
    by : str
        The split; waves are taken as they followed each other (`Study.wave_order`).
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        `outcome metric group level estimate std_error statistic p_value conf_low conf_high n`;
        `level` reads "2017 → 2018", the estimate is in the metric's units (NPS points, share 0–1,
        scale points), n counts both sides.

    Raises
    ------
    ModelError
        The outcome was answered at one level only.

    Notes
    -----
    Unpooled z of the difference. Where the same people (a declared panel) or accounts answer on
    both sides, twice the linearised covariance of the two (Binder 1983) is subtracted, and t
    counts the accounts. Checked against R's NPS 1.1 (two samples) and, on a panel, against the
    cluster-robust slope of a regression.
    """
    compare = _Comparison(study, outcome, by, conf_level)
    rows = []
    for table in compare.by_metric:
        order = table.to_dict("records")
        pairs = [*pairwise(order), *([(order[0], order[-1])] if len(order) > 2 else [])]
        rows += [compare.row(before, after) for before, after in pairs]
    return pd.DataFrame(rows)


def differences(
    study: Study,
    outcome: str,
    by: str,
    conf_level: float = 0.95,
    among: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Difference of each metric of an outcome between every two levels of a split.

    Parameters
    ----------
    study, outcome, by, conf_level
        As in `changes`.
    among : DataFrame, optional
        A result by the same split, as it is shown: only levels whose estimate it shows are
        compared, and counted.

    Returns
    -------
    DataFrame
        The columns of `changes`, `lower` and `higher` (the two levels; no estimate is negative)
        and `p_holm`, p adjusted over the pairs of one metric (Holm 1979).

    Raises
    ------
    ModelError
        As `changes`, and where fewer than two levels are shown.
    """
    compare = _Comparison(study, outcome, by, conf_level)
    found = []
    for table in compare.by_metric:
        table = table.sort_values("estimate", kind="stable")
        if among is not None:
            shown = among[among["estimate"].notna()]
            shown = shown.loc[shown["metric"] == table["metric"].iloc[0], "level"]
            table = table[table["level"].isin(shown)]
        pairs = list(combinations(table.to_dict("records"), 2))
        if not pairs:
            continue
        rows = pd.DataFrame(
            [
                {**compare.row(low, high), "lower": low["level"], "higher": high["level"]}
                for low, high in pairs
            ]
        )
        found.append(rows.assign(p_holm=holm(rows["p_value"])))
    if not found:
        raise ModelError(
            "outcome {outcome}: fewer than two of the groups by {by} are shown, so that there is"
            " nothing to compare",
            outcome=outcome,
            by=by,
        )
    return pd.concat(found, ignore_index=True)


class _Comparison:
    """The metrics of an outcome by the levels of a split, and what comparing two levels takes."""

    def __init__(self, study: Study, outcome: str, by: str, conf_level: float) -> None:
        table = metric_of(study, outcome, by, conf_level)
        if table["level"].nunique() < 2:
            raise ModelError(
                "outcome {outcome}: answered in one {by} only; there is no change to measure",
                outcome=outcome,
                by=by,
            )
        self.by_metric = [rows for _, rows in table.groupby("metric", sort=False)]
        self.answers = study.outcome(outcome).dropna()
        self.groups = study.group(by)[self.answers.index]
        self.sample = Sample.of(study, self.answers.index)
        csat = study.outcome_kind(outcome) == "csat"
        self.top = study.scale_of(outcome).max - 1 if csat else np.nan
        self.conf_level = conf_level

    def row(self, before: dict, after: dict) -> dict[str, Any]:
        levels = [before["level"], after["level"]]
        estimate = after["estimate"] - before["estimate"]
        df = self._df(levels)
        critical = stats.t.ppf((1 + self.conf_level) / 2, df)
        # Where all answer alike the error is what the adjusted interval implies instead of 0.
        errors = [
            side["std_error"]
            if side["std_error"] > 0
            else (side["conf_high"] - side["conf_low"]) / critical
            for side in (before, after)
        ]
        variance = np.square(errors).sum() - 2 * self._covariance(before["metric"], levels)
        error = float(np.sqrt(np.maximum(0.0, variance)))
        # With one account, or equal changes of all respondents, there is no error and no test.
        error = error if error > 1e-9 * max(1.0, abs(estimate)) else np.nan
        return {
            **{name: after[name] for name in ("outcome", "metric", "group")},
            "level": " → ".join(levels),
            "estimate": estimate,
            **t_inference(estimate, error, df, self.conf_level),
            "n": before["n"] + after["n"],
        }

    def _df(self, levels: Iterable[str]) -> float:
        """With few accounts a level the normal law is too narrow: t counts those of both sides."""
        if self.sample.clusters is None:
            return np.inf
        there = self.sample.at(self.groups.isin(levels).to_numpy())
        return max(1, there.units - 2)

    def _covariance(self, metric: str, levels: Iterable[str]) -> float:
        """Of the two levels' estimates, from the units that answer on both sides; 0 without."""
        if self.sample.clusters is None:
            return 0.0
        y = _measured(metric, self.answers.to_numpy(), self.top)
        one, other = (self._scores(y, (self.groups == level).to_numpy()) for level in levels)
        return float((one * other.reindex(one.index)).sum())

    def _scores(self, y: np.ndarray, there: np.ndarray) -> pd.Series:
        """What each cluster adds to the linearised mean of these rows; the sum of squares is its
        variance.
        """
        sample = self.sample.at(there)
        score = unit_scores(y[there], sample.weights, sample.clusters)
        units = np.unique(sample.clusters)
        return pd.Series(score * np.sqrt(len(units) / max(1, len(units) - 1)), index=units)


def _measured(metric: str, answers: np.ndarray, top: float) -> np.ndarray:
    """What a metric is the mean of, in its units."""
    if metric == "nps":
        return nps_scores(answers)
    least = {"csat_top2": top, "ces_share": EASE_FROM}.get(metric)
    return answers if least is None else (answers >= least).astype(float)
