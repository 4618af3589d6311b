"""Descriptive scores by touchpoint: experience, expectation gaps, zones of tolerance, and the
reliability of the difference score.
"""

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.describe.reliability import MIN_COMPLETE, RELIABLE, cronbach_alpha
from cxlab.models.design import common_scale, ratings_of
from cxlab.models.estimator import estimator
from cxlab.stats.inference import holm, named_interval
from cxlab.study.sample import Part, Sample, Split, asked, by_level, by_touchpoint, table
from cxlab.study.study import Study

# Above this share of top answers an expectation has a ceiling: the gap cannot be positive.
CEILING = 0.5


@estimator("experience_scores")
def experience_scores(study: Study, *, by: Split = None, conf_level: float = 0.95) -> pd.DataFrame:
    """Mean experience of each touchpoint in journey order (SERVPERF).

    Parameters
    ----------
    study : Study
    by : str, optional
        A split of the study: "wave", "account" or a segment.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        `touchpoint stage contact group level experience std_error conf_low conf_high n n_eff used
        scale`: means in scale points with t intervals; `used` is the share (0–1) of those asked who
        met the touchpoint. A touchpoint that nobody rated has no row.

    Raises
    ------
    ModelError
        No touchpoint has an answered experience.

    Notes
    -----
    Cronin & Taylor (1992), J. Marketing 56(3):55.

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(100, seed=1)
    >>> table = cx.experience_scores(study)[["touchpoint", "experience", "n"]]
    >>> table.head(2).round(2).values.tolist()
    [['advertising', 4.78, 100], ['website', 4.92, 100]]
    """
    rows = (
        (
            part,
            part.about
            | part.sample.mean(part.answers["experience"], conf_level)
            | part.counts
            | {"used": _reach(study, part, by), "scale": scale_words(study, part)},
        )
        for part in by_touchpoint(study, "experience", by=by)
    )
    return table(rows).rename(columns={"estimate": "experience"})


@estimator("gap_scores")
def gap_scores(study: Study, *, by: Split = None, conf_level: float = 0.95) -> pd.DataFrame:
    """Gap = experience − expectation of each touchpoint in journey order (SERVQUAL).

    Parameters
    ----------
    study, by, conf_level
        As in `experience_scores`.

    Returns
    -------
    DataFrame
        `touchpoint stage contact group level expectation experience estimate std_error conf_low
        conf_high experience_low experience_high p_value n n_eff scale p_holm`, scale points. Means
        are over respondents who answered both, so that the gap is a paired difference: `estimate`
        is the mean gap with its paired interval and test, `p_holm` that test adjusted over the
        touchpoints (of twelve without a gap, one study in two has one whose plain interval leaves
        out 0).

    Raises
    ------
    ModelError
        No touchpoint asks an expectation beside the experience, or nobody answered both.

    Notes
    -----
    Parasuraman, Zeithaml & Berry (1988), J. Retailing 64:12; Holm (1979).

    Examples
    --------
    >>> import cxlab as cx
    >>> table = cx.gap_scores(cx.simulate_study(300, seed=1)).set_index("touchpoint")
    >>> table.loc["support", ["expectation", "experience", "estimate"]].round(2).tolist()
    [5.65, 4.54, -1.12]
    """
    rows = []
    for part in by_touchpoint(study, "expectation", "experience", by=by):
        expectation, experience = part.answers.to_numpy().T
        sample = part.sample
        row = (
            part.about
            | {"expectation": sample.told(expectation), "experience": 0}
            | sample.mean(experience - expectation, conf_level)
            | named_interval("experience", sample.mean(experience, conf_level))
            | {"p_value": sample.p_value(experience - expectation)}
            | part.counts
            | {"scale": scale_words(study, part)}
        )
        rows.append((part, row))
    frame = table(rows)
    frame["p_holm"] = frame.groupby("level")["p_value"].transform(holm)
    return frame


@estimator("tolerance")
def tolerance(study: Study, *, conf_level: float = 0.95) -> pd.DataFrame:
    """Zone of tolerance: is the experience between the adequate and the desired level?

    Parameters
    ----------
    study : Study
        A study with touchpoints that ask adequate level, desired level (expectation) and
        experience.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        One row a touchpoint, over respondents who answered all three: `touchpoint stage adequate
        expectation experience msa msa_low msa_high mss mss_low mss_high below inside above n`.
        `msa` = experience − adequate and `mss` = experience − desired with t intervals, scale
        points; the shares (0–1) of respondents below, inside and above their own zone, whose ends
        count as inside.

    Raises
    ------
    ModelError
        No touchpoint asks all three, or nobody answered them.

    Notes
    -----
    Zeithaml, Berry & Parasuraman (1996), J. Marketing 60(2):31.

    Examples
    --------
    >>> import cxlab as cx
    >>> table = cx.tolerance(cx.simulate_study(300, seed=2, design="panel"))
    >>> bool((abs(table["below"] + table["inside"] + table["above"] - 1) < 1e-9).all())
    True
    """
    rows = []
    for part in by_touchpoint(study, "adequate", "expectation", "experience"):
        level, sample = part.answers, part.sample
        msa, mss = (level["experience"] - level[end] for end in ("adequate", "expectation"))
        below, above = sample.told((msa < 0) & (mss < 0)), sample.told((msa > 0) & (mss > 0))
        row = {
            **{name: part.about[name] for name in ("touchpoint", "stage")},
            **{role: sample.told(level[role]) for role in level},
            **named_interval("msa", sample.mean(msa, conf_level)),
            **named_interval("mss", sample.mean(mss, conf_level)),
            **{"below": below, "inside": 1 - below - above, "above": above, "n": sample.n},
        }
        rows.append((part, row))
    return table(rows)


@estimator("servqual")
def servqual(study: Study, *, conf_level: float = 0.95) -> pd.DataFrame:
    """The overall service-quality index: mean gap and mean experience, plain and weighted by
    stated importance.

    Parameters
    ----------
    study, conf_level
        As in `gap_scores`.

    Returns
    -------
    DataFrame
        `metric estimate std_error conf_low conf_high n n_eff`, scale points, with rows `servqual`
        (mean gap), `servperf` (mean experience) and, where importance is asked,
        `servqual_weighted` and `servperf_weighted`: each a respondent's mean over the touchpoints
        answered, Σ_t I_t·G_t / Σ_t I_t, then the mean over respondents.

    Raises
    ------
    ModelError
        No touchpoint asks an expectation beside the experience, nobody answered both, or the
        touchpoints are rated on different scales.

    Notes
    -----
    Parasuraman, Zeithaml & Berry (1988); Cronin & Taylor (1992).

    Examples
    --------
    >>> import cxlab as cx
    >>> table = cx.describe.servqual(cx.simulate_study(300, seed=1))
    >>> table[["metric", "estimate"]].round(2).values.tolist()
    [['servqual', -0.56], ['servperf', 4.9]]
    """
    expectation, experience = _both(study)
    gap = experience - expectation
    experience = experience.where(gap.notna())
    indices = {"servqual": gap.mean(axis=1), "servperf": experience.mean(axis=1)}
    stated = [name for name in gap if study.declared(name).importance]
    if stated:
        importance = ratings_of(study, stated, "importance").where(gap[stated].notna())
        for name, values in (("servqual", gap), ("servperf", experience)):
            total = (values[stated] * importance).sum(axis=1)
            indices[f"{name}_weighted"] = total / importance.sum(axis=1, min_count=1)
    rows = [
        (part, {"metric": metric} | part.sample.mean(part.answers, conf_level) | part.counts)
        for metric, index in indices.items()
        for part in by_level(study, index, None)
        if part.sample.n > 1
    ]
    if not rows:
        raise ModelError("no respondent answered both expectation and experience of any touchpoint")
    return table(rows)


@estimator("gap_reliability")
def gap_reliability(study: Study) -> pd.DataFrame:
    """Reliability of the difference score: alpha of expectation and of experience over the
    touchpoints, and the reliability of their difference.

    Parameters
    ----------
    study : Study

    Returns
    -------
    DataFrame
        `term estimate note n` for expectation, experience and gap, over respondents who answered
        all; `note` is `unreliable` below 0.7.

    Raises
    ------
    ModelError
        Fewer than two touchpoints ask both, on different scales, or fewer than 20 respondents
        answered all.

    Notes
    -----
    Reliability of the difference = (σ²_P ρ_P + σ²_E ρ_E − 2σ_PE) / (σ²_P + σ²_E − 2σ_PE), with
    Cronbach's alpha for ρ and the variances of the respondents' means over touchpoints. Johns
    (1981); Peter, Churchill & Brown (1993), J. Consum. Res. 19:655.

    Examples
    --------
    >>> import cxlab as cx
    >>> table = cx.describe.gap_reliability(cx.simulate_study(300, seed=1))
    >>> table.round(2).head(1).values.tolist()
    [['expectation', 0.69, 'unreliable', 300]]
    """
    expectation, experience = _both(study)
    if expectation.shape[1] < 2:
        raise ModelError(
            "touchpoint {touchpoint} alone asks an expectation: reliability needs two touchpoints"
            " at least",
            touchpoint=expectation.columns[0],
        )
    whole = (expectation + experience).dropna().index
    e, p = expectation.loc[whole], experience.loc[whole]
    if len(e) < MIN_COMPLETE:
        raise ModelError(
            "{n} respondents answered expectation and experience of all {touchpoints}"
            " touchpoints; their reliability needs 20",
            n=len(e),
            touchpoints=e.shape[1],
        )
    sample = Sample.of(study, whole)
    sample.refuse()
    weights = sample.weights
    (var_e, cov), (_, var_p) = np.cov(e.mean(axis=1), p.mean(axis=1), aweights=weights)
    alpha_e, alpha_p = cronbach_alpha(e, weights), cronbach_alpha(p, weights)
    difference = (var_p * alpha_p + var_e * alpha_e - 2 * cov) / (var_e + var_p - 2 * cov)
    estimate = np.array([alpha_e, alpha_p, difference])
    notes = np.where(estimate < RELIABLE, "unreliable", "")
    terms = ["expectation", "experience", "gap"]
    return pd.DataFrame({"term": terms, "estimate": estimate, "note": notes, "n": len(e)})


@estimator("expectation_ceiling")
def expectation_ceiling(study: Study, *, conf_level: float = 0.95) -> pd.DataFrame:
    """Share of respondents whose expectation is the top of the scale, by touchpoint.

    They can be met or disappointed, never delighted: a gap above 0 is out of their reach.

    Parameters
    ----------
    study, conf_level
        As in `gap_scores`.

    Returns
    -------
    DataFrame
        `touchpoint estimate std_error conf_low conf_high note n`: the share (0–1) with its Wilson
        interval; `note` is `ceiling` above one half.

    Raises
    ------
    ModelError
        No touchpoint asks an expectation, or nobody answered one.

    Examples
    --------
    >>> import cxlab as cx
    >>> table = cx.describe.expectation_ceiling(cx.simulate_study(300, seed=1))
    >>> table[["touchpoint", "estimate", "n"]].round(2).head(2).values.tolist()
    [['advertising', 0.06, 300], ['website', 0.2, 300]]
    """
    rows = []
    for part in by_touchpoint(study, "expectation"):
        touchpoint = part.about["touchpoint"]
        top = part.answers["expectation"] >= study.scale_of(touchpoint).max
        share = part.sample.share(top, conf_level)
        note = "ceiling" if share["estimate"] > CEILING else ""
        rows.append((part, {"touchpoint": touchpoint, **share, "note": note, "n": part.sample.n}))
    return table(rows)


def _both(study: Study) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Expectations and experiences of the touchpoints that ask both, a column each."""
    names = asked(study, "expectation", "experience")["touchpoint"]
    common_scale(study, names)
    return tuple(ratings_of(study, names, role) for role in ("expectation", "experience"))


def _reach(study: Study, part: Part, by: Split) -> float:
    """Share (0–1) of those asked, at this level of the split, who met the touchpoint."""
    met = study.state(part.about["touchpoint"]).map({"answered": 1.0, "not_used": 0.0})
    levels = {one.about["level"]: one for one in by_level(study, met, by)}
    here = levels[part.about["level"]]
    return here.sample.average(here.answers)


def scale_words(study: Study, part: Part) -> str:
    scale = study.scale_of(part.about["touchpoint"])
    return f"{scale.min:g}–{scale.max:g}"
