"""How much the ranking of touchpoints owes to what is done with answers that are missing.

Each treatment answers another question about other people: complete rows are of those who met
everything, usage coding is of everybody who refused nothing, imputation is of everybody. A finding
that stands under all three is about customers; one that does not is about the treatment.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy import stats

from cxlab.errors import ModelError
from cxlab.models.fit import Fit
from cxlab.models.importance.importance import importance
from cxlab.models.loyalty.fit_loyalty import fit_loyalty
from cxlab.study.codebook.schema import ALL_TOUCHPOINTS
from cxlab.study.study import Study

TREATMENTS = ("listwise", "usage", "mice")
SHOWN = [
    "touchpoint",
    "slope",
    "slope_low",
    "slope_high",
    "sign",
    "share",
    "share_relative",
    "relative_low",
    "relative_high",
    "rank",
    "rank_low",
    "rank_high",
    "p_top3",
]
NOTHING_UNUSED = "everybody who answered met every touchpoint: the same as listwise"
NOTHING_REFUSED = "no rating was refused: the same as usage"


def compare_missing(
    study: Study,
    outcome: str | None = None,
    touchpoints: Iterable[str] | None = None,
    family: str = "ols",
    covariance: str | None = None,
    *,
    link: str = "logit",
    categories: str = "answers",
    controls: Iterable[str] = (),
    n_imputed: int = 20,
    n_boot: int = 0,
    seed: int | None = None,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """The slopes and the LMG ranking of `fit_loyalty` under each treatment of missing answers, one
    block a treatment.

    Columns `missing touchpoint n slope slope_low slope_high sign share share_relative rank tau note
    outcome model`, with `n_boot` also the bootstrap intervals of `importance`. `tau` is Kendall's
    τ_b between the shares of this treatment and of the one that `fit_loyalty` takes by itself (the
    first that is not refused, where that is), over the touchpoints that both have: 1 where the
    order is the same. A treatment that these data do not allow, or that would repeat the one before
    it, is one row `all_touchpoints` whose `note` gives the reason. Keys as in `fit_loyalty`.
    Checked against the fits themselves. Raises ModelError where every treatment is refused, with
    the reason of the usual one.
    """
    asked = (
        None
        if touchpoints is None
        else [touchpoints]
        if isinstance(touchpoints, str)
        else list(touchpoints)
    )
    held = [controls] if isinstance(controls, str) else list(controls)

    def ranked(missing: str | None) -> tuple[Fit, pd.DataFrame]:
        fit = fit_loyalty(
            study,
            outcome,
            asked,
            family,
            missing,
            covariance,
            link=link,
            categories=categories,
            controls=held,
            n_imputed=n_imputed,
            seed=seed,
        )
        return fit, importance(fit, n_boot=n_boot, seed=seed, conf_level=conf_level)

    usual, done, refused = None, {}, {}
    try:
        fit, shares = ranked(None)
        usual = fit.design.missing
        done[usual] = fit, shares
    except ModelError as error:
        first = error
    for missing in TREATMENTS:
        if missing in done:
            continue
        try:
            fit, shares = ranked(missing)
        except ModelError as error:
            refused[missing] = str(error)
            continue
        if note := _repeats(missing, fit):
            refused[missing] = note
        done[missing] = fit, shares
    if not done:
        raise first
    against = done[usual or next(iter(done))][1].set_index("touchpoint")["share"]
    parts = []
    for missing in TREATMENTS:
        if missing in refused and missing != usual:
            n = done[missing][0].n if missing in done else 0
            parts.append(
                pd.DataFrame(
                    [
                        {
                            "missing": missing,
                            "touchpoint": ALL_TOUCHPOINTS,
                            "n": n,
                            "note": refused[missing],
                        }
                    ]
                )
            )
            continue
        fit, shares = done[missing]
        part = shares[[name for name in SHOWN if name in shares]].assign(
            n=fit.n, tau=_agreement(shares, against), note=""
        )
        part.insert(0, "missing", missing)
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    fit = next(iter(done.values()))[0]
    order = [
        "missing",
        "touchpoint",
        "n",
        *[name for name in SHOWN[1:] if name in table],
        "tau",
        "note",
    ]
    return table[order].assign(outcome=fit.outcome, model=fit.family)


def _repeats(missing: str, fit: Fit) -> str:
    """Why this treatment is another one under another name, or ""."""
    if missing == "usage" and not any(term.endswith(":used") for term in fit.design.touchpoint):
        return NOTHING_UNUSED
    if missing == "mice" and not fit.imputed.sum():
        return NOTHING_REFUSED
    return ""


def _agreement(shares: pd.DataFrame, against: pd.Series) -> float:
    own = shares.set_index("touchpoint")["share"]
    both = own.index.intersection(against.index)
    return float(stats.kendalltau(own[both], against[both]).statistic) if len(both) > 1 else np.nan
