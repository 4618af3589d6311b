"""The response surface of a quadratic gap model, in the quantities that researchers report.

Along the line of congruence (E = P) the surface has slope a1 and curvature a2, along the line of
incongruence (E = −P, centred) a3 and a4; a5 differs from 0 where the ridge is rotated. A note marks
quantities that are undefined or cannot be located.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import stats

from cxlab.models.fit import with_inference
from cxlab.models.gap.fit_gap import QUADRATIC, E, GapFit, P
from cxlab.stats.bca import bootstrap_intervals, left_out_estimates
from cxlab.stats.linear import quadratic_forms

TERMS = ["a1", "a2", "a3", "a4", "a5", "x0", "y0", "p10", "p11", "p20", "p21"]
AXES, POINT = ["p10", "p11", "p20", "p21"], ["x0", "y0", "p10", "p20"]
Function = Callable[[np.ndarray], np.ndarray]


def surface(
    fit: GapFit, n_boot: int = 5000, seed: int = 0, conf_level: float = 0.95
) -> pd.DataFrame:
    """The quantities of a response surface, with intervals.

    Parameters
    ----------
    fit : GapFit
        A fit of form "quadratic".
    n_boot : int
        Resamples of the rows, or of whole clusters; 0 leaves the bootstrap columns out.
    seed : int
        Seed of the resamples.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        One row a quantity: `term estimate std_error statistic p_value conf_low conf_high note`,
        then `boot_low boot_high` (percentile) and `bca_low bca_high` (bias-corrected and
        accelerated). Terms are a1–a5, the stationary point (x0, y0) and the principal axes P = p10
        + p11·E (first) and P = p20 + p21·E (second), in centred scale points. `note` is "" or
        `undefined_axes` (b4 = 0), `undefined_point` (no stationary point), `uncertain` (the
        denominator's interval holds 0: it can lie anywhere), `saddle`, or `outside_data`.

    Raises
    ------
    ModelError
        The fit is of another form, or `conf_level` is no number between 0 and 1.

    Notes
    -----
    Edwards & Parry (1993), Acad. Manage. J. 36:1577: a1 = b1 + b2, a2 = b3 + b4 + b5, a3 = b1 − b2,
    a4 = b3 − b4 + b5, a5 = b3 − b5. Errors by the delta method on the fit's robust covariance.
    Bootstrap intervals are NaN where over 5 % of the resamples hold too few distinct ratings; BCa
    (Efron 1987) also where one cluster alone decides a term. Checked against R's RSA and lm
    (motcon: 1e-6).

    Examples
    --------
    >>> import cxlab as cx
    >>> fit = cx.fit_gap(cx.simulate_study(200, seed=1), "delivery")
    >>> cx.surface(fit, n_boot=0)[["term", "estimate"]].head(2).round(2).values.tolist()
    [['a1', 0.56], ['a2', 0.04]]
    """
    b, cov = fit.quadratic()
    frame = pd.DataFrame({"term": TERMS, "estimate": _quantities(b)})
    frame = with_inference(frame, _delta_errors(_quantities, b, cov), fit.df, conf_level)
    frame["note"] = _notes(fit, b, cov, conf_level)
    if n_boot:
        draws = _quantities(fit.design.resampled_slopes(QUADRATIC, n_boot, seed))
        left_out = _quantities(jackknife(fit))
        frame = frame.assign(
            **bootstrap_intervals(draws, frame["estimate"].to_numpy(), left_out, conf_level)
        )
        # Of a quantity that can lie anywhere, the acceleration is that of a ratio near 0/0: its
        # limits can leave out the estimate.
        frame.loc[frame["note"] == "uncertain", ["bca_low", "bca_high"]] = np.nan
    undefined = frame["note"].str.startswith("undefined")
    frame.loc[undefined, frame.columns.drop(["term", "note"])] = np.nan
    return frame


def _quantities(b: np.ndarray) -> np.ndarray:
    """The 11 quantities from b1…b5 in the last axis; complex input is allowed, for
    differentiation.
    """
    b1, b2, b3, b4, b5 = np.moveaxis(b, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        det = 4 * b3 * b5 - b4**2
        x0, y0 = (b2 * b4 - 2 * b1 * b5) / det, (b1 * b4 - 2 * b2 * b3) / det
        root = np.sqrt((b3 - b5) ** 2 + b4**2)
        p11, p21 = (b5 - b3 + root) / b4, (b5 - b3 - root) / b4
        lines = [b1 + b2, b3 + b4 + b5, b1 - b2, b3 - b4 + b5, b3 - b5]
        return np.stack([*lines, x0, y0, y0 - p11 * x0, p11, y0 - p21 * x0, p21], axis=-1)


def _located(b: np.ndarray) -> np.ndarray:
    """What the stationary point, and the axes, are divided by: 4·b3·b5 − b4², and b4."""
    return np.stack([4 * b[2] * b[4] - b[3] ** 2, b[3]])


def _delta_errors(function: Function, b: np.ndarray, cov: np.ndarray) -> np.ndarray:
    """Standard errors of the function's values at b. Derivatives by complex step (Squire & Trapp
    1998), which are exact to rounding.
    """
    step = 1e-30
    gradient = [function(b + 1j * step * unit).imag / step for unit in np.eye(len(b))]
    gradient = np.nan_to_num(np.stack(gradient), nan=0.0, posinf=0.0, neginf=0.0)
    return np.sqrt(quadratic_forms(gradient.T, cov))


def jackknife(fit: GapFit) -> np.ndarray:
    """b1…b5 with each row (or cluster) left out (units × 5)."""
    design, residuals = fit.design, fit.residuals().to_numpy()
    w, params = design.sample.w, fit.params.to_numpy()
    return left_out_estimates(design.x.to_numpy(), params, residuals, w, design.clusters)[:, 1:]


def _notes(fit: GapFit, b: np.ndarray, cov: np.ndarray, conf_level: float) -> list[str]:
    critical = stats.t.ppf((1 + conf_level) / 2, fit.df)
    curved, (det, b4) = np.abs(b[2:]).max(), _located(b)
    far, turned = np.abs(_located(b)) < critical * _delta_errors(_located, b, cov)
    notes = dict.fromkeys(TERMS, "")
    if curved == 0 or abs(det) < 1e-12 * curved**2:
        notes |= dict.fromkeys(POINT, "undefined_point")
    elif far:
        notes |= dict.fromkeys(POINT, "uncertain")
    elif det < 0:
        notes |= dict.fromkeys(["x0", "y0"], "saddle")
    elif not fit.within_data(*(_quantities(b)[5:7] + fit.center))[0]:
        notes |= dict.fromkeys(["x0", "y0"], "outside_data")
    if curved == 0 or abs(b4) < 1e-12 * curved:
        notes |= dict.fromkeys(AXES, "undefined_axes")
    elif turned:
        notes |= {axis: "uncertain" for axis in AXES if not notes[axis].startswith("undefined")}
    return list(notes.values())


def surface_grid(fit: GapFit, steps: int = 41) -> pd.DataFrame:
    """The fitted surface over the scale, to draw where there is data.

    Parameters
    ----------
    fit : GapFit
        A fit of form "quadratic".
    steps : int
        Points along each side of the grid.

    Returns
    -------
    DataFrame
        steps² rows, `touchpoint outcome expectation experience estimate std_error n supported`:
        ratings in scale points, `estimate` kept within the outcome's scale, `n` the respondents
        within one scale point, `supported` where the point is inside the data's convex hull with at
        least 5 of them.

    Raises
    ------
    ModelError
        The fit is of another form.
    """
    return fit.surface_grid(steps)


def gap_points(fit: GapFit) -> pd.DataFrame:
    """Where the respondents lie.

    Parameters
    ----------
    fit : GapFit
        A fit of any form.

    Returns
    -------
    DataFrame
        `expectation experience n`: one row a distinct pair of ratings (scale points), in their
        order, with the number of respondents.
    """
    return fit.ratings.groupby([E, P]).size().rename("n").reset_index()
