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
    FORMS,
    GapDesign,
    GapFit,
    fit_form,
    gap_design,
    gap_terms,
)
from cxlab.models.gap.gate import (
    CLAIM_LEVEL,
    EXPERIENCE_ONLY,
    experience_reliability,
    p_expectation,
)
from cxlab.study.study import Study

TERMS = list(dict.fromkeys([INTERCEPT, *(term for terms in FORMS.values() for term in terms)]))
# Places of each form's columns among TERMS, the intercept first.
PLACES = {form: [0, *map(TERMS.index, terms)] for form, terms in FORMS.items()}
# Forms within this of the best AICc have as much support as it (Burnham & Anderson 2002): the
# simplest of them is chosen.
AICC_TIE = 2.0
# What a form adds to a simpler one that it contains is not built on where their adjusted R² differ
# by less than this.
NEARLY = 0.02
FIGURES = ["r_squared", "adj_r_squared", "aicc", "bic"]
TESTED = ["against", "statistic", "p_value"]
FIRST = ["touchpoint", "outcome", "form", "df", "r_squared", "adj_r_squared", "r_squared_cv"]
LAST = ["n", "chosen", "p_expectation", "reliability"]
COLUMNS = [*FIRST, "aicc", "aicc_weight", "bic", *TESTED, *LAST]


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
        r_squared_cv aicc aicc_weight bic against statistic p_value n chosen p_expectation
        reliability`. `df` counts the coefficients, `r_squared_cv` is cross-validated (mean over
        repeats), `statistic` and `p_value` test the form's constraint `against` the smallest form
        that contains it. A form that these ratings cannot identify (too few distinct values, or one
        respondent alone decides a term) has NaN and is never chosen. `p_expectation` and
        `reliability` (0–1, of the experience) are those of the touchpoint, the same in all rows.

    Raises
    ------
    ModelError
        As `fit_gap`, and fewer than two folds.

    Notes
    -----
    With G = P − E (centred ratings): intercept; P; E; difference (G); absolute_difference (|G|);
    squared_difference (G², Humberg's strict congruence); P+P^2 and E+E^2 (curves of one alone);
    E+P; asymmetric (gains and losses of G apart); shifted_squared_difference (G, G²); rising_ridge
    (E + P, G²); cubic_asymmetry (G², G³); level_congruence (G², (E + P)G²); E+P+P^2; P+P^2+P^3;
    interaction (E, P, EP); shifted_rising_ridge (E, P, G²); broad_congruence (E + P, E² + P², EP);
    rising_ridge_asymmetry and rising_ridge_level (rising_ridge with G³, with (E + P)G²); quadratic;
    cubic. RSA's SRSQD and SRRR are no linear models and are left out. The test is F, or Wald's F on
    the robust covariance with weights or clusters.

    A form with expectation is chosen only where E, E² and EP hold given the experience:
    `p_expectation` < .05, a score test beside a curve of the experience here (a mean for each of up
    to seven ratings) and the experience at the other touchpoints, with Hotelling's T² by respondent
    or account, adjusted by Holm over the mean of all touchpoints (half of the weight) and each of
    them. Then the best is the simplest form within 2 AICc of the least; with weights or clusters,
    where no AICc is sound, the simplest whose squared prediction error is within one standard error
    of the least (Breiman et al. 1984). `chosen` is the simplest form that the best contains whose
    adjusted R² is at most .02 less. Where expectation makes no difference, up to 3 in 100 studies
    of 200 or 500 choose a form that holds it. Where the experience is measured with a reliability
    of .9 or .8 it does not hold all that it should: at n = 500 some 2 and 12 in 100 do, and the
    test alone opens in 34 and 67 (tests/calibration/claims.py).

    Sources: Edwards & Parry (1993); Humberg, Nestler & Back (2019); Humberg et al. (2022) for the
    cubic forms; Holm (1979). Checked against R's RSA (AICc) and lm (R², F).

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
    p_value = p_expectation(design)
    allowed = fits if p_value < CLAIM_LEVEL else fits.keys() & EXPERIENCE_ONLY
    chosen = frame["form"] == _choose(frame[frame["form"].isin(allowed)], losses, plain)
    frame["touchpoint"], frame["outcome"], frame["n"] = design.name, design.outcome, len(design.y)
    frame["p_expectation"], frame["reliability"] = p_value, experience_reliability(design)
    return frame.assign(aicc_weight=relative / relative.sum(), chosen=chosen)[COLUMNS]


def gram(z: np.ndarray) -> np.ndarray:
    return z.T @ z


@cache
def _example() -> pd.DataFrame:
    """All terms at a few points in general position, whose powers tell terms apart."""
    return gap_terms(*np.random.default_rng(0).uniform(-1, 1, (2, 60)))


@cache
def contained(form: str, larger: str) -> np.ndarray | None:
    """How the terms of a form are made of those of a larger one (terms of the larger × terms of
    the form); None where they are not.
    """
    if len(FORMS[form]) >= len(FORMS[larger]):
        return None
    mine, theirs = (_example()[FORMS[one]].to_numpy() for one in (form, larger))
    basis = np.linalg.lstsq(theirs, mine, rcond=None)[0]
    return basis if np.allclose(theirs @ basis, mine) else None


def constraint_rows(form: str, larger: str) -> np.ndarray:
    """The constraint of a form on the coefficients b of a larger one that contains it: rows · b
    = 0.
    """
    return linalg.null_space(contained(form, larger).T).T


def _constraint_test(fits: dict[str, GapFit], form: str) -> tuple[str, float, float]:
    """What the form's constraint is tested against, F and p."""
    larger = [other for other in fits if contained(form, other) is not None]
    if form not in fits or not larger:
        return "", np.nan, np.nan
    against = min(larger, key=lambda other: len(FORMS[other]))
    rows = constraint_rows(form, against)
    fit = fits[against]
    places = fit.params.index.get_indexer(FORMS[against])
    return against, *fit.wald(rows @ np.eye(len(fit.params))[places])[:2]


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
    fold_of = np.array([(rng.permutation(units) % folds)[unit] for _ in range(repeats)])
    products = [[gram(z[fold == number]) for number in range(folds)] for fold in fold_of]
    rest, losses = gram(z) - products, {}
    for form in forms:
        used = PLACES[form]
        inverse = np.linalg.pinv(rest[..., used, :][..., used], hermitian=True)
        b = (inverse @ rest[..., used, -1:])[..., 0]
        # The coefficients without each row's own fold (repeats × n × terms).
        b = b[np.arange(repeats)[:, None], fold_of]
        losses[form] = ((z[:, -1] - (b * z[:, used]).sum(axis=2)) ** 2).mean(axis=0)
    return pd.DataFrame(losses).groupby(unit).sum()


def _choose(frame: pd.DataFrame, losses: pd.DataFrame | None, plain: bool) -> str | None:
    """The form that the rule of `compare_gap_forms` takes among those of the frame."""
    if plain:
        near = frame[frame["aicc"] <= frame["aicc"].min() + AICC_TIE]
        best = near.sort_values(["df", "aicc"])["form"].iloc[0]
    elif losses is None:
        return None
    else:
        losses = losses[frame["form"]]
        excess = losses.sub(losses[least := losses.sum().idxmin()], axis=0)
        tied = (excess.sum() <= np.sqrt(len(excess)) * excess.std(ddof=1)) | (
            excess.columns == least
        )
        near = frame[frame["form"].isin(losses.columns[tied])]
        best = near.sort_values(["df", "r_squared_cv"], ascending=[True, False])["form"].iloc[0]
    enough = frame.set_index("form")["adj_r_squared"][best] - NEARLY
    inside = frame["form"].map(lambda form: form == best or contained(form, best) is not None)
    near = frame[inside & (frame["adj_r_squared"] > enough) & (frame["df"] > 1)]
    simpler = near.sort_values(["df", "adj_r_squared"], ascending=[True, False])["form"]
    return next(iter(simpler), best)
