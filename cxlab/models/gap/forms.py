"""Comparison of the forms of a gap model: difference, experience only, or a curve.

Every form is fitted on the same rows and judged by the test of its constraint, by AICc and by
cross-validation.
"""

from collections.abc import Iterable
from contextlib import suppress
from functools import cache

import numpy as np
import pandas as pd
from scipy import linalg

from cxlab.errors import ModelError
from cxlab.models.design import INTERCEPT
from cxlab.models.estimator import estimator
from cxlab.models.gap.fit_gap import (
    COMBINED,
    CUBIC,
    FORMS,
    QUADRATIC,
    GapDesign,
    GapFit,
    fit_form,
    gap_design,
)
from cxlab.study.study import Study

TERMS = list(dict.fromkeys([INTERCEPT, *(term for terms in FORMS.values() for term in terms)]))
# Places of each form's columns among TERMS, the intercept first.
PLACES = {form: [0, *map(TERMS.index, terms)] for form, terms in FORMS.items()}
# Forms within this of the best AICc have as much support as it (Burnham & Anderson 2002): the
# simplest of them is chosen.
AICC_TIE = 2.0
FIGURES = ["r_squared", "adj_r_squared", "aicc", "bic"]
TESTED = ["against", "statistic", "p_value"]
FIRST = ["touchpoint", "outcome", "form", "df", "r_squared", "adj_r_squared", "r_squared_cv"]
COLUMNS = [*FIRST, "aicc", "aicc_weight", "bic", *TESTED, "n", "chosen"]


@estimator("compare_gap_forms")
def compare_gap_forms(
    study: Study,
    touchpoints: str | Iterable[str] | None = None,
    *,
    outcome: str | None = None,
    center: float | None = None,
    folds: int = 10,
    repeats: int = 10,
    seed: int = 0,
) -> pd.DataFrame:
    """Fit every form of a gap model and say which the data support.

    Parameters
    ----------
    study, touchpoints, outcome, center
        As in `fit_gap`.
    folds : int
        Parts of the rows, or of whole accounts where there are any, that are predicted in turn.
    repeats : int
        How often the rows are parted anew; 0 leaves cross-validation out.
    seed : int
        Seed of the parting.

    Returns
    -------
    DataFrame
        One row a form, simplest first: `touchpoint outcome form df r_squared adj_r_squared
        r_squared_cv aicc aicc_weight bic against statistic p_value n chosen`. `df` counts the
        coefficients, `r_squared_cv` is cross-validated (mean over repeats), `statistic` and
        `p_value` test the form's constraint `against` the quadratic or the cubic. A form that these
        ratings cannot identify (too few distinct values, or one respondent alone decides a term)
        has NaN and is never chosen.

    Raises
    ------
    ModelError
        As `fit_gap`, and fewer than two folds.

    Notes
    -----
    With G = P − E (centred ratings): intercept; P; difference (G); absolute_difference (|G|);
    squared_difference (G², Humberg's strict congruence); E+P; asymmetric (gains and losses of G
    apart); rising_ridge (E + P, G²); cubic_asymmetry (G², G³); interaction (E, P, EP);
    broad_congruence (E + P, E² + P², EP); rising_ridge_asymmetry (E + P, G², G³); quadratic; cubic.
    The test is F, or Wald's F on the robust covariance with weights or clusters. `chosen` is the
    simplest form within 2 AICc of the best; with weights or clusters, where no AICc is sound, the
    simplest whose squared prediction error is within one standard error of the best's (Breiman et
    al. 1984). Sources: Edwards & Parry (1993); Humberg, Nestler & Back (2019); Humberg et al.
    (2022) for the cubic forms. Checked against R's RSA (AICc) and lm (R², F).

    Examples
    --------
    >>> import cxlab as cx
    >>> forms = cx.compare_gap_forms(cx.simulate_study(300, seed=1), "delivery", repeats=0)
    >>> forms.loc[forms["chosen"], "form"].item()
    'P'
    """
    if folds < 2 or repeats < 0:
        raise ModelError(
            "folds={folds}, repeats={repeats}: give two folds or more, and repeats=0 for no"
            " cross-validation",
            folds=folds,
            repeats=repeats,
        )
    design = gap_design(study, touchpoints, outcome, center)
    plain = design.sample.equal
    fits = {"intercept": fit_form(design, "intercept")}
    for form in FORMS:
        # A form that these ratings cannot identify has no fit.
        with suppress(ModelError):
            fits[form] = fit_form(design, form, "classical" if plain else None)
    frame = pd.DataFrame(
        {"form": form, "df": len(places)}
        | {name: getattr(fits.get(form), name, np.nan) for name in FIGURES}
        | dict(zip(TESTED, _constraint_test(fits, form), strict=True))
        for form, places in PLACES.items()
    )
    frame.loc[frame["form"] == "intercept", "r_squared"] = 0.0
    losses, frame["r_squared_cv"] = None, np.nan
    if repeats:
        losses = left_out_losses(design, fits, folds, repeats, seed)
        frame["r_squared_cv"] = frame["form"].map(1 - losses.sum() / losses["intercept"].sum())
    relative = np.exp(-(frame["aicc"] - frame["aicc"].min()) / 2)
    chosen = frame["form"] == _choose(frame, losses, plain)
    about = {"touchpoint": design.name, "outcome": design.outcome, "n": len(design.y)}
    frame = frame.assign(**about, aicc_weight=relative / relative.sum(), chosen=chosen)
    return frame[COLUMNS]


@cache
def constraint_rows(form: str, reference: tuple[str, ...]) -> np.ndarray | None:
    """The constraint of a form on the reference polynomial's coefficients b, rows · b = 0; None
    where it is not nested in it.
    """
    basis = np.zeros((len(reference), len(FORMS[form])))
    for j, term in enumerate(FORMS[form]):
        for part, weight in COMBINED.get(term, {term: 1.0}).items():
            if part not in reference:
                return None
            basis[reference.index(part), j] = weight
    return linalg.null_space(basis.T).T if basis.shape[1] else np.eye(len(reference))


def _constraint_test(fits: dict[str, GapFit], form: str) -> tuple[str, float, float]:
    """What the form's constraint is tested against, F and p."""
    for against, terms in (("quadratic", QUADRATIC), ("cubic", CUBIC)):
        rows = constraint_rows(form, tuple(terms))
        if form in fits and against in fits and rows is not None and len(rows):
            fit = fits[against]
            cov = rows @ fit.cov.loc[terms, terms].to_numpy() @ rows.T
            return against, *fit.wald(rows @ fit.params[terms].to_numpy(), cov)
    return "", np.nan, np.nan


def left_out_losses(
    design: GapDesign, forms: Iterable[str], folds: int, repeats: int, seed: int
) -> pd.DataFrame:
    """Weighted squared error of each row (or whole cluster) by forms fitted without its fold, mean
    over repeats: units × forms.

    The fits come from cross-products: those of all rows less those of the fold.
    """
    # Least squares on rows times the root of their (mean-one) weights is the weighted fit.
    z = np.column_stack([design.x[TERMS], design.y]) * np.sqrt(design.sample.w)[:, None]
    size = np.linalg.norm(z[:, :-1], axis=0)
    z[:, :-1] /= np.where(size > 0, size, 1)
    unit = np.arange(len(z)) if design.clusters is None else pd.factorize(design.clusters)[0]
    units = unit.max() + 1
    folds = min(folds, units)
    rng = np.random.default_rng(seed)
    total, losses = z.T @ z, {form: np.zeros(len(z)) for form in forms}
    for _ in range(repeats):
        fold_of = (rng.permutation(units) % folds)[unit]
        for fold in range(folds):
            held = z[fold_of == fold]
            rest = total - held.T @ held
            for form, loss in losses.items():
                used = PLACES[form]
                b = np.linalg.lstsq(rest[np.ix_(used, used)], rest[used, -1], rcond=None)[0]
                loss[fold_of == fold] += (held[:, -1] - held[:, used] @ b) ** 2 / repeats
    return pd.DataFrame(losses).groupby(unit).sum()


def _choose(frame: pd.DataFrame, losses: pd.DataFrame | None, plain: bool) -> str | None:
    if plain:
        near = frame[frame["aicc"] <= frame["aicc"].min() + AICC_TIE]
        return near.sort_values(["df", "aicc"])["form"].iloc[0]
    if losses is None:
        return None
    best = losses.sum().idxmin()
    excess = losses.sub(losses[best], axis=0)
    tied = (excess.sum() <= np.sqrt(len(excess)) * excess.std(ddof=1)) | (losses.columns == best)
    near = frame[frame["form"].isin(losses.columns[tied])]
    return near.sort_values(["df", "r_squared_cv"], ascending=[True, False])["form"].iloc[0]
