"""Sensitivity of the ranking of touchpoints to the treatment of missing answers.

The treatments refer to different populations: listwise deletion to respondents who met every
touchpoint, usage coding to those who refused no answer, imputation to all.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from cxlab.errors import ModelError
from cxlab.models.design import chosen_touchpoints
from cxlab.models.estimator import estimator
from cxlab.models.fit import Fit
from cxlab.models.importance.importance import importance
from cxlab.models.importance.value_function import MAX_DRIVERS
from cxlab.models.loyalty.fit_loyalty import fit_loyalty
from cxlab.study.codebook.schema import ALL_TOUCHPOINTS
from cxlab.study.study import Study

TREATMENTS = ("listwise", "usage", "mice")
SHOWN = (
    *("slope", "slope_low", "slope_high", "sign", "share", "share_relative", "relative_low"),
    *("relative_high", "rank", "rank_low", "rank_high", "p_top3"),
)
WITHOUT_LMG = "more than {most} touchpoints: ranked by {method}, since lmg needs all their subsets"
NOTHING_UNUSED = "everybody who answered met every touchpoint: the same as listwise"
NOTHING_REFUSED = "no rating was refused: the same as usage"


@estimator("compare_missing")
def compare_missing(
    fit_or_study: Fit | Study,
    outcome: str | None = None,
    *,
    touchpoints: str | Iterable[str] | None = None,
    conf_level: float = 0.95,
    n_boot: int = 0,
    seed: int = 0,
    **model: Any,
) -> pd.DataFrame:
    """The slopes and the LMG ranking of `fit_loyalty` under each treatment of missing answers; with
    more than 25 touchpoints that by Johnson's weights (ordinal, binary: by zero-order R²).

    Parameters
    ----------
    fit_or_study : Fit or Study
        A fit of `fit_loyalty`, whose model is fitted again to its study; or a study.
    outcome, touchpoints, seed
        As in `fit_loyalty`; those of the fit unless given.
    conf_level, n_boot
        As in `importance`. None is drawn unless asked for: what is compared is the order, and three
        rankings would take three times as long as `importance` (with ten touchpoints and 1,700
        respondents 14 s instead of 6).
    **model
        Other keywords of `fit_loyalty`: `family`, `covariance`, `link`, `categories`, `controls`,
        `n_imputed`.

    Returns
    -------
    DataFrame
        One block a treatment (listwise, usage, mice): `missing touchpoint n slope slope_low
        slope_high sign share share_relative rank tau note outcome model`, with `n_boot` also the
        bootstrap intervals of `importance`. `tau` (−1 to 1) is Kendall's τ_b between the shares of
        this treatment and of the one that `fit_loyalty` takes by itself (the first that is not
        refused, where that is), over the touchpoints that both have: 1 where the order is the same.
        A treatment that these data do not allow, or that would repeat the one before it, is one row
        `all_touchpoints` whose `note` gives the reason.

    Raises
    ------
    ModelError
        Every treatment is refused, with the reason of the usual one.

    Notes
    -----
    Checked against the fits themselves.

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(300, seed=1, design="retail")
    >>> table = cx.drivers.compare_missing(study, "loyalty", touchpoints=["app", "site", "staff"])
    >>> table["missing"].unique().tolist()
    ['listwise', 'usage', 'mice']
    """
    study = fit_or_study
    if isinstance(study, Fit) and study.model.startswith("loyalty"):
        study, outcome = fit_or_study.study, outcome or fit_or_study.outcome
        model = fit_or_study.settings | model
    if not isinstance(study, Study):
        raise ModelError(
            "compare_missing takes a fit or a study first, not {kind}; write compare_missing(fit)"
            " with what fit_loyalty gives",
            kind=study.model if isinstance(study, Fit) else type(study).__name__,
        )
    if touchpoints is not None:
        model["touchpoints"] = chosen_touchpoints(study, touchpoints, "experience")
    done, notes = {}, {}
    for missing in (None, *TREATMENTS):
        if missing in done:
            continue
        try:
            fit = fit_loyalty(study, outcome, **model | {"missing": missing, "seed": seed})
            many = len(fit.touchpoints) > MAX_DRIVERS
            method = ("johnson" if fit.family == "ols" else "zero_order") if many else "lmg"
            shares = importance(fit, method, n_boot=n_boot, seed=seed, conf_level=conf_level)
        except ModelError as error:
            notes[missing] = error
            continue
        done[missing or fit.design.missing] = fit, shares.set_index("touchpoint")
        if missing == "usage" and not any(term.endswith(":used") for term in fit.design.touchpoint):
            notes[missing] = NOTHING_UNUSED
        elif missing == "mice" and not fit.imputed.sum():
            notes[missing] = NOTHING_REFUSED
    if not done:
        raise notes[None]
    usual, order = next(iter(done.values()))
    tables = []
    for missing in TREATMENTS:
        if missing in notes:
            n = done[missing][0].n if missing in done else 0
            row = {"touchpoint": ALL_TOUCHPOINTS, "n": n, "note": str(notes[missing])}
            table = pd.DataFrame([row])
        else:
            fit, shares = done[missing]
            pairs = pd.concat([shares["share"], order["share"]], axis=1, join="inner").to_numpy()
            tau = stats.kendalltau(*pairs.T).statistic if len(pairs) > 1 else np.nan
            method = shares["method"].iloc[0]
            note = "" if method == "lmg" else WITHOUT_LMG.format(most=MAX_DRIVERS, method=method)
            table = shares.filter(SHOWN).assign(n=fit.n, tau=tau, note=note).reset_index()
        tables.append(table.assign(missing=missing))
    columns = ["missing", "touchpoint", "n", *SHOWN, "tau", "note"]
    table = pd.concat(tables, ignore_index=True).filter(columns)
    return table.assign(outcome=usual.outcome, model=usual.family)
