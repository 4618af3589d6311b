"""The contest of forms: is it the gap, only the experience, or a curve? Each form may lose.

Every form is fitted on the same rows and judged by what it costs to leave the others out: the test
of its constraint, AICc, and how well it predicts answers that it has not seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np
import pandas as pd
from scipy import linalg

from cxlab.errors import ModelError
from cxlab.models.design import INTERCEPT, Design
from cxlab.models.estimable import LONE, MIN_SPARE
from cxlab.models.gap.fit_gap import COMBINED, CUBIC, FORMS, QUADRATIC, GapFit, fit_form, gap_design
from cxlab.study.study import Study

TERMS = list(dict.fromkeys(term for terms in FORMS.values() for term in terms))
# Forms within this of the best AICc have as much support as it (Burnham & Anderson 2002): the
# simplest of them is chosen.
AICC_TIE = 2.0
# Below this share of its variance a column is a combination of the others: too few distinct ratings
# for this form.
SINGULAR = 1e-9


def compare_gap_forms(
    study: Study,
    touchpoints: str | Iterable[str] | None = None,
    outcome: str | None = None,
    center: float | None = None,
    folds: int = 10,
    repeats: int = 10,
    seed: int = 0,
) -> pd.DataFrame:
    """Fit every form of a gap model and say which the data support. One row a form, simplest first.

    With G = P − E (centred ratings): intercept; P; difference (G); absolute_difference (|G|);
    squared_difference (G², Humberg's strict congruence); E+P; asymmetric (gains and losses of G
    apart); rising_ridge (E + P, G²); cubic_asymmetry (G², G³); interaction (E, P, EP);
    broad_congruence (E + P, E² + P², EP); rising_ridge_asymmetry (E + P, G², G³); quadratic; cubic.
    `statistic` and `p_value` test the form's constraint `against` the quadratic or the cubic: F, or
    Wald F on the robust covariance with weights or clusters. `r_squared_cv` is cross-validated: the
    mean over `repeats` of `folds`-fold (whole accounts where there are any; `repeats=0` leaves it
    out). `chosen`: the simplest form within 2 AICc of the best; with weights or clusters, where no
    AICc is sound, the simplest whose squared prediction error is within one standard error of the
    best's (Breiman et al. 1984). A form that these ratings cannot identify (too few distinct
    values, or one respondent alone decides a term) has NaN and is never chosen. Columns `touchpoint
    outcome form df r_squared adj_r_squared r_squared_cv aicc aicc_weight bic against statistic
    p_value n chosen`. Sources: Edwards & Parry (1993); Humberg, Nestler & Back (2019); Humberg et
    al. (2022) for the cubic forms. Checked against R's RSA (AICc) and lm (R², F). Raises ModelError
    as `fit_gap`.
    """
    if folds < 2 or repeats < 0:
        raise ModelError(
            "folds={folds}, repeats={repeats}: give two folds or more, and repeats=0 for no"
            " cross-validation",
            folds=folds,
            repeats=repeats,
        )
    design, name, center, points = gap_design(study, touchpoints, outcome, center)
    plain = design.sample.equal
    x, y = _scaled(design, TERMS)
    # Householder's reduction keeps all lengths and angles: least squares on 20 rows of r is that on
    # the n rows.
    r = np.linalg.qr(np.column_stack([x, y]), mode="r")
    columns = {
        form: [0, *(1 + TERMS.index(term) for term in terms)] for form, terms in FORMS.items()
    }
    usable = {form for form, used in columns.items() if _identified(x[:, used], r[:, used])}
    covariance = "classical" if plain else None
    full = {
        form: fit_form(design, name, center, points, form, covariance)
        for form in ("quadratic", "cubic")
        if form in usable
    }
    n = len(y)
    rows = [
        (
            _row(form, r[:, used], r[:, -1], n, plain)
            if form in usable
            else {"form": form, "df": len(used)}
        )
        for form, used in columns.items()
    ]
    frame = pd.DataFrame(rows)
    frame.insert(0, "touchpoint", name)
    frame.insert(1, "outcome", design.outcome)
    tests = [
        _constraint_test(full, form) if form in usable else ("", np.nan, np.nan) for form in FORMS
    ]
    frame[["against", "statistic", "p_value"]] = pd.DataFrame(tests, index=frame.index)
    relative = np.exp(-(frame["aicc"] - frame["aicc"].min()) / 2)
    losses = (
        left_out_losses(
            design, {form: FORMS[form] for form in FORMS if form in usable}, folds, repeats, seed
        )
        if repeats
        else None
    )
    frame = frame.assign(
        aicc_weight=relative / relative.sum(),
        n=len(design.y),
        r_squared_cv=(
            np.nan
            if losses is None
            else 1 - losses.sum().reindex(frame["form"]).to_numpy() / losses["intercept"].sum()
        ),
    )
    chosen = _choose(frame, losses, plain)
    columns = [
        "touchpoint",
        "outcome",
        "form",
        "df",
        "r_squared",
        "adj_r_squared",
        "r_squared_cv",
        "aicc",
        "aicc_weight",
        "bic",
        "against",
        "statistic",
        "p_value",
        "n",
    ]
    return frame[columns].assign(chosen=frame["form"] == chosen)


def _scaled(design: Design, terms: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Columns of a form and the outcome, times the root of the (mean-one) weights: ordinary least
    squares on these is the weighted fit.
    """
    root = np.sqrt(design.sample.w)
    return design.x[[INTERCEPT, *terms]].to_numpy() * root[:, None], design.y.to_numpy() * root


def _identified(x: np.ndarray, r: np.ndarray) -> bool:
    """Can these columns be told apart, with errors? `x` rows × terms; `r` what its orthogonal
    reduction keeps of it.
    """
    size = np.linalg.norm(r, axis=0)
    if len(x) < x.shape[1] + MIN_SPARE or size.min() == 0:
        return False
    inner = np.linalg.qr(r / size, mode="r")
    if np.abs(np.diag(inner)).min() <= SINGULAR:
        return False
    # A row of leverage 1 is a form's own: no form without that row could have predicted it.
    return bool((((x / size) @ np.linalg.inv(inner)) ** 2).sum(axis=1).max() < LONE)


def _row(form: str, x: np.ndarray, y: np.ndarray, n: int, plain: bool) -> dict:
    """One form's fit from the reduced columns `x` (intercept first) and outcome `y` of `n` rows."""
    terms = x.shape[1]
    residual, total = (
        float(((y - part @ np.linalg.lstsq(part, y, rcond=None)[0]) ** 2).sum())
        for part in (x, x[:, :1])
    )
    r_squared = 1 - residual / total
    # The residual variance counts as a parameter, as in R's AICcmodavg.
    k, deviance = terms + 1, n * (np.log(2 * np.pi * residual / n) + 1)
    return {
        "form": form,
        "df": terms,
        "r_squared": r_squared if FORMS[form] else 0.0,
        "adj_r_squared": 1 - (1 - r_squared) * (n - 1) / (n - terms),
        "aicc": deviance + 2 * k + 2 * k * (k + 1) / (n - k - 1) if plain else np.nan,
        "bic": deviance + k * np.log(n) if plain else np.nan,
    }


@cache
def constraint_rows(form: str, reference: tuple[str, ...]) -> np.ndarray | None:
    """What a form demands of the reference polynomial's coefficients b: rows · b = 0. None where it
    is not nested in it.
    """
    basis = np.zeros((len(reference), len(FORMS[form])))
    for j, term in enumerate(FORMS[form]):
        for part, weight in COMBINED.get(term, {term: 1.0}).items():
            if part not in reference:
                return None
            basis[reference.index(part), j] = weight
    return linalg.null_space(basis.T).T if basis.shape[1] else np.eye(len(reference))


def _constraint_test(full: dict[str, GapFit], form: str) -> tuple[str, float, float]:
    for against, terms in (("quadratic", QUADRATIC), ("cubic", CUBIC)):
        rows = constraint_rows(form, tuple(terms))
        if rows is None or not len(rows) or against not in full:
            continue
        b, cov = (
            full[against].params[terms].to_numpy(),
            full[against].cov.loc[terms, terms].to_numpy(),
        )
        off = rows @ b
        return against, *full[against].wald(off, rows @ cov @ rows.T)
    return "", np.nan, np.nan


def left_out_losses(
    design: Design, forms: dict[str, list[str]], folds: int, repeats: int, seed: int
) -> pd.DataFrame:
    """Weighted squared error of each row (or whole cluster) by forms fitted without its fold, mean
    over repeats: units × forms.

    The fits come from cross-products: those of all rows less those of the fold.
    """
    terms = list(dict.fromkeys(term for used in forms.values() for term in used))
    x, y = _scaled(design, terms)
    scale = np.linalg.norm(x, axis=0)
    z = np.column_stack([x / scale, y])
    place = {term: i for i, term in enumerate([INTERCEPT, *terms])}
    columns = {form: [0, *(place[term] for term in used)] for form, used in forms.items()}
    unit = np.arange(len(y)) if design.clusters is None else pd.factorize(design.clusters)[0]
    units = unit.max() + 1
    folds = min(folds, units)
    rng = np.random.default_rng(seed)
    total, losses = z.T @ z, {form: np.zeros(len(y)) for form in forms}
    for _ in range(repeats):
        fold_of = (rng.permutation(units) % folds)[unit]
        for fold in range(folds):
            held = z[fold_of == fold]
            rest = total - held.T @ held
            for form, used in columns.items():
                b = np.linalg.lstsq(rest[np.ix_(used, used)], rest[used, -1], rcond=None)[0]
                losses[form][fold_of == fold] += (held[:, -1] - held[:, used] @ b) ** 2 / repeats
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
