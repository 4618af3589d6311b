"""NPS, CSAT, CES and scores of a study, and how the answers are spread."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.models.estimator import estimator
from cxlab.stats.sampling import nps_scores
from cxlab.study.sample import Part, Sample, Split, by_level, table
from cxlab.study.splits import crossed
from cxlab.study.study import Study

EASE_FROM = 5
# The metrics of each kind of outcome (of others the mean), and those that are shares.
METRICS = {
    "nps": ["nps"],
    "csat": ["csat_top2", "csat_mean"],
    "ces": ["ces_share", "ces_mean"],
    "binary": ["binary_share"],
}
SHARES = ("csat_top2", "ces_share", "binary_share")
UNANSWERED = "outcome {outcome}: nobody answered it here (not asked, or no answer)"
NUMBERS = ["estimate", "std_error", "conf_low", "conf_high", "n", "n_eff"]


def _kind(given: Mapping[str, Any]) -> str:
    """The kind of a result of metrics by its split."""
    by = crossed(given["by"])
    if by is None:
        return "metrics"
    return f"metrics_by_{'wave' if given['study'].is_wave(by) else 'group'}"


@estimator(_kind)
def nps(
    study: Study | pd.Series,
    outcome: str | None = None,
    *,
    by: Split = None,
    conf_level: float = 0.95,
    interval: str = "adjusted_wald",
) -> pd.DataFrame:
    """Net Promoter Score with its interval and its three classes.

    Parameters
    ----------
    study : Study or Series
        A study with an outcome of kind `nps` (0–10), or such answers themselves, n values.
    outcome : str, optional
        Id of the outcome; the first of its kind unless given.
    by : str or list of str, optional
        A split of the study: "wave", "account" or a segment; several are combined (["wave",
        "plan"] has levels such as "2025 × basic").
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
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> answers = pd.Series([10] * 90 + [8] * 76 + [3] * 34)
    >>> cx.nps(answers)[["estimate", "conf_low", "conf_high", "n"]].round(1).values.tolist()
    [[28.0, 17.5, 37.7, 200.0]]
    >>> frame = pd.DataFrame({"q": answers, "plan": ["a", "b"] * 100, "city": [*"xyyx"] * 50})
    >>> outcomes = {"recommend": {"kind": "nps", "column": "q"}}
    >>> study = cx.Study.from_frame(frame, {}, outcomes, segments=["plan", "city"])
    >>> cx.nps(study, by=["plan", "city"])["level"].tolist()
    ['a × x', 'a × y', 'b × x', 'b × y']
    """
    if isinstance(study, pd.Series):
        name = str(study.name or "nps")
        recommend = {"recommend": {"kind": "nps", "column": name}}
        study = Study.from_frame(study.to_frame(name), {}, recommend)
    outcome = _of_kind(study, outcome, "nps")
    if interval not in ("adjusted_wald", "wald"):
        raise ModelError("interval={interval!r}: give adjusted_wald or wald", interval=interval)
    return metric_of(study, outcome, by, conf_level, interval == "adjusted_wald")


@estimator(_kind)
def csat(
    study: Study, outcome: str | None = None, *, by: Split = None, conf_level: float = 0.95
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

    Examples
    --------
    >>> import cxlab as cx
    >>> table = cx.describe.csat(cx.simulate_study(300, seed=1))
    >>> table[["metric", "estimate"]].round(2).values.tolist()
    [['csat_top2', 0.36], ['csat_mean', 5.07]]
    """
    return metric_of(study, _of_kind(study, outcome, "csat"), by, conf_level)


@estimator(_kind)
def ces(
    study: Study, outcome: str | None = None, *, by: Split = None, conf_level: float = 0.95
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

    Examples
    --------
    >>> import cxlab as cx
    >>> table = cx.describe.ces(cx.simulate_study(300, seed=1))
    >>> table[["metric", "estimate"]].round(2).values.tolist()
    [['ces_share', 0.68], ['ces_mean', 5.06]]
    """
    return metric_of(study, _of_kind(study, outcome, "ces"), by, conf_level)


@estimator(_kind)
def score(
    study: Study, outcome: str | None = None, *, by: Split = None, conf_level: float = 0.95
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

    Examples
    --------
    >>> import cxlab as cx
    >>> table = cx.describe.score(cx.simulate_study(300, seed=1), by="channel")
    >>> table[["level", "estimate", "n"]].round(1).values.tolist()
    [['Phone', 58.7, 121], ['Web', 57.8, 179]]
    """
    return metric_of(study, _of_kind(study, outcome, "score", "amount", "binary"), by, conf_level)


def metric_of(
    study: Study, outcome: str, by: Split, conf_level: float, adjusted: bool = True
) -> pd.DataFrame:
    """The metrics that belong to the kind of an outcome, of all respondents or of each level of
    `by`; a level without answers has none.
    """
    rows = list(_rows(study, outcome, by, conf_level, adjusted))
    if not rows:
        raise ModelError(UNANSWERED, outcome=outcome)
    return table(rows)


def _rows(
    study: Study, outcome: str, by: Split, conf_level: float, adjusted: bool = True
) -> Iterator[tuple[Part, dict[str, Any]]]:
    """The rows of `metric_of`, with the answers that they tell of."""
    kind, scale = study.outcome_kind(outcome), study.scale_of(outcome)
    if kind == "ces" and (scale.min, scale.max) != (1, 7):
        raise ModelError(
            "outcome {outcome}: CES is defined on 1–7, this scale is {low:g}–{high:g}; declare it"
            " as kind score",
            outcome=outcome,
            low=scale.min,
            high=scale.max,
        )

    unit = study.declared(outcome).unit
    for part in by_level(study, study.outcome(outcome), by):
        answers, sample = part.answers.to_numpy(), part.sample
        for metric in METRICS.get(kind, ["score_mean"]):
            if metric == "nps":
                numbers = sample.nps(answers, conf_level, adjusted)
            else:
                statistic = getattr(sample, statistic_of(metric))
                numbers = statistic(measured_by(metric, study, outcome, answers), conf_level)
            row = {"outcome": outcome, "metric": metric, **part.about, **dict.fromkeys(NUMBERS)}
            yield part, row | numbers | part.counts | ({} if unit is None else {"unit": unit})


def statistic_of(metric: str) -> str:
    """What a metric is, "nps", "share" or "mean"."""
    return "nps" if metric == "nps" else "share" if metric in SHARES else "mean"


def measured_by(metric: str, study: Study, outcome: str, y: np.ndarray) -> np.ndarray:
    """What a metric is the mean of, in its units, from the answers `y` (n)."""
    if metric == "nps":
        return nps_scores(y)
    least = {"csat_top2": study.scale_of(outcome).max - 1, "ces_share": EASE_FROM}.get(metric)
    return y if least is None else (y >= least).astype(float)


@estimator(_kind)
def metrics(
    study: Study, outcome: str | None = None, *, by: Split = None, conf_level: float = 0.95
) -> pd.DataFrame:
    """Every outcome of the study in one frame, in the codebook's order.

    Parameters
    ----------
    study, by, conf_level
        As in `nps`.
    outcome : str, optional
        This outcome alone.

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
    if outcome is not None:
        return metric_of(study, outcome, by, conf_level)
    answered = (one for one in study.outcomes["outcome"] if study.outcome(one).notna().any())
    rows = [row for one in answered for row in _rows(study, one, by, conf_level)]
    if not rows:
        raise ModelError("this study has no outcome that anybody answered")
    return table(rows)


@estimator("distribution")
def distribution(study: Study, outcome: str, *, wave: str | None = None) -> pd.DataFrame:
    """How the answers to an outcome are spread.

    Parameters
    ----------
    study : Study
    outcome : str
        Id of the outcome.
    wave : str, optional
        Of this wave alone.

    Returns
    -------
    DataFrame
        `outcome value share n`: every answer of a whole-number scale, those never given too (of
        other scales those given); the (weighted) share, 0–1, and the number of respondents.

    Raises
    ------
    ModelError
        Nobody answered the outcome.

    Examples
    --------
    >>> import cxlab as cx
    >>> table = cx.distribution(cx.simulate_study(300, seed=1), "recommend")
    >>> int(table["n"].sum()), float(table["share"].sum().round(6))
    (300, 1.0)
    """
    answers, columns = study.outcome(outcome), study.declared(outcome).columns
    return _spread(study, outcome, answers, len(columns) == 1, wave).rename(
        columns={"of": "outcome"}
    )


@estimator("rating_distribution")
def rating_distribution(study: Study, touchpoint: str, *, wave: str | None = None) -> pd.DataFrame:
    """How the ratings of the experience at a touchpoint are spread.

    Parameters
    ----------
    study : Study
    touchpoint : str
        Id of the touchpoint.
    wave : str, optional
        Of this wave alone.

    Returns
    -------
    DataFrame
        `touchpoint value share n`, as those of `distribution`.

    Raises
    ------
    ModelError
        Nobody rated the touchpoint.

    Examples
    --------
    >>> import cxlab as cx
    >>> table = cx.describe.rating_distribution(cx.simulate_study(300, seed=1), "delivery")
    >>> float(table["share"].sum().round(6))
    1.0
    """
    answers, columns = study.rating(touchpoint), study.declared(touchpoint).experience
    return _spread(study, touchpoint, answers, len(columns) == 1, wave).rename(
        columns={"of": "touchpoint"}
    )


def _spread(
    study: Study, name: str, answers: pd.Series, of_one: bool, wave: str | None
) -> pd.DataFrame:
    """The share and the number of each answer to one question, or to the mean of several."""
    answers = answers.dropna()
    if wave is not None:
        answers = answers[study.group("wave").loc[answers.index] == wave]
    if answers.empty:
        raise ModelError(UNANSWERED, outcome=name)
    scale = study.scale_of(name)
    whole = scale.whole and of_one and np.isfinite(scale.max)
    values = np.arange(scale.min, scale.max + 1) if whole else np.sort(answers.unique())
    sample = Sample.of(study, answers.index)
    if sample.refusal == "uneven_weights":
        sample.refuse()
    weights = pd.Series(sample.w, answers.index)
    given = weights.groupby(answers).agg(["sum", "size"]).reindex(values, fill_value=0)
    share = given["sum"].to_numpy() / len(answers)
    return pd.DataFrame({"of": name, "value": values, "share": share, "n": [*given["size"]]})


def _of_kind(study: Study, outcome: str | None, *kinds: str) -> str:
    """The outcome, which must be of one of these kinds; the study's first of them where it is
    None.
    """
    wanted = " or ".join(kinds)
    if outcome is None:
        found = next((o.outcome for o in study.codebook.outcomes if o.kind in kinds), None)
        if found is None:
            raise NotAskedError("this study has no outcome of kind {kind}", kind=wanted)
        return found
    actual = study.outcome_kind(outcome) or "touchpoint"
    if actual not in kinds:
        raise ModelError(
            "outcome {outcome} is of kind {actual}, not {kind}",
            outcome=outcome,
            actual=actual,
            kind=wanted,
        )
    return outcome
