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
CHARTS = ("shewhart", "ewma", "p_prime")
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
    chart : {"shewhart", "ewma", "p_prime"}
        Each wave by itself; exponentially weighted means of the waves so far, which see a small
        lasting shift; or each wave's share by Laney's p′, of twenty waves or so.
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
        Fewer than eight waves, a metric that the outcome has not, p′ of what is no share, a weight
        that is none.

    Notes
    -----
    Limits are the wave's own error (of shares that at their mean), widened by the variance between
    waves, times the quantile that holds all waves together (Bonferroni; about 3 at 20 waves,
    Shewhart's). The variance between is that of the other usual waves (Hedges & Olkin 1985), with t
    of one degree of freedom less than they are; of weighted means that of successive waves, which a
    shift leaves as it is; of p′ Laney's (2002), by the moving range of all waves, so that of few
    one that is unusual widens its own limits. A steady process has a wave outside in 5 of 100
    studies at most; of eight waves one that is 5 errors off is found in some 40 where nothing else
    varies between them (tests/calibration/waves.py). Checked against NIST/SEMATECH 6.3.2.4 and the
    formula of the p′ chart.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> rows = [(f"w{w}", 10 if i < 60 + 35 * (w == 6) else 5) for w in range(9) for i in range(99)]
    >>> frame = pd.DataFrame(rows, columns=["wave", "q"])
    >>> outcomes = {"recommend": {"kind": "nps", "column": "q"}}
    >>> study = cx.Study.from_frame(frame, {}, outcomes, wave="wave")
    >>> table = cx.waves.control_chart(study, "recommend")
    >>> table.loc[table["signal"] != "", ["level", "signal"]].values.tolist()
    [['w6', 'high']]
    """
    if chart not in CHARTS:
        raise ModelError("chart={chart!r}: give shewhart, ewma or p_prime", chart=chart)
    if not 0 < weight <= 1:
        raise ModelError("weight={weight}: give a number above 0, 1 at most", weight=weight)
    metric = _metric(study, outcome, metric)
    kind = statistic_of(metric)
    if chart == "p_prime" and kind != "share":
        raise ModelError("chart='p_prime' is for shares; {metric} is none", metric=metric)
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
    y, errors, held = waves.y, waves.errors, waves.y
    if chart == "shewhart":
        centre, half = control.shewhart(y, errors, conf_level)
    elif chart == "p_prime":
        centre, half = control.laney(y, errors, waves.counts, conf_level)
    else:
        extra = control.between_next(y, errors)
        centre, _ = control.centre_of(y, errors, extra)
        error = control.ewma_error(np.sqrt(errors**2 + extra), weight)
        held, half = control.ewma(y, centre, weight), control.joint(conf_level, len(y)) * error
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
