"""Which waves are unusual: more than their own sampling and what varies between waves anyway."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.describe.metrics import METRICS, measured_by, metric_of, statistic_of
from cxlab.models.estimator import estimator
from cxlab.stats import control, sampling
from cxlab.study.sample import by_level
from cxlab.study.study import Study

# Of fewer waves what is usual is not known.
LEAST = 8
CHARTS = ("shewhart", "ewma")
ENDS = {"nps": (-100.0, 100.0), "share": (0.0, 1.0), "mean": (-np.inf, np.inf)}
COLUMNS = (
    *("outcome", "metric", "group", "level", "estimate", "std_error", "smoothed", "centre"),
    *("limit_low", "limit_high", "signal", "n"),
)


class Waves(NamedTuple):
    """A metric in each wave, its own error, and how many answers it is as good as."""

    y: np.ndarray
    errors: np.ndarray
    counts: np.ndarray


@estimator("control_chart")
def control_chart(
    study: Study,
    outcome: str,
    *,
    metric: str | None = None,
    chart: str = "shewhart",
    weight: float = 0.3,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """A metric over many waves with the limits of what is usual.

    Parameters
    ----------
    study : Study
        A study of eight waves or more.
    outcome : str
        Id of the outcome.
    metric : str, optional
        One of the outcome's metrics; its first unless given.
    chart : {"shewhart", "ewma"}
        Each wave by itself, or exponentially weighted means of the waves so far, which see a small
        lasting shift.
    weight : float
        Of the last wave in the weighted mean, above 0 and at most 1.
    conf_level : float
        How often all waves of a steady process lie within the limits.

    Returns
    -------
    DataFrame
        One row a wave: `outcome metric group level estimate std_error smoothed centre limit_low
        limit_high signal n`, in the metric's units. `smoothed` is what is held to the limits, the
        estimate itself or the weighted mean; `signal` is `high` or `low` outside of them, else "".

    Raises
    ------
    ModelError
        Fewer than eight waves, a metric that the outcome has not, a weight that is none.

    Notes
    -----
    Limits are the wave's own error, widened by the variance between waves, times the quantile that
    holds all waves together (Bonferroni; about 3 at 20 waves, Shewhart's). Of means and scores the
    variance between is that of the other usual waves (Hedges & Olkin 1985), with t of one degree of
    freedom less than they are; of shares that of Laney's (2002) p′ chart; of weighted means that of
    successive waves, which a shift leaves as it is. A steady process has a wave outside in 5 of 100
    studies at most; of eight waves one that is 5 errors off is found in more than half (of shares
    rarely: there a wave widens its own limits). Checked against NIST/SEMATECH 6.3.2.4 and the
    formula of the p′ chart.

    Examples
    --------
    >>> import pandas as pd
    >>> from cxlab import Study
    >>> rows = [(f"w{w}", 10 if i < 60 + 35 * (w == 6) else 5) for w in range(9) for i in range(99)]
    >>> frame = pd.DataFrame(rows, columns=["wave", "q"])
    >>> outcomes = {"recommend": {"kind": "nps", "column": "q"}}
    >>> table = control_chart(Study.from_frame(frame, {}, outcomes, wave="wave"), "recommend")
    >>> table.loc[table["signal"] != "", ["level", "signal"]].values.tolist()
    [['w6', 'high']]
    """
    if chart not in CHARTS:
        raise ModelError("chart={chart!r}: give shewhart or ewma", chart=chart)
    if not 0 < weight <= 1:
        raise ModelError("weight={weight}: give a number above 0, 1 at most", weight=weight)
    metric = _metric(study, outcome, metric)
    kind = statistic_of(metric)
    table = metric_of(study, outcome, "wave", conf_level)
    table = table[(table["metric"] == metric) & table["estimate"].notna()]
    if len(table) < LEAST:
        raise ModelError(
            "outcome {outcome} has figures of {n} waves, and it takes {least} to know what is"
            " usual; changes compares two waves",
            outcome=outcome,
            n=len(table),
            least=LEAST,
        )
    waves = _waves(study, outcome, metric, set(table["level"]))
    if chart == "shewhart":
        held, (centre, half) = waves.y, _limits(waves, kind, conf_level)
    else:
        held, centre, half = _weighted(waves, kind, weight, conf_level)
    low, high = np.clip([centre - half, centre + half], *ENDS[kind])
    table = table.assign(smoothed=held, centre=centre, limit_low=low, limit_high=high)
    table["signal"] = np.select([held > high, held < low], ["high", "low"], "")
    return table[[*COLUMNS]].reset_index(drop=True)


def _metric(study: Study, outcome: str, metric: str | None) -> str:
    known = METRICS.get(study.outcome_kind(outcome), ["score_mean"])
    if metric not in (None, *known):
        raise ModelError(
            "metric={metric!r}: outcome {outcome} has {known}",
            metric=metric,
            outcome=outcome,
            known=", ".join(known),
        )
    return metric or known[0]


def _waves(study: Study, outcome: str, metric: str, levels: set[str]) -> Waves:
    """The metric in each wave; of a share the errors at the mean share."""
    kind, found = statistic_of(metric), []
    for part in by_level(study, study.outcome(outcome), "wave"):
        if part.about["level"] in levels:
            y = measured_by(metric, study, outcome, part.answers.to_numpy(float))
            one = sampling.estimate(y, part.sample)
            count = one.count()
            found.append((one.value, np.sqrt(one.adjusted(kind, count)[1]), count))
    y, errors, counts = np.array(found).T
    if kind == "share":
        mean = counts @ y / counts.sum()
        errors = np.sqrt(mean * (1 - mean) / counts)
    if not (errors > 0).all():
        raise ModelError(
            "outcome {outcome}: all answers of a wave are alike, so that its error is not known",
            outcome=outcome,
        )
    return Waves(y, errors, counts)


def _limits(waves: Waves, kind: str, level: float) -> tuple[float, np.ndarray]:
    if kind == "share":
        return control.laney(waves.y, waves.errors, waves.counts, level)
    return control.shewhart(waves.y, waves.errors, level)


def _weighted(
    waves: Waves, kind: str, weight: float, level: float
) -> tuple[np.ndarray, float, np.ndarray]:
    """The weighted means, the centre and half the width of their limits."""
    y, errors, k = waves.y, waves.errors, len(waves.y)
    if kind == "share":
        centre, half = control.laney(y, errors, waves.counts, level)
        errors = half / control.joint(level, k)
    else:
        extra = control.between_next(y, errors)
        centre, _ = control.centre_of(y, errors, extra)
        errors = np.sqrt(errors**2 + extra)
    half = control.joint(level, k) * control.ewma_error(errors, weight)
    return control.ewma(y, centre, weight), centre, half
