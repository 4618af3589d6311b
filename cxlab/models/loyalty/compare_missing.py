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
from cxlab.models.fit import Fit
from cxlab.models.importance.importance import importance
from cxlab.models.loyalty.fit_loyalty import fit_loyalty
from cxlab.study.codebook.schema import ALL_TOUCHPOINTS
from cxlab.study.study import Study

TREATMENTS = ("listwise", "usage", "mice")
SHOWN = (
    *("slope", "slope_low", "slope_high", "sign", "share", "share_relative", "relative_low"),
    *("relative_high", "rank", "rank_low", "rank_high", "p_top3"),
)
NOTHING_UNUSED = "everybody who answered met every touchpoint: the same as listwise"
NOTHING_REFUSED = "no rating was refused: the same as usage"


def compare_missing(
    study: Study,
    outcome: str | None = None,
    touchpoints: str | Iterable[str] | None = None,
    *,
    n_boot: int = 0,
    seed: int | None = None,
    conf_level: float = 0.95,
    **model: Any,
) -> pd.DataFrame:
    """The slopes and the LMG ranking of `fit_loyalty` under each treatment of missing answers.

    Parameters
    ----------
    study, outcome, touchpoints, seed
        As in `fit_loyalty`.
    n_boot, conf_level
        As in `importance`; 0 leaves its bootstrap intervals out.
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
    """
    if touchpoints is not None:
        touchpoints = chosen_touchpoints(study, touchpoints, "experience")
    done, notes = {}, {}
    for missing in (None, *TREATMENTS):
        if missing in done:
            continue
        try:
            fit = fit_loyalty(study, outcome, touchpoints, missing=missing, seed=seed, **model)
            shares = importance(fit, n_boot=n_boot, seed=seed, conf_level=conf_level)
        except ModelError as error:
            notes[missing] = error
            continue
        done[missing or fit.design.missing] = fit, shares.set_index("touchpoint")
        notes[missing] = _repeats(missing, fit)
    if not done:
        raise notes[None]
    usual = next(iter(done))
    tables = []
    for missing in TREATMENTS:
        fit, shares = done.get(missing, (None, None))
        if note := str(notes.get(missing, "")):
            n = fit.n if fit else 0
            row = {"missing": missing, "touchpoint": ALL_TOUCHPOINTS, "n": n, "note": note}
            tables.append(pd.DataFrame([row]))
            continue
        table = shares.filter(SHOWN).assign(missing=missing, n=fit.n, note="").reset_index()
        tables.append(table.assign(tau=_agreement(shares, done[usual][1])))
    table = pd.concat(tables, ignore_index=True).filter(
        ["missing", "touchpoint", "n", *SHOWN, "tau", "note"]
    )
    fit = done[usual][0]
    return table.assign(outcome=fit.outcome, model=fit.family)


def _repeats(missing: str | None, fit: Fit) -> str:
    """Why this treatment is another one under another name, or ""."""
    if missing == "usage" and not any(term.endswith(":used") for term in fit.design.touchpoint):
        return NOTHING_UNUSED
    if missing == "mice" and not fit.imputed.sum():
        return NOTHING_REFUSED
    return ""


def _agreement(one: pd.DataFrame, other: pd.DataFrame) -> float:
    pairs = pd.concat([one["share"], other["share"]], axis=1, join="inner").to_numpy()
    return float(stats.kendalltau(*pairs.T).statistic) if len(pairs) > 1 else np.nan
