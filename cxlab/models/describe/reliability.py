"""Reliability of measurements by several items, and design effects of weighting.

Measurement error attenuates a touchpoint's slope, so touchpoints of unequal reliability are not
ranked fairly. Everything asked by several columns (constructs, outcomes, touchpoints) is assessed
from its items.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import optimize, stats

from cxlab.errors import ModelError, NotAskedError
from cxlab.models.describe.metrics import METRICS, measured_by
from cxlab.models.estimator import estimator
from cxlab.models.items import items_of
from cxlab.stats.sampling import estimate, standard_error
from cxlab.study.codebook.schema import KANO_ROLES
from cxlab.study.sample import Part, Sample, table
from cxlab.study.study import Study

# Fewer complete respondents than this estimate a correlation matrix badly.
MIN_COMPLETE = 20
# A uniqueness at this bound is a Heywood case: the factor would explain more than all of an item
# (R's factanal has the same bound).
HEYWOOD = 0.005
FLAT = 1e-8
# Below this a scale, or a difference score, measures little more than error (Nunnally 1978;
# Peter, Churchill & Brown 1993).
RELIABLE = 0.7


@estimator("reliability")
def reliability(study: Study, *, conf_level: float = 0.95) -> pd.DataFrame:
    """Cronbach's alpha and McDonald's omega total of everything that the study asks by several
    questions.

    Parameters
    ----------
    study : Study
    conf_level : float
        Confidence level of alpha's interval.

    Returns
    -------
    DataFrame
        One row a construct, outcome or touchpoint, over complete respondents: `construct role items
        alpha alpha_low alpha_high omega verdict covariance n note`. `verdict` is `caution` below
        0.7 (Nunnally 1978). `note` tells why omega (then NaN) is refused: `two_items` (a factor
        needs three), `heywood` (an item explained by more than 100 %), `no_maximum`,
        `constant_item`, `too_few` (below 20 complete respondents, no alpha either); or
        `against_the_rest`: an item runs against the others.

    Raises
    ------
    ModelError
        Nothing is asked by several questions.

    Notes
    -----
    alpha = k/(k−1)·(1 − Σσ²_item/σ²_sum) (Cronbach 1951) with Feldt's (1965) interval, 1 − (1−α)·F
    with n−1 and (n−1)(k−1) degrees of freedom; with weights or clusters, where that law does not
    hold, the linearised one (Binder 1983; as of a mean, see `nps`) on ln(1−α) (Bonett 2002), as
    `covariance` says. omega =
    (Σλ)²/((Σλ)² + Σθ) of a one-factor maximum-likelihood model of the items as they are (McDonald
    1999; model-implied total variance, unstandardised), from the weighted covariance. Checked
    against psych 2.2.9 (alpha, 1e-10) and lavaan 0.6-14 (omega, 4e-7: as far as its optimiser
    goes).

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> rng = np.random.default_rng(1)
    >>> trait = rng.integers(3, 6, 200)
    >>> frame = pd.DataFrame({name: trait + rng.integers(-1, 2, 200) for name in "abc"})
    >>> index = {"index": {"kind": "score", "columns": ["a", "b", "c"], "scale": "s"}}
    >>> study = cx.Study.from_frame(frame, {}, index, scales={"s": {"min": 1, "max": 7}})
    >>> table = cx.reliability(study)
    >>> table[["alpha", "alpha_low", "alpha_high", "omega"]].round(2).values.tolist()
    [[0.79, 0.73, 0.83, 0.79]]
    """
    rows = []
    for construct, role, items in _scales(study):
        n, k = items.shape
        alpha = low = high = omega = np.nan
        verdict, covariance = "unsafe", ""
        sample = Sample.of(study, items.index)
        note = "too_few" if n < MIN_COMPLETE else sample.refusal or "constant_item"
        if note == "constant_item" and items.sum(axis=1).var() > 0:
            alpha = cronbach_alpha(items, sample.weights)
            verdict = "ok" if alpha >= RELIABLE else "caution"
            covariance = "Feldt" if sample.equal else "linearised"
            if sample.equal:
                low, high = feldt(alpha, n, k, conf_level)
            else:
                low, high = _linearised(alpha, items, sample, conf_level)
            omega, note = omega_total(np.cov(items.to_numpy().T, aweights=sample.weights))
            if not note and _item_rest(items, sample.weights).min() < 0:
                note = "against_the_rest"
        rows.append(
            {"construct": construct, "role": role, "items": k}
            | {"alpha": alpha, "alpha_low": low, "alpha_high": high, "omega": omega}
            | {"verdict": verdict, "covariance": covariance, "n": n, "note": note}
        )
    return pd.DataFrame(rows)


@estimator("item_rest")
def item_rest(study: Study) -> pd.DataFrame:
    """Each item of everything asked by several questions: does it go with the others?

    Parameters
    ----------
    study : Study

    Returns
    -------
    DataFrame
        `construct role item item_rest alpha_dropped estimate n note`: the (weighted) correlation of
        the item with the sum of the others, alpha without it (NaN of two items), its mean in scale
        points; `note` is `against_the_rest` below 0 (a reversed question?), `constant_item` or
        `too_few`.

    Raises
    ------
    ModelError
        Nothing is asked by several questions.

    Notes
    -----
    Checked against psych 2.2.9.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> one = np.random.default_rng(1).integers(2, 7, 200)
    >>> frame = pd.DataFrame({"a": one, "b": one + 1, "c": one[::-1]})
    >>> index = {"index": {"kind": "score", "columns": ["a", "b", "c"], "scale": "s"}}
    >>> study = cx.Study.from_frame(frame, {}, index, scales={"s": {"min": 1, "max": 7}})
    >>> table = cx.describe.item_rest(study)
    >>> table.sort_values("item_rest")["item"].tolist()[0]
    'c'
    """
    tables = []
    for construct, role, items in _scales(study):
        n, k = items.shape
        sample = Sample.of(study, items.index)
        refusal = "too_few" if n < MIN_COMPLETE else sample.refusal
        usable = not refusal
        r = _item_rest(items, sample.weights) if usable else np.full(k, np.nan)
        note = np.where(r < 0, "against_the_rest", np.where(np.isnan(r), "constant_item", ""))
        rests = [items.drop(columns=item) for item in items]
        table = {
            "construct": construct,
            "role": role,
            "item": items.columns,
            "item_rest": r,
            "alpha_dropped": [
                cronbach_alpha(rest, sample.weights)
                if usable and k > 2 and rest.sum(axis=1).var() > 0
                else np.nan
                for rest in rests
            ],
            "estimate": np.average(items, axis=0, weights=sample.weights) if n else np.nan,
            "n": n,
            "note": note if usable else refusal,
        }
        tables.append(pd.DataFrame(table))
    return pd.concat(tables, ignore_index=True)


@estimator("design_effects")
def design_effects(study: Study) -> pd.DataFrame:
    """What weighting and clustering cost each outcome: its design effect with replacement.

    Parameters
    ----------
    study : Study

    Returns
    -------
    DataFrame
        `outcome metric estimate std_error n n_eff design_effect` of each outcome's mean (of an NPS
        in points): `n_eff` is Kish's (Σw)²/Σw², the design effect is 1 where rows are equally
        weighted and independent.

    Raises
    ------
    ModelError
        Nobody answered any outcome.

    Notes
    -----
    Design-based variance / (s²/n), s² the weighted variance with n/(n−1): R survey's
    `deff="replace"` (Kish 1965). Its `deff=TRUE` compares with sampling without replacement from
    N = Σw people, which normalised weights make absurd (3,900 on a real survey). Checked against
    survey 4.1.1, weights and clusters (the study format declares no strata).

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(140, seed=58, design="software")
    >>> cx.describe.design_effects(study).round(1).head(1).values.tolist()
    [['recommend', 'nps', 31.4, 8.5, 140, 140.0, 1.9]]
    """
    rows = []
    for outcome, kind in study.outcomes.itertuples(index=False):
        y = study.outcome(outcome).dropna()
        if len(y) < 2:
            continue
        part = Part({}, y, Sample.of(study, y.index))
        metric = METRICS.get(kind, ["score_mean"])[-1]
        values = measured_by(metric, study, outcome, y.to_numpy())
        mean, n = part.sample.told(values), part.sample.n
        error = standard_error(values, part.sample) if np.isfinite(mean) else np.nan
        spread = part.sample.average((values - mean) ** 2) * n / (n - 1)
        row = {"outcome": outcome, "metric": metric, "estimate": mean, "std_error": error}
        effect = n * error**2 / spread if spread > 0 else np.nan
        rows.append((part, row | part.counts | {"design_effect": effect}))
    if not rows:
        raise ModelError("this study has no outcome that anybody answered")
    return table(rows)


def experience_alphas(study: Study) -> dict[str, float]:
    """Cronbach's alpha of each touchpoint whose experience is asked by several questions."""
    if not any(len(point.experience) > 1 for point in study.codebook.journey):
        return {}
    return {
        name: cronbach_alpha(items, Sample.of(study, items.index).weights)
        for name, role, items in _scales(study)
        if role == "experience" and len(items) >= MIN_COMPLETE and items.sum(axis=1).var() > 0
    }


def cronbach_alpha(items: pd.DataFrame, weights: np.ndarray | None = None) -> float:
    """Cronbach's (1951) alpha of complete items (n × k): k/(k−1)·(1 − Σσ²_item/σ²_sum)."""
    cov = np.cov(items.to_numpy(dtype=float).T, aweights=weights)
    k = items.shape[1]
    return float(k / (k - 1) * (1 - np.trace(cov) / cov.sum()))


def feldt(alpha: float, n: int, k: int, conf_level: float = 0.95) -> tuple[float, float]:
    """Interval of Cronbach's alpha of k items and n independent respondents (Feldt 1965; Feldt,
    Woodruff & Salih 1987).

    Example: α = 0.7701, n = 250, k = 3 → 0.7159 to 0.8154 (psych::alpha).
    """
    tails = stats.f.ppf([(1 + conf_level) / 2, (1 - conf_level) / 2], n - 1, (n - 1) * (k - 1))
    return tuple((1 - (1 - alpha) * tails).tolist())


def _linearised(
    alpha: float, items: pd.DataFrame, sample: Sample, conf_level: float
) -> tuple[float, float]:
    """Interval of alpha as a function of two means over respondents, Σ_j d² and (Σ_j d)² of the
    items' deviations d; its error follows from theirs.
    """
    values, k = items.to_numpy(), items.shape[1]
    deviations = values - np.average(values, axis=0, weights=sample.weights)
    within, total = (deviations**2).sum(axis=1), deviations.sum(axis=1) ** 2
    mean_total = sample.average(total)
    ratio = sample.average(within) / mean_total
    found = estimate((within - ratio * total) / mean_total, sample)
    if not (found.variance > 0 and alpha < 1):
        return np.nan, np.nan
    half = stats.t.ppf((1 + conf_level) / 2, found.df) * np.sqrt(found.variance)
    step = np.exp(half * k / (k - 1) / (1 - alpha))
    return 1 - (1 - alpha) * step, 1 - (1 - alpha) / step


def omega_total(cov: np.ndarray) -> tuple[float, str]:
    """McDonald's omega total of items with this covariance matrix (k × k), and why not where it
    cannot be had (then NaN).

    Of one maximum-likelihood factor (Jöreskog 1967). Minimises Σ(v − ln v − 1) over all but the
    largest eigenvalue v of Ψ^−½RΨ^−½, as R's factanal; then solves for a gradient of 0.
    statsmodels' Factor has no such bound: of a Heywood case it gives a uniqueness of 1e-7 and calls
    it converged.
    """
    deviation = np.sqrt(np.diag(cov))
    if not (deviation > 0).all():
        return np.nan, "constant_item"
    if len(cov) < 3:
        return np.nan, "two_items"
    correlation = cov / np.outer(deviation, deviation)

    def factor(psi: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Misfit of these uniquenesses, its gradient, and the loadings."""
        root = np.sqrt(psi)
        values, vectors = np.linalg.eigh(correlation / np.outer(root, root))
        loadings = root * vectors[:, -1] * np.sqrt(max(values[-1] - 1, 0.0))
        inverse = np.linalg.inv(np.outer(loadings, loadings) + np.diag(psi))
        misfit = (values - np.log(values) - 1)[:-1].sum()
        return misfit, np.diag(inverse - inverse @ correlation @ inverse), loadings

    if np.linalg.eigvalsh(correlation)[0] < FLAT:
        return np.nan, "heywood"
    psi = optimize.minimize(
        lambda psi: factor(psi)[:2],
        np.clip(0.9 / np.diag(np.linalg.inv(correlation)), HEYWOOD, 1),
        jac=True,
        method="L-BFGS-B",
        bounds=[(HEYWOOD, 1.0)] * len(cov),
        options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 1000},
    ).x
    if psi.min() <= HEYWOOD * 1.001:
        return np.nan, "heywood"
    psi = optimize.root(lambda psi: factor(psi)[1], psi, tol=1e-14).x
    _, gradient, loadings = factor(psi)
    if not (psi > HEYWOOD).all() or not np.abs(gradient).max() < FLAT:
        return np.nan, "no_maximum"
    common = float(loadings @ deviation) ** 2
    return common / (common + float(psi @ deviation**2)), ""


def _item_rest(items: pd.DataFrame, weights: np.ndarray | None) -> np.ndarray:
    """Correlation of each item with the sum of the others; NaN where one of the two never
    varies.
    """
    cov = np.cov(items.to_numpy().T, aweights=weights)
    own, with_sum = np.diag(cov), cov.sum(axis=1)
    rest = cov.sum() - 2 * with_sum + own
    spread = own * rest
    return np.where(spread > 0, (with_sum - own) / np.sqrt(np.where(spread > 0, spread, 1)), np.nan)


def _scales(study: Study) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Construct, role and complete items (n × k, scale points, coded as the study coded them) of
    everything that is the mean of several columns.
    """
    book = study.codebook
    several = [
        (item, role, columns)
        for item in (*book.constructs, *book.outcomes, *book.journey)
        for role, columns in item.questions.items()
        if role not in KANO_ROLES and len(columns) > 1
    ]
    if not several:
        raise NotAskedError(
            "this study asks nothing by several questions, so there is no reliability to know;"
            " declare a construct, or a rating with several columns"
        )
    for item, role, columns in several:
        yield item.id, role, items_of(study, item, columns).dropna()
