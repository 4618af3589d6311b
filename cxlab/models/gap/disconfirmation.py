"""Does falling short cost more than exceeding brings?

Disconfirmation (Oliver 1980) is the gap as a cause of satisfaction; after Kahneman & Tversky losses
may weigh more than gains. The ratio of the two slopes is what managers quote, and a ratio has an
interval that may have no end: then it is said so.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy import stats

from cxlab.models.design import Design
from cxlab.models.fit import Fit, least_squares, with_inference
from cxlab.models.gap.fit_gap import gap_design, refuse_one_sided
from cxlab.stats.linear import satterthwaite
from cxlab.stats.resampling import identified_slopes, spread_of, usable
from cxlab.study.study import Study


def disconfirmation(
    study: Study,
    touchpoints: str | Iterable[str] | None = None,
    outcome: str | None = None,
    with_expectation: bool = False,
    n_boot: int = 2000,
    seed: int = 0,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Y = b0 + b⁻·min(G, 0) + b⁺·max(G, 0) (+ b·E): what a point of shortfall and a point of excess
    go with.

    Rows `gap` (the symmetric slope, for comparison), `loss` (b⁻), `gain` (b⁺), `asymmetry` (b⁻ −
    b⁺, its test is the test of equal slopes), `loss_ratio` (λ = b⁻/b⁺, Fieller's interval; note
    `unbounded` where b⁺ does not differ from 0, `excluded` where the interval is all but a gap, its
    ends are then not given) and, with expectation, `expectation`. Slopes in outcome units per scale
    point. Errors: HC2 with Bell & McCaffrey's degrees of freedom (`satterthwaite`), clustered by
    account; few exceed, and where they also have uneven weights HC3 with n − terms rejected 8 in
    100 true nulls of the gain (tests/calibration). `boot_low boot_high` bootstrap percentiles.
    Columns `touchpoint outcome term estimate std_error statistic p_value conf_low conf_high
    boot_low boot_high note n_loss n_gain n` (`n_loss` and `n_gain`: respondents below and above).
    Sources: Oliver (1980), J. Mark. Res. 17:460; Fieller (1954). Checked against R's lm (1e-8).
    Raises ModelError as `fit_gap`, and where nobody lost or nobody gained.
    """
    design, name, _, _ = gap_design(study, touchpoints, outcome, None)
    refuse_one_sided(design, name)
    terms = ["loss", "gain", *(["expectation"] if with_expectation else [])]
    kind = "HC2" if design.clusters is None else "clustered"
    fit = least_squares(design.narrowed(terms), "gap: asymmetric", kind)
    symmetric = least_squares(design.narrowed(["gap", *terms[2:]]), "gap: difference", kind)
    b, cov = fit.params, fit.cov
    difference = np.array([1.0, -1.0])
    pair = cov.loc[["loss", "gain"], ["loss", "gain"]].to_numpy()
    ratio = b["loss"] / b["gain"]
    gradient = np.array([1 / b["gain"], -ratio / b["gain"]])
    frame = pd.DataFrame(
        {
            "term": ["gap", "loss", "gain", "asymmetry", "loss_ratio", *terms[2:]],
            "estimate": [
                symmetric.params["gap"],
                b["loss"],
                b["gain"],
                b["loss"] - b["gain"],
                ratio,
                *b[terms[2:]],
            ],
        }
    )
    errors = [
        symmetric.cov.loc["gap", "gap"],
        pair[0, 0],
        pair[1, 1],
        difference @ pair @ difference,
        gradient @ pair @ gradient,
        *np.diag(cov.loc[terms[2:], terms[2:]]),
    ]
    df = _freedom(fit, symmetric)
    frame = with_inference(frame, np.sqrt(errors), df, conf_level).assign(note="")
    # With the degrees of freedom of the difference: the interval holds 1 exactly where the test of
    # equal slopes does not reject.
    low, high, note = fieller(b["loss"], b["gain"], pair, stats.t.ppf((1 + conf_level) / 2, df[3]))
    # A ratio is tested by the difference of the slopes; a t of the ratio itself would mean nothing.
    frame.loc[
        frame["term"] == "loss_ratio", ["statistic", "p_value", "conf_low", "conf_high", "note"]
    ] = [np.nan, np.nan, low, high, note]
    if n_boot:
        boot = _bootstrap(fit.design, symmetric.design, terms, n_boot, seed)
        boot = (
            boot[np.isfinite(boot).all(axis=1)]
            if usable(boot)
            else np.full((1, boot.shape[1]), np.nan)
        )
        frame["boot_low"], frame["boot_high"] = np.quantile(
            boot, [(1 - conf_level) / 2, (1 + conf_level) / 2], axis=0
        )
        # Percentiles always have ends, also where the ratio has none.
        frame.loc[frame["note"] != "", ["boot_low", "boot_high"]] = np.nan
    frame.insert(0, "touchpoint", name)
    frame.insert(1, "outcome", design.outcome)
    return frame.assign(
        n_loss=int((design.x["loss"] < 0).sum()), n_gain=int((design.x["gain"] > 0).sum()), n=fit.n
    )


def _freedom(fit: Fit, symmetric: Fit) -> np.ndarray:
    """Degrees of freedom of each row of the table: of the slopes, of their difference (the ratio's
    too), of the expectation.
    """
    terms = len(fit.params)
    if fit.covariance == "clustered":
        return np.full(terms + 2, fit.df)
    unit = np.eye(terms)
    contrasts = np.stack([unit[1], unit[2], unit[1] - unit[2], unit[1] - unit[2], *unit[3:]])
    each = [
        satterthwaite(one.design.x.to_numpy(), rows, one.design.weights)
        for one, rows in ((symmetric, np.eye(terms - 1)[1]), (fit, contrasts))
    ]
    return np.concatenate(each)


def fieller(
    top: float, bottom: float, cov: np.ndarray, critical: float
) -> tuple[float, float, str]:
    """Fieller's interval of top/bottom from their 2 × 2 covariance: (low, high, note). Where it has
    no ends, NaN and the reason.
    """
    a = bottom**2 - critical**2 * cov[1, 1]
    half_b = top * bottom - critical**2 * cov[0, 1]
    c = top**2 - critical**2 * cov[0, 0]
    root = half_b**2 - a * c
    if root < 0:
        return np.nan, np.nan, "unbounded"
    if a <= 0:
        return np.nan, np.nan, "excluded"
    return (half_b - np.sqrt(root)) / a, (half_b + np.sqrt(root)) / a, ""


def _bootstrap(
    design: Design, symmetric: Design, terms: list[str], n_boot: int, seed: int
) -> np.ndarray:
    """Draws of gap, loss, gain, their difference and ratio (and expectation): replicates ×
    quantities.
    """
    columns = pd.concat([symmetric.x[["gap"]], design.x[terms], design.y.rename("y")], axis=1)
    mine, other = [1, 2, *range(3, len(terms) + 1)], [0, *range(3, len(terms) + 1)]
    draws, spread = [], spread_of(columns, design.weights)
    for s in design.resamples(columns, n_boot, seed):
        b, gap = identified_slopes(s, mine, spread), identified_slopes(s, other, spread)[:, :1]
        with np.errstate(divide="ignore", invalid="ignore"):
            draws.append(
                np.column_stack(
                    [gap, b[:, 0], b[:, 1], b[:, 0] - b[:, 1], b[:, 0] / b[:, 1], b[:, 2:]]
                )
            )
    return np.concatenate(draws)
