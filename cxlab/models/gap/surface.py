"""The response surface of a quadratic gap model, in the quantities that researchers report.

Along the line of congruence (E = P) the surface has slope a1 and curvature a2, along the line of
incongruence (E = −P, centred) a3 and a4; a5 differs from 0 where the ridge is rotated. A note marks
quantities that are undefined or cannot be located.
"""

import numpy as np
import pandas as pd

from cxlab.models.estimator import estimator
from cxlab.models.fit import MIN_DF
from cxlab.models.gap.fit_gap import E, GapFit, P
from cxlab.result import by_bags
from cxlab.stats.bca import bootstrap_intervals, left_out_estimates

TERMS = ["a1", "a2", "a3", "a4", "a5", "x0", "y0", "p10", "p11", "p20", "p21"]
LINES = TERMS[:5]
AXES, POINT = ["p10", "p11", "p20", "p21"], ["x0", "y0", "p10", "p20"]
# The surface is drawn where at least this many respondents lie within one scale point.
MIN_NEAR = 5


@estimator("surface")
def surface(
    fit: GapFit, *, n_boot: int = 2000, seed: int = 0, conf_level: float = 0.95
) -> pd.DataFrame:
    """The quantities of a response surface, with intervals.

    Parameters
    ----------
    fit : GapFit
        A fit of form "quadratic".
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
        One row a quantity: `term estimate std_error statistic p_value conf_low conf_high
        df_error note`,
        then `boot_low boot_high` (percentile) and `bca_low bca_high` (bias-corrected and
        accelerated). Terms are a1–a5, the stationary point (x0, y0) and the principal axes P = p10
        + p11·E (first) and P = p20 + p21·E (second), in centred scale points. `note` is "" or
        `few_df` (of a1–a5: fewer than 4 degrees of freedom),
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
    b, _ = fit.quadratic()
    # Derivatives by complex step (Squire & Trapp 1998), which are exact to rounding.
    step = 1e-30
    gradient = np.stack([_quantities(b + 1j * step * unit).imag / step for unit in np.eye(5)], -1)
    # Intercept and controls have no part in any quantity.
    lines = np.nan_to_num(gradient, nan=0, posinf=0, neginf=0)
    lines = np.pad(lines, ((0, 0), (1, len(fit.params) - 6)))
    frame = pd.DataFrame({"term": [*TERMS, "det", "b4"], "estimate": _quantities(b)})
    frame = fit.inference(frame, lines, conf_level)
    notes = _notes(fit, b, frame.set_index("term"))
    frame = frame.head(len(TERMS)).assign(note=list(notes.values()))
    if n_boot:
        slopes = fit.design.resampled_slopes(list(fit.params.index[1:]), n_boot, seed)
        draws = _quantities(slopes[:, :5])[:, : len(TERMS)]
        left_out, estimate = _quantities(jackknife(fit)), frame["estimate"].to_numpy()
        frame = frame.assign(**bootstrap_intervals(draws, estimate, left_out, conf_level))
        # Of a quantity that can lie anywhere, the acceleration is that of a ratio near 0/0: its
        # limits can leave out the estimate.
        frame.loc[frame["note"] == "uncertain", ["bca_low", "bca_high"]] = np.nan
    undefined = frame["note"].str.startswith("undefined")
    frame.loc[undefined, frame.columns.drop(["term", "note"])] = np.nan
    return by_bags(frame, n_boot and fit.bags)


def _quantities(b: np.ndarray) -> np.ndarray:
    """The 11 quantities from b1…b5 in the last axis, and what the stationary point, and the axes,
    are divided by; complex input is allowed, for differentiation.
    """
    b1, b2, b3, b4, b5 = np.moveaxis(b, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        det = 4 * b3 * b5 - b4**2
        x0, y0 = (b2 * b4 - 2 * b1 * b5) / det, (b1 * b4 - 2 * b2 * b3) / det
        root = np.sqrt((b3 - b5) ** 2 + b4**2)
        p11, p21 = (b5 - b3 + root) / b4, (b5 - b3 - root) / b4
        lines = [b1 + b2, b3 + b4 + b5, b1 - b2, b3 - b4 + b5, b3 - b5]
        axes = [x0, y0, y0 - p11 * x0, p11, y0 - p21 * x0, p21]
        return np.stack([*lines, *axes, det, b4], axis=-1)


def jackknife(fit: GapFit) -> np.ndarray:
    """b1…b5 with each row (or cluster) left out (units × 5)."""
    design, residuals = fit.design, fit.residuals().to_numpy()
    w, params = design.sample.w, fit.params.to_numpy()
    return left_out_estimates(design.x.to_numpy(), params, residuals, w, design.clusters)[:, 1:6]


def _notes(fit: GapFit, b: np.ndarray, table: pd.DataFrame) -> dict[str, str]:
    curved, estimate = np.abs(b[2:]).max(), table["estimate"]
    uncertain = table["conf_low"] * table["conf_high"] < 0
    notes = {term: "few_df" * bool(table.at[term, "df_error"] < MIN_DF) for term in LINES}
    notes |= dict.fromkeys(TERMS[5:], "")
    if abs(estimate["det"]) <= 1e-12 * curved**2:
        notes |= dict.fromkeys(POINT, "undefined_point")
    elif uncertain["det"]:
        notes |= dict.fromkeys(POINT, "uncertain")
    elif estimate["det"] < 0:
        notes |= dict.fromkeys(["x0", "y0"], "saddle")
    elif not fit.within_data(*(estimate[["x0", "y0"]] + fit.center))[0]:
        notes |= dict.fromkeys(["x0", "y0"], "outside_data")
    if abs(estimate["b4"]) <= 1e-12 * curved:
        notes |= dict.fromkeys(AXES, "undefined_axes")
    elif uncertain["b4"]:
        notes |= {axis: "uncertain" for axis in AXES if not notes[axis].startswith("undefined")}
    return notes


@estimator("surface_grid")
def surface_grid(fit: GapFit, *, steps: int = 41) -> pd.DataFrame:
    """The fitted surface over the scale, to draw where there is data.

    Parameters
    ----------
    fit : GapFit
        A fit of any form.
    steps : int
        Points along each side of the grid.

    Returns
    -------
    DataFrame
        steps² rows, `touchpoint outcome expectation experience estimate std_error n supported`:
        ratings in scale points, `estimate` kept within the outcome's scale, `n` the respondents
        within one scale point, `supported` where the point is inside the data's convex hull with at
        least 5 of them.

    Examples
    --------
    >>> import cxlab as cx
    >>> grid = cx.gap.surface_grid(cx.fit_gap(cx.simulate_study(200, seed=1), "delivery"), steps=7)
    >>> len(grid), list(grid.columns)[:2]
    (49, ['touchpoint', 'outcome'])
    """
    axis = np.linspace(*fit.scale, steps)
    e, p = (side.ravel() for side in np.meshgrid(axis, axis))
    frame = fit.predict(e, p).drop(columns=["conf_low", "conf_high"])
    # A least-squares surface does not know where the outcome's scale ends.
    ends = fit.study.scale_of(fit.outcome)
    frame["estimate"] = frame["estimate"].clip(ends.min, ends.max)
    frame["supported"] = fit.within_data(e, p) & (frame["n"] >= MIN_NEAR)
    return pd.DataFrame({"touchpoint": fit.touchpoint, "outcome": fit.outcome, **frame})


@estimator("gap_points")
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

    Examples
    --------
    >>> import cxlab as cx
    >>> points = cx.gap.gap_points(cx.fit_gap(cx.simulate_study(200, seed=1), "delivery"))
    >>> int(points["n"].sum())
    200
    """
    return fit.ratings.groupby([E, P]).size().rename("n").reset_index()
