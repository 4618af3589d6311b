"""Asymmetric disconfirmation: separate slopes of negative and positive gaps.

Disconfirmation (Oliver 1980) is the gap as a predictor of satisfaction; after Kahneman & Tversky
(1979) losses may weigh more than gains. The interval of the ratio of both slopes (Fieller 1954) may
be unbounded, which a note marks.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats

from cxlab.errors import ModelError
from cxlab.models.estimator import estimator
from cxlab.models.fit import least_squares, with_inference
from cxlab.models.gap.fit_gap import gap_design, refuse_one_sided
from cxlab.models.gap.gate import experience_curve, p_expectation
from cxlab.result import by_bags
from cxlab.study.study import Study


@estimator("disconfirmation")
def disconfirmation(
    study: Study,
    touchpoints: str | Iterable[str] | None = None,
    *,
    outcome: str | None = None,
    with_expectation: bool = False,
    n_boot: int = 2000,
    seed: int = 0,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """What a point of shortfall and a point of excess go with.

    Parameters
    ----------
    study, touchpoints, outcome
        As in `fit_gap`.
    with_expectation : bool
        Whether the expectation itself is a term.
    n_boot : int
        Resamples of the rows, or of whole clusters (of more than 50,000 by 4,000 random groups of
        them, as in `importance`); 0 leaves the bootstrap columns out.
    seed : int
        Seed of the resamples.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        `touchpoint outcome term estimate std_error statistic p_value conf_low conf_high note
        boot_low boot_high n_loss n_gain n p_expectation`, slopes in outcome units per scale point.
        Terms: `gap` (the symmetric slope, for comparison), `loss` (b⁻), `gain` (b⁺),
        `slope_difference` (b⁻ − b⁺; its test is that of equal slopes), `loss_ratio` (λ = b⁻/b⁺,
        Fieller's interval, no test of its own; note `unbounded` where b⁺ does not differ from 0,
        `excluded` where the interval is all but a gap: its ends are then not given), where asked
        `expectation`, and `asymmetry`: b⁻ − b⁺ with a curve of the experience in the model.
        `boot_low boot_high` are bootstrap percentiles; `n_loss` and `n_gain` count the respondents
        below and above their expectation. `p_expectation` is that of `compare_gap_forms`.

    Raises
    ------
    ModelError
        As `fit_gap`, and where nobody lost or nobody gained.

    Notes
    -----
    Y = b0 + b⁻·min(G, 0) + b⁺·max(G, 0) (+ b·E) with G = P − E. Where the outcome bends in the
    experience alone, b⁻ and b⁺ differ too (22–67 of 100 studies). `asymmetry` holds that bend, and
    so tells losses that weigh more from poor experience that does: it is a claim about expectation
    where its test and `p_expectation` hold; where only `slope_difference` does, the bend belongs to
    the experience. Errors as in `fit_gap`: few respondents exceed their expectation, and degrees of
    freedom follow how few. Sources: Oliver (1980), J. Mark. Res. 17:460; Fieller (1954). Checked
    against R's lm (1e-8).

    Examples
    --------
    >>> import cxlab as cx
    >>> table = cx.disconfirmation(cx.simulate_study(300, seed=1), "delivery", n_boot=0)
    >>> table.set_index("term")["estimate"].round(2)[["loss", "gain", "asymmetry"]].to_dict()
    {'loss': 0.83, 'gain': -0.09, 'asymmetry': 0.18}
    """
    design = gap_design(study, touchpoints, outcome)
    refuse_one_sided(design)
    more = ["expectation"] if with_expectation else []
    fit = least_squares(design.narrowed(["loss", "gain", *more]), "gap: asymmetric")
    symmetric = least_squares(design.narrowed(["gap", *more]), "gap: difference")
    estimate = _with_ratio(symmetric.params.to_numpy()[1:], fit.params.to_numpy()[1:])
    loss, gain, *others = np.eye(len(fit.params))[1:]
    of_ratio = (loss - estimate[4] * gain) / fit.params["gain"]
    lines = np.array([loss, gain, loss - gain, of_ratio, *others])
    parts = [(symmetric, np.eye(len(symmetric.params))[1:2]), (fit, lines)]
    terms = ["gap", "loss", "gain", "slope_difference", "loss_ratio", *more]
    sides = design.narrowed(["loss", "gain"])
    # Ratings too few for a curve say nothing of the asymmetry.
    with suppress(ModelError):
        bent = replace(sides, x=sides.x.join(experience_curve(design)))
        curved = least_squares(bent, "gap: asymmetric, curved experience")
        difference = np.eye(len(curved.params))[[1]] - np.eye(len(curved.params))[[2]]
        parts.append((curved, difference))
        terms.append("asymmetry")
        estimate = np.append(estimate, difference @ curved.params)
    error = np.concatenate([f.standard_errors(each) for f, each in parts])
    # The ratio has the degrees of freedom of the difference of the slopes.
    lines[3] = lines[2]
    df = np.concatenate([f.freedom(each) for f, each in parts])
    about = {"touchpoint": design.name, "outcome": design.outcome, "term": terms}
    frame = pd.DataFrame({**about, "estimate": estimate})
    frame = with_inference(frame, error, df, conf_level).assign(note="")
    # With the degrees of freedom of the difference: the interval holds 1 exactly where the test of
    # equal slopes does not reject.
    cov, critical = fit.cov.to_numpy()[1:3, 1:3], stats.t.ppf((1 + conf_level) / 2, df[3])
    low, high, note = fieller(*estimate[1:3], cov, critical)
    # The ratio is tested by the difference of the slopes; it has no t statistic of its own.
    columns = ["statistic", "p_value", "conf_low", "conf_high", "note"]
    frame.loc[4, columns] = [np.nan, np.nan, low, high, note]
    if n_boot:
        slopes = [
            part.design.resampled_slopes(list(part.params.index[1:]), n_boot, seed)
            for part, _ in parts
        ]
        draws = _with_ratio(*slopes[:2])
        if "asymmetry" in terms:
            draws = np.column_stack([draws, slopes[2][:, 0] - slopes[2][:, 1]])
        finite = pd.DataFrame(draws[np.isfinite(draws).all(axis=1)])
        tails = [(1 - conf_level) / 2, (1 + conf_level) / 2]
        frame[["boot_low", "boot_high"]] = finite.quantile(tails).to_numpy().T
        # Percentiles are finite also where the interval of the ratio is not.
        frame.loc[frame["note"] != "", ["boot_low", "boot_high"]] = np.nan
    below, above = (design.x[side].astype(bool).sum() for side in ("loss", "gain"))
    counts = {"n_loss": int(below), "n_gain": int(above), "n": fit.n}
    frame = frame.assign(**counts, p_expectation=p_expectation(design))
    return by_bags(frame, n_boot and fit.bags)


def _with_ratio(symmetric: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Gap, loss, gain, their difference and ratio (and expectation) from the slopes of both fits
    (last axis).
    """
    loss, gain = slopes[..., 0], slopes[..., 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        five = np.stack([symmetric[..., 0], loss, gain, loss - gain, loss / gain], axis=-1)
    return np.concatenate([five, slopes[..., 2:]], axis=-1)


def fieller(
    top: float, bottom: float, cov: np.ndarray, critical: float
) -> tuple[float, float, str]:
    """Fieller's interval of top/bottom from their 2 × 2 covariance: (low, high, note). Where it has
    no ends, NaN and the reason.
    """
    (c, half_b), (_, a) = np.outer([top, bottom], [top, bottom]) - critical**2 * cov
    root = half_b**2 - a * c
    if root < 0:
        return np.nan, np.nan, "unbounded"
    if a <= 0:
        return np.nan, np.nan, "excluded"
    return (half_b - np.sqrt(root)) / a, (half_b + np.sqrt(root)) / a, ""
