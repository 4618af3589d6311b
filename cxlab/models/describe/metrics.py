"""NPS, CSAT, CES and scores of a study, and how the answers are spread."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.study.sample import Sample, by_level
from cxlab.study.study import Study

EASE_FROM = 5
FIRST = ["outcome", "metric", "group", "level", "estimate", "std_error", "conf_low", "conf_high"]
# One row of a result: a metric and its numbers, from answers and their sample.
Metrics = Callable[[np.ndarray, Sample], list[dict]]


def nps(
    study: Study,
    outcome: str | None = None,
    by: str | None = None,
    conf_level: float = 0.95,
    interval: str = "adjusted_wald",
) -> pd.DataFrame:
    """Net Promoter Score with its interval and its three classes.

    Parameters
    ----------
    study : Study
        A study with an outcome of kind `nps` (0–10).
    outcome : str, optional
        Id of the outcome; the first of its kind unless given.
    by : str, optional
        A split of the study: "wave", "account" or a segment.
    conf_level : float
        Confidence level of the intervals.
    interval : {"adjusted_wald", "wald"}
        Rocks' adjusted Wald is finite and holds for ten answers or for promoters only; plain Wald
        is for comparison.

    Returns
    -------
    DataFrame
        One row a level: `outcome metric group level estimate std_error conf_low conf_high n n_eff
        promoters passives detractors`; the score, its error and interval in NPS points (−100 to
        100), classes as shares (9–10, 7–8, 0–6).

    Raises
    ------
    ModelError
        The outcome is not of kind nps, or nobody answered it.

    Notes
    -----
    The error is √(p₊ + p₋ − (p₊ − p₋)²)/√n in points, or design-based (Binder 1983) with weights or
    clusters; the adjusted interval then uses the effective n that this error implies (Rocks 2016,
    The American Statistician 70:365). Checked against R's NPS 1.1 (1e-12): 90 promoters and 34
    detractors of 200 give 28.0, 17.5 to 37.7.

    Examples
    --------
    >>> import cxlab as cx
    >>> scores = pd.DataFrame({"q": [10] * 90 + [8] * 76 + [3] * 34, "visit": 5})
    >>> outcomes = {"recommend": {"kind": "nps", "column": "q"}}
    >>> visit = {"visit": {"experience": "visit", "scale": {"min": 1, "max": 7}}}
    >>> study = cx.Study.from_frame(scores, visit, outcomes)
    >>> cx.nps(study)[["estimate", "conf_low", "conf_high", "n"]].round(1).values.tolist()
    [[28.0, 17.5, 37.7, 200.0]]
    """
    outcome = _outcome_of_kind(study, outcome, ("nps",))
    if interval not in ("adjusted_wald", "wald"):
        raise ModelError("interval={interval!r}: give adjusted_wald or wald", interval=interval)
    adjusted = interval == "adjusted_wald"
    return _by_level(
        study, outcome, by, lambda y, s: [{"metric": "nps", **s.nps(y, conf_level, adjusted)}]
    )


def csat(
    study: Study, outcome: str | None = None, by: str | None = None, conf_level: float = 0.95
) -> pd.DataFrame:
    """Customer satisfaction: the share of the top two answers, and the mean.

    Parameters
    ----------
    study, outcome, by, conf_level
        As in `nps`, for an outcome of kind `csat`.

    Returns
    -------
    DataFrame
        Two rows a level, `csat_top2` (share 0–1, Wilson interval) and `csat_mean` (scale points, t
        interval): `outcome metric group level estimate std_error conf_low conf_high n n_eff`.

    Raises
    ------
    ModelError
        The outcome is not of kind csat, or nobody answered it.
    """
    outcome = _outcome_of_kind(study, outcome, ("csat",))
    top = study.scale_of(outcome).max - 1
    return _by_level(study, outcome, by, _share_and_mean("csat_top2", "csat_mean", top, conf_level))


def ces(
    study: Study, outcome: str | None = None, by: str | None = None, conf_level: float = 0.95
) -> pd.DataFrame:
    """Customer effort on a 1–7 scale, high = easy: the share of answers 5–7, and the mean.

    A question that scores effort (`direction: effort`) was turned when the study was read.

    Parameters
    ----------
    study, outcome, by, conf_level
        As in `nps`, for an outcome of kind `ces`.

    Returns
    -------
    DataFrame
        Two rows a level, `ces_share` (share 0–1, Wilson interval) and `ces_mean` (scale points, t
        interval), with the columns of `csat`.

    Raises
    ------
    ModelError
        The outcome is not of kind ces, its scale is not 1–7, or nobody answered it.
    """
    outcome = _outcome_of_kind(study, outcome, ("ces",))
    scale = study.scale_of(outcome)
    if (scale.min, scale.max) != (1, 7):
        raise ModelError(
            "outcome {outcome}: CES is defined on 1–7, this scale is {low:g}–{high:g}; declare it"
            " as kind score",
            outcome=outcome,
            low=scale.min,
            high=scale.max,
        )
    rows = _share_and_mean("ces_share", "ces_mean", EASE_FROM, conf_level)
    return _by_level(study, outcome, by, rows)


def score(
    study: Study, outcome: str | None = None, by: str | None = None, conf_level: float = 0.95
) -> pd.DataFrame:
    """The mean of a score or an amount, or the share of a binary outcome.

    Parameters
    ----------
    study, outcome, by, conf_level
        As in `nps`, for an outcome of kind `score`, `amount` or `binary`.

    Returns
    -------
    DataFrame
        One row a level, `score_mean` (the outcome's own units, t interval) or `binary_share` (0–1,
        Wilson interval), with the columns of `csat`; `unit` where the outcome declares one (an
        amount in BRL).

    Raises
    ------
    ModelError
        The outcome is of another kind, or nobody answered it.
    """
    outcome = _outcome_of_kind(study, outcome, ("score", "amount", "binary"))
    metric, statistic = "score_mean", Sample.mean
    if study.outcome_kind(outcome) == "binary":
        metric, statistic = "binary_share", Sample.share
    table = _by_level(
        study, outcome, by, lambda y, s: [{"metric": metric, **statistic(s, y, conf_level)}]
    )
    unit = study.declared(outcome).unit
    return table if unit is None else table.assign(unit=unit)


_OF_KIND = {"nps": nps, "csat": csat, "ces": ces}


def metric_of(
    study: Study, outcome: str, by: str | None = None, conf_level: float = 0.95
) -> pd.DataFrame:
    """The metrics that belong to the kind of an outcome."""
    return _OF_KIND.get(study.outcome_kind(outcome), score)(study, outcome, by, conf_level)


def metrics(study: Study, by: str | None = None, conf_level: float = 0.95) -> pd.DataFrame:
    """Every outcome of the study in one frame, in the codebook's order.

    Parameters
    ----------
    study, by, conf_level
        As in `nps`.

    Returns
    -------
    DataFrame
        The rows of `nps`, `csat`, `ces` and `score` under each other; outcomes that nobody
        answered have none.

    Raises
    ------
    ModelError
        Nobody answered any outcome.

    Examples
    --------
    >>> import cxlab as cx
    >>> cx.metrics(cx.simulate_study(100, seed=1))["metric"].tolist()
    ['score_mean', 'nps', 'csat_top2', 'csat_mean', 'ces_share', 'ces_mean', 'binary_share']
    """
    answered = [o for o in study.outcomes["outcome"] if study.outcome(o).notna().any()]
    if not answered:
        raise ModelError("this study has no outcome that anybody answered")
    each = [metric_of(study, outcome, by, conf_level) for outcome in answered]
    return pd.concat(each, ignore_index=True)


def distribution(study: Study, outcome: str) -> pd.DataFrame:
    """How the answers to an outcome are spread.

    Parameters
    ----------
    study : Study
    outcome : str
        Id of the outcome.

    Returns
    -------
    DataFrame
        `outcome value share n`: every answer of a whole-number scale, those never given too (of
        other scales those given); the (weighted) share, 0–1, and the number of respondents.

    Raises
    ------
    ModelError
        Nobody answered the outcome.
    """
    answers = study.outcome(outcome).dropna()
    if answers.empty:
        raise ModelError(
            "outcome {outcome}: nobody answered it here (not asked, or no answer)", outcome=outcome
        )
    scale = study.scale_of(outcome)
    whole = scale.whole and len(study.declared(outcome).columns) == 1 and np.isfinite(scale.max)
    values = np.arange(scale.min, scale.max + 1) if whole else np.sort(answers.unique())
    weights = Sample.of(study, answers.index).weights
    shares = pd.Series(1.0 if weights is None else weights, answers.index).groupby(answers).sum()
    counts = answers.value_counts()
    return pd.DataFrame(
        {
            "outcome": outcome,
            "value": values,
            "share": (shares / shares.sum()).reindex(values, fill_value=0).to_numpy(),
            "n": counts.reindex(values, fill_value=0).to_numpy(),
        }
    )


def _outcome_of_kind(study: Study, outcome: str | None, kinds: tuple[str, ...]) -> str:
    if outcome is None:
        fitting = [o.outcome for o in study.codebook.outcomes if o.kind in kinds]
        if not fitting:
            raise ModelError("this study has no outcome of kind {kind}", kind=" or ".join(kinds))
        return fitting[0]
    if study.outcome_kind(outcome) not in kinds:
        raise ModelError(
            "outcome {outcome} is of kind {actual}, not {kind}",
            outcome=outcome,
            actual=study.outcome_kind(outcome) or "touchpoint",
            kind=" or ".join(kinds),
        )
    return outcome


def _share_and_mean(share: str, mean: str, least: float, conf_level: float) -> Metrics:
    return lambda y, sample: [
        {"metric": share, **sample.share(y >= least, conf_level)},
        {"metric": mean, **sample.mean(y, conf_level)},
    ]


def _by_level(study: Study, outcome: str, by: str | None, rows: Metrics) -> pd.DataFrame:
    """`rows` of all respondents, or of each level of `by`; a level without answers has none."""
    found = [
        {"outcome": outcome, **row, **part.about, **part.counts}
        for part in by_level(study, study.outcome(outcome), by)
        for row in rows(part.answers.to_numpy(), part.sample)
    ]
    if not found:
        raise ModelError(
            "outcome {outcome}: nobody answered it here (not asked, or no answer)", outcome=outcome
        )
    frame = pd.DataFrame(found)
    first = [*FIRST, "n", "n_eff"]
    return frame[[*first, *(column for column in frame if column not in first)]]
