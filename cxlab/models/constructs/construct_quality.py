"""Whether the questions of a path model measure what they are meant to, and one thing each."""

import numpy as np
import pandas as pd

from cxlab.models.constructs.fit_constructs import ConstructFit
from cxlab.models.estimator import estimator
from cxlab.result import by_bags
from cxlab.stats import path_model
from cxlab.stats.path_model import Paths

# Nunnally 1978; Fornell & Larcker 1981; Henseler, Ringle & Sarstedt 2015.
RELIABLE, EXTRACTED, DISTINCT = 0.7, 0.5, 0.9
MEASURES = ("alpha", "rho_a", "rho_c", "ave")


@estimator("construct_quality")
def construct_quality(fit: ConstructFit, *, conf_level: float = 0.95) -> pd.DataFrame:
    """Reliability and distinctness of the constructs of a path model, and how well it explains
    them.

    Parameters
    ----------
    fit : ConstructFit
        What `fit_constructs` gives.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        One row a construct: `construct items alpha alpha_low alpha_high rho_a rho_a_low rho_a_high
        rho_c rho_c_low rho_c_high ave ave_low ave_high closest closest_r distinct r_squared
        r_squared_low r_squared_high verdict n note`. `alpha` is that of standardised questions,
        `ave` the mean share of their variance that the score explains, `closest` the construct
        whose score it correlates with most (`closest_r`), `distinct` whether √AVE exceeds that
        (Fornell & Larcker 1981). `verdict` is `ok`, or `caution` where rho_C is below .7, AVE below
        .5, or it is not distinct. `note` says why a figure is refused or doubtful: `one_question`
        (of which no error is known), `heywood` (rho_A above 1, an improper solution; then NaN),
        `negative_weight` (a question counts against the others), `against_the_rest` (a question
        correlates negatively with the score).

    Notes
    -----
    Percentiles of the fit's bootstrap. rho_A: Dijkstra & Henseler (2015). Checked against seminr
    2.3.4 (1e-10).

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(400, seed=1, design="insurance")
    >>> found = construct_quality(cx.constructs.fit_constructs(study, n_boot=200))
    >>> found["verdict"].unique().tolist(), bool((found["rho_c"] > 0.85).all())
    (['ok'], True)
    """
    solution, member = fit.solution, fit.solution.blocks.member
    frame = pd.DataFrame({"construct": fit.constructs, "items": member.sum(axis=0)})
    for name in MEASURES:
        frame = frame.assign(
            **fit.intervals(_reliability(name), conf_level, name, f"{name}_low", f"{name}_high")
        )
    others = np.abs(solution.scores[0]) - np.eye(len(frame))
    frame["closest"] = np.array(fit.constructs)[others.argmax(axis=1)]
    frame["closest_r"] = others.max(axis=1)
    frame["distinct"] = np.sqrt(frame["ave"]) > frame["closest_r"]
    ends = "r_squared", "r_squared_low", "r_squared_high"
    frame = frame.assign(**fit.intervals(lambda found: found.r_squared, conf_level, *ends))
    weights = fit.weights.groupby("construct", sort=False)
    least = weights[["weight", "loading"]].min().reindex(frame["construct"])
    one, heywood = frame["items"] == 1, frame["rho_a"] > 1
    sides = [one, heywood, *(least[name].to_numpy() < 0 for name in ("loading", "weight"))]
    reasons = ["one_question", "heywood", "against_the_rest", "negative_weight"]
    frame["note"] = np.select(sides, reasons, "")
    frame.loc[heywood, ["rho_a", "rho_a_low", "rho_a_high"]] = np.nan
    measured = [f"{name}{end}" for name in MEASURES for end in ("", "_low", "_high")]
    frame.loc[one, measured] = np.nan
    sound = (frame["rho_c"] >= RELIABLE) & (frame["ave"] >= EXTRACTED) & (frame["note"] == "")
    frame["verdict"] = np.where((sound | one) & frame["distinct"], "ok", "caution")
    return by_bags(frame.assign(n=fit.n), fit.bags)


def _reliability(name: str):
    def values(found: Paths) -> np.ndarray:
        return path_model.reliabilities(found)[name]

    return values


@estimator("htmt")
def htmt(fit: ConstructFit, *, conf_level: float = 0.95) -> pd.DataFrame:
    """Heterotrait–monotrait ratios: are two constructs of a path model two?

    Parameters
    ----------
    fit : ConstructFit
        What `fit_constructs` gives.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        One row a pair of constructs: `construct other estimate conf_low conf_high verdict n`. The
        estimate is what their questions correlate, divided by what those of one construct do: 1
        where nothing tells them apart. `verdict` is `caution` above .9, `unsafe` where the interval
        holds 1 besides, else `ok`.

    Notes
    -----
    Henseler, Ringle & Sarstedt (2015), of absolute correlations; percentiles of the fit's
    bootstrap. Checked against seminr 2.3.4 (1e-10).

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(400, seed=1, design="insurance")
    >>> found = htmt(cx.constructs.fit_constructs(study, n_boot=200))
    >>> len(found), found["verdict"].unique().tolist()
    (15, ['ok'])
    """
    names = np.array(fit.constructs)
    first, other = np.triu_indices(len(names), 1)
    ends = "estimate", "conf_low", "conf_high"
    told = fit.intervals(lambda found: path_model.htmt(found)[:, first, other], conf_level, *ends)
    frame = pd.DataFrame({"construct": names[first], "other": names[other], **told})
    above = frame["estimate"] > DISTINCT
    sides = [above & (frame["conf_high"] >= 1), above]
    frame["verdict"] = np.select(sides, ["unsafe", "caution"], "ok")
    return by_bags(frame.assign(n=fit.n), fit.bags)
