"""The response surface of a quadratic gap model, in the quantities that researchers report.

Along the line of congruence (E = P) the surface has slope a1 and curvature a2, along the line of
incongruence (E = −P, centred) a3 and a4; a5 tells whether the ridge is turned. Where a quantity is
undefined or cannot be located, a note says so.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from cxlab.models.estimable import LONE
from cxlab.models.fit import with_inference
from cxlab.models.gap.fit_gap import QUADRATIC, GapFit
from cxlab.stats.resampling import identified_slopes, spread_of, usable

TERMS = ["a1", "a2", "a3", "a4", "a5", "x0", "y0", "p10", "p11", "p20", "p21"]
AXES, POINT = ["p10", "p11", "p20", "p21"], ["x0", "y0", "p10", "p20"]


def _quantities(b: np.ndarray) -> np.ndarray:
    """The 11 quantities from b1…b5 in the last axis; complex input is allowed, for
    differentiation.
    """
    b1, b2, b3, b4, b5 = np.moveaxis(b, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        det = 4 * b3 * b5 - b4**2
        x0 = (b2 * b4 - 2 * b1 * b5) / det
        y0 = (b1 * b4 - 2 * b2 * b3) / det
        root = np.sqrt((b3 - b5) ** 2 + b4**2)
        p11, p21 = (b5 - b3 + root) / b4, (b5 - b3 - root) / b4
        rows = [
            b1 + b2,
            b3 + b4 + b5,
            b1 - b2,
            b3 - b4 + b5,
            b3 - b5,
            x0,
            y0,
            y0 - p11 * x0,
            p11,
            y0 - p21 * x0,
            p21,
        ]
    return np.stack(rows, axis=-1)


def _gradient(function, b: np.ndarray) -> np.ndarray:
    """Derivatives by complex step (Squire & Trapp 1998): exact to rounding, no formula to mistype.
    (quantities × 5).
    """
    step = 1e-30
    return np.stack(
        [function(b + 1j * step * unit).imag / step for unit in np.eye(len(b))], axis=-1
    )


def surface(
    fit: GapFit, n_boot: int = 5000, seed: int = 0, conf_level: float = 0.95
) -> pd.DataFrame:
    """a1–a5, stationary point (x0, y0) and principal axes P = p10 + p11·E (first), p20 + p21·E
    (second), centred scale points.

    Delta-method errors on the fit's robust covariance; `boot_low boot_high` are percentile and
    `bca_low bca_high` bias-corrected and accelerated (Efron 1987) intervals from `n_boot` resamples
    of the cross-products (rows, or whole clusters; 0: none), NaN where over 5 % of the resamples
    hold too few distinct ratings; BCa also where one cluster alone decides a term. `note` is empty
    or `undefined_axes` (b4 = 0), `undefined_point` (no stationary point), `uncertain` (the
    denominator's interval holds 0: it can lie anywhere), `saddle`, or `outside_data`. Source:
    Edwards & Parry (1993), Acad. Manage. J. 36:1577. Checked against R's RSA and lm (motcon: 1e-6).
    """
    b, cov = fit.quadratic()
    frame = pd.DataFrame({"term": TERMS, "estimate": _quantities(b)})
    gradient = np.nan_to_num(_gradient(_quantities, b), nan=0.0, posinf=0.0, neginf=0.0)
    error = np.sqrt(np.einsum("ij,jk,ik->i", gradient, cov, gradient))
    frame = with_inference(frame, error, fit.df, conf_level)
    frame["note"] = _notes(fit, b, cov, conf_level)
    columns = [
        "term",
        "estimate",
        "std_error",
        "statistic",
        "p_value",
        "conf_low",
        "conf_high",
        "note",
    ]
    if n_boot:
        slopes = np.concatenate(list(_bootstrap_coefficients(fit, n_boot, seed)))
        draws = _quantities(slopes if usable(slopes) else np.full_like(slopes, np.nan))
        frame = frame.assign(
            **_intervals(draws, _quantities(b), _quantities(jackknife(fit)), conf_level)
        )
        columns += ["boot_low", "boot_high", "bca_low", "bca_high"]
    if n_boot:
        # Of a quantity that can lie anywhere, the acceleration is that of a ratio near 0/0: its
        # limits can leave out the estimate.
        frame.loc[frame["note"] == "uncertain", ["bca_low", "bca_high"]] = np.nan
    gone = frame["note"].str.startswith("undefined")
    frame.loc[gone, [c for c in columns if c not in ("term", "note")]] = np.nan
    return frame[columns]


def _bootstrap_coefficients(fit: GapFit, n_boot: int, seed: int):
    frame = fit.design.x[QUADRATIC].assign(outcome=fit.design.y)
    spread = spread_of(frame, fit.design.weights)
    for covariance in fit.design.resamples(frame, n_boot, seed):
        yield identified_slopes(covariance, list(range(len(QUADRATIC))), spread)


def jackknife(fit: GapFit) -> np.ndarray:
    """b1…b5 with each row (or cluster) left out, in closed form: (units × 5); NaN where a cluster
    alone decides a term.
    """
    design = fit.design
    root = np.sqrt(design.sample.w)
    x, residual = design.x.to_numpy() * root[:, None], fit.residuals().to_numpy() * root
    inverse = np.linalg.inv(x.T @ x)
    if design.clusters is None:
        moved = (x @ inverse) * (residual / (1 - fit.leverage()))[:, None]
    else:
        moved = []
        for rows in (
            pd.Series(np.arange(fit.n)).groupby(pd.factorize(design.clusters)[0]).indices.values()
        ):
            rest = np.eye(len(rows)) - x[rows] @ inverse @ x[rows].T
            alone = np.linalg.eigvalsh(rest)[0] < 1 - LONE
            moved.append(
                np.full(x.shape[1], np.nan)
                if alone
                else inverse @ x[rows].T @ np.linalg.solve(rest, residual[rows])
            )
        moved = np.stack(moved)
    return fit.params[QUADRATIC].to_numpy() - moved[:, 1:]


def _intervals(
    draws: np.ndarray, estimate: np.ndarray, left_out: np.ndarray, conf_level: float
) -> dict[str, np.ndarray]:
    """Percentile and BCa limits of each column of `draws` (replicates × quantities)."""
    z = stats.norm.ppf([(1 - conf_level) / 2, (1 + conf_level) / 2])
    limits = np.full((4, len(estimate)), np.nan)
    for j, column in enumerate(draws.T):
        column = column[np.isfinite(column)]
        if not len(column) or not np.isfinite(estimate[j]):
            continue
        limits[:2, j] = np.quantile(column, stats.norm.cdf(z))
        deviation = left_out[:, j].mean() - left_out[:, j]
        spread = (deviation**2).sum() ** 1.5
        if np.isfinite(spread) and spread > 0:
            shift = stats.norm.ppf(
                np.clip((column < estimate[j]).mean(), 1 / len(column), 1 - 1 / len(column))
            )
            acceleration = (deviation**3).sum() / (6 * spread)
            limits[2:, j] = np.quantile(
                column, stats.norm.cdf(shift + (shift + z) / (1 - acceleration * (shift + z)))
            )
    return dict(zip(("boot_low", "boot_high", "bca_low", "bca_high"), limits, strict=True))


def _notes(fit: GapFit, b: np.ndarray, cov: np.ndarray, conf_level: float) -> list[str]:
    critical = stats.t.ppf((1 + conf_level) / 2, fit.df)
    curved = np.abs(b[2:]).max()
    det, b4 = 4 * b[2] * b[4] - b[3] ** 2, b[3]

    def uncertain(function) -> bool:
        slope = _gradient(lambda c: np.atleast_1d(function(c)), b)[0]
        return bool(abs(function(b)) < critical * np.sqrt(slope @ cov @ slope))

    notes = dict.fromkeys(TERMS, "")
    if curved == 0 or abs(det) < 1e-12 * curved**2:
        notes |= dict.fromkeys(POINT, "undefined_point")
    elif uncertain(lambda c: 4 * c[2] * c[4] - c[3] ** 2):
        notes |= dict.fromkeys(POINT, "uncertain")
    elif det < 0:
        notes |= dict.fromkeys(["x0", "y0"], "saddle")
    elif not fit.within_data(*(_quantities(b)[5:7] + fit.center))[0]:
        notes |= dict.fromkeys(["x0", "y0"], "outside_data")
    if curved == 0 or abs(b4) < 1e-12 * curved:
        notes |= dict.fromkeys(AXES, "undefined_axes")
    elif uncertain(lambda c: c[3]):
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
    """Where the respondents lie: `expectation experience n`, one row a distinct pair of ratings."""
    return (
        fit.points.value_counts()
        .rename("n")
        .reset_index()
        .sort_values(["expectation", "experience"], ignore_index=True)
    )
