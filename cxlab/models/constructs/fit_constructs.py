"""Path models between constructs (image, quality, satisfaction, loyalty), each asked by several
questions: what leads to what, once the questions are weighed by how well they go with the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from cxlab.errors import ModelError, NotAskedError, refusal
from cxlab.models.design import counted, first_reason
from cxlab.models.estimator import estimator
from cxlab.models.items import items_of
from cxlab.stats.bags import bagged, bags_of
from cxlab.stats.inference import t_inference
from cxlab.stats.path_model import SCHEMES, Blocks, Paths, resampled
from cxlab.stats.resampling import resample_counts, unit_products
from cxlab.study.codebook.model_keys import in_full, in_order, model_problems
from cxlab.study.sample import Sample
from cxlab.study.sealed import Sealed
from cxlab.study.study import Study

# Fewer complete respondents than this, or than ten for each source of a construct, tell too little.
FEWEST, PER_SOURCE = 100, 10
# Where more than this share of the resamples have no solution, no interval is given.
MOST_LOST = 0.01
# Scores with a smaller eigenvalue cannot be told apart.
ALIKE = 1e-9


@dataclass(frozen=True)
class Measured(Sealed):
    """The complete answers to all questions of a model (n × items, scale points), and why other
    rows of the study (`reason`, "" where used) were left out.
    """

    controls: ClassVar[tuple[str, ...]] = ()

    study: Study
    x: pd.DataFrame
    sample: Sample
    reason: pd.Series


@dataclass(frozen=True, repr=False, eq=False)
class ConstructFit(Sealed):
    """A path model that was fitted.

    Attributes
    ----------
    design : Measured
        The answers that it rests on.
    model : Mapping
        What leads to each construct.
    constructs : tuple of str
        All constructs, each after those that lead to it.
    scheme : str
        How the neighbours of a construct are weighed.
    scales : array (items × 2)
        Least and most answer of each question.
    solution, draws : Paths
        The solution of all respondents, and those of resamples (None where none were drawn).
    bags : int
        Random groups of rows that the bootstrap drew, 0 where it drew single ones.

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(400, seed=1, design="insurance")
    >>> fit = cx.constructs.fit_constructs(study, n_boot=0)
    >>> fit.n, fit.constructs[-1], round(float(fit.r_squared["content"]), 2)
    (400, 'bond', 0.42)
    """

    tidy_kind: ClassVar[str] = "construct_effects"

    design: Measured
    model: Mapping[str, tuple[str, ...]]
    constructs: tuple[str, ...]
    scheme: str
    scales: np.ndarray
    solution: Paths
    draws: Paths | None
    bags: int = 0

    @property
    def study(self) -> Study:
        return self.design.study

    @property
    def n(self) -> int:
        return self.design.sample.n

    @property
    def weights(self) -> pd.DataFrame:
        """`construct item weight loading` of each question: its weight in the standardised score,
        and its correlation with it.
        """
        found = self.solution
        names = np.array(self.constructs)[found.blocks.of_item]
        columns = {"construct": names, "item": self.design.x.columns}
        return pd.DataFrame(columns | {"weight": found.weights[0], "loading": found.loadings[0]})

    @property
    def r_squared(self) -> pd.Series:
        """Share of the variance of each construct that those leading to it explain."""
        return pd.Series(self.solution.r_squared[0], self.constructs).dropna()

    @property
    @estimator("dropped")
    def dropped(self) -> pd.DataFrame:
        """`reason n`: rows of the study that were not used."""
        counts = self.design.reason[self.design.reason != ""].value_counts()
        return counts.rename_axis("reason").reset_index(name="n")

    def inference(
        self, of: Callable[[Paths], np.ndarray], conf_level: float
    ) -> dict[str, np.ndarray]:
        """`estimate std_error statistic p_value conf_low conf_high` of quantities (R × …) of a
        solution, by t with the standard deviation of the resamples (NaN where there are none).
        """
        estimate, error = of(self.solution)[0], np.nan
        if self.draws is not None:
            error = of(self.draws).std(axis=0, ddof=1)
        told = t_inference(estimate, error, self.design.sample.units - 1, conf_level)
        return {"estimate": estimate, **told}

    def intervals(
        self, of: Callable[[Paths], np.ndarray], conf_level: float, *names: str
    ) -> dict[str, np.ndarray]:
        """Quantities of a solution that have ends, with percentiles of the resamples (Efron 1979);
        names: of the estimate and its interval.
        """
        estimate = of(self.solution)[0]
        low = high = np.full_like(estimate, np.nan)
        if self.draws is not None:
            ends = [(1 - conf_level) / 2, (1 + conf_level) / 2]
            low, high = np.quantile(of(self.draws), ends, axis=0)
        return dict(zip(names, (estimate, low, high), strict=True))

    def __repr__(self) -> str:
        explained = ", ".join(f"{name} {value:.2f}" for name, value in self.r_squared.items())
        return (
            f"ConstructFit ({self.scheme} scheme): {len(self.constructs)} constructs, n ="
            f" {self.n}\n  R²: {explained}"
        )


@estimator("fit_constructs")
def fit_constructs(
    study: Study,
    model: Mapping[str, Any] | str | None = None,
    *,
    scheme: str = "path",
    n_boot: int = 2000,
    seed: int = 0,
) -> ConstructFit:
    """Fit a path model between constructs by partial least squares.

    Parameters
    ----------
    study : Study
    model : dict or str, optional
        What leads to each construct, `{"content": ["image", "quality"]}`, or the name of a known
        model ("ecsi", "ecsi_complaints"); that of the study's `model:` unless given. A construct,
        or an outcome on a scale.
    scheme : {"path", "factorial", "centroid"}
        How the neighbours of a construct are weighed while its questions are (Lohmöller 1989).
    n_boot : int
        Bootstrap samples for intervals; 0 draws none.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    ConstructFit
        What `construct_effects`, `construct_quality`, `htmt` and `importance_performance` tell
        more of.

    Raises
    ------
    NotAskedError
        No model is declared or given.
    ModelError
        A name that is no construct, a construct of one question, a circle, an answer in two
        constructs; fewer than 100 complete respondents, or than ten for each source of a construct;
        a question that all answer alike; constructs that cannot be told apart; weights that do not
        settle, or not in more than 1 % of the resamples.

    Notes
    -----
    Mode A, from the (weighted) correlations of the questions of respondents who answered all
    (Wold 1982; Tenenhaus et al. 2005). Whole clusters are drawn where respondents depend on each
    other; a construct of a resample points the way that it does in the sample. A score is a
    weighted mean of answers, errors and all: a path between unseen variables would be steeper.
    Checked against seminr 2.3.4 (paths, weights, total effects, 1e-10), plspm, semPLS and cSEM.
    Associations: that quality comes before satisfaction is what the model says, not what it finds.

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(400, seed=1, design="insurance")
    >>> cx.constructs.fit_constructs(study, {"attitude": ["utilitarian", "emotional"]}, n_boot=0)
    ConstructFit (path scheme): 3 constructs, n = 400
      R²: attitude 0.38
    """
    if scheme not in SCHEMES:
        known = ", ".join(SCHEMES)
        raise ModelError("scheme={scheme!r}: it is one of {known}", scheme=scheme, known=known)
    model = _chosen(study, model)
    names = in_order(model)
    declared = {one.id: one for one in (*study.codebook.constructs, *study.codebook.outcomes)}
    each = {name: items_of(study, declared[name], declared[name].columns) for name in names}
    x = pd.concat(each.values(), axis=1)
    reason = first_reason({"construct_not_answered": x.isna().any(axis=1)})
    x = x[reason == ""]
    sample = Sample.of(study, x.index)
    need = max(FEWEST, PER_SOURCE * max(map(len, model.values())))
    if len(x) < need:
        raise ModelError(
            "a path model takes {need} respondents who answered all of its questions, and there are"
            " {n}; left out: {lost}",
            need=need,
            n=len(x),
            lost=counted(reason[reason != ""]) or "none",
        )
    sample.refuse()
    if flat := [column for column in x if x[column].nunique() == 1]:
        raise ModelError("{column}: all respondents answer it alike", column=flat[0])
    leads = np.array([[one in model.get(other, ()) for other in names] for one in names])
    of_item = np.repeat(np.arange(len(names)), [frame.shape[1] for frame in each.values()])
    blocks, centre = Blocks(of_item, leads), x.mean().to_numpy()
    drawn = bagged(sample.clusters, len(x), seed)
    products = unit_products(x, sample.weights, drawn)
    (solution,) = resampled([products.sum(axis=0)[None]], centre, blocks, scheme)
    for target, sources in model.items():
        at = [names.index(one) for one in sources]
        if np.linalg.eigvalsh(solution.scores[0][np.ix_(at, at)])[0] < ALIKE:
            raise ModelError(
                "model.{target}: what leads to it ({sources}) cannot be told apart in these"
                " answers; leave one of them out",
                target=target,
                sources=", ".join(sources),
            )
    if not solution.converged.all():
        raise ModelError("the weights of the questions do not settle; try scheme='factorial'")
    draws = None
    if n_boot:
        sums = (counts @ products for counts in resample_counts(len(products), n_boot, seed))
        parts = [*resampled(sums, centre, blocks, scheme, solution.loadings[0])]
        draws = Paths(blocks, *map(np.concatenate, zip(*(one[1:] for one in parts), strict=True)))
        if (lost := (~draws.converged).mean()) > MOST_LOST:
            raise ModelError(
                "in {lost} of the resamples the weights of the questions do not settle, so that no"
                " interval can be told; take fewer constructs, or more respondents",
                lost=f"{lost:.1%}",
            )
        draws = draws.at(draws.converged)
    scales = [study.codebook.scale_of(declared[names[one]]) for one in of_item]
    return ConstructFit(
        Measured(study, x, sample, reason),
        model,
        tuple(names),
        scheme,
        np.array([(scale.min, scale.max) for scale in scales]),
        solution,
        draws,
        bags_of(sample.units),
    )


def _chosen(study: Study, model: Any) -> dict[str, tuple[str, ...]]:
    """The model given, or else declared, in full. Raises ModelError with what it may not say."""
    try:
        given = study.codebook.model if model is None else in_full(model)
    except ValueError as error:
        raise refusal(*error.args) from None
    chosen = {target: tuple(sources) for target, sources in given.items()}
    if not chosen:
        raise NotAskedError(
            "this study declares no path model; declare model: in study.yml, such as ecsi, or give"
            " model={{'content': ['image', 'quality']}}"
        )
    for why in model_problems(study.codebook, chosen):
        raise refusal(why)
    return chosen
