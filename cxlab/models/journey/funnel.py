"""How far customers come along the journey, and at which step most of them stay behind."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.models.estimator import estimator
from cxlab.stats import sampling
from cxlab.stats.inference import named_interval
from cxlab.study.sample import Part, Split, by_level, table
from cxlab.study.study import Study

# Of the five A's: what Kotler, Kartajaya & Setiawan (2017) set against awareness.
RATIOS = {"par": "act", "bar": "advocate"}


@estimator("funnel")
def funnel(
    study: Study,
    *,
    by: Split = None,
    conf_level: float = 0.95,
    n_boot: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """How many reach each step of the funnel, and how many go on to it from the step before.

    Parameters
    ----------
    study : Study
        A study that declares `funnel:`.
    by : str, optional
        A split of the study: "wave", "account" or a segment.
    conf_level : float
        Confidence level of the intervals.
    n_boot : int
        Draws of `p_lowest`; 0 leaves it out.
    seed : int
        Seed of the draws.

    Returns
    -------
    DataFrame
        One row a step and group, in their order: `group level step reach reach_low reach_high
        before conversion conversion_low conversion_high benchmark verdict n_before p_lowest n
        n_eff`. `reach` is the
        share (0–1) of the `n` respondents who reached the step; `conversion` the share of the
        `n_before` at the step `before` who are at this one too (NaN at the first); `p_lowest` the
        share of draws in which the step has the lowest conversion, so that most stay behind there.
        `benchmark` is the declared usual conversion, `verdict` whether the conversion lies above or
        below it, or open where its interval holds it; both only where one is declared.

    Raises
    ------
    NotAskedError
        The study declares no funnel.
    ModelError
        More respondents at a step than at the one before.

    Notes
    -----
    Wilson intervals, on the effective n with weights or clusters, as of every share. Who does not
    say that he reached a step has not, as where routing asks those only who reached the one before.
    The draws are from the normal law of the linearised conversions. Stages: Kotler, Kartajaya &
    Setiawan (2017), Marketing 4.0. Checked against its example (90 aware, 20 buy, 9 advocate).

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> frame = pd.DataFrame({"aware": [1] * 90 + [0] * 10, "buy": [1] * 20 + [0] * 80})
    >>> study = cx.Study.from_frame(frame, {}, funnel={"aware": "aware", "act": "buy"})
    >>> cx.journey.funnel(study)[["step", "reach", "conversion"]].round(3).values.tolist()
    [['aware', 0.9, nan], ['act', 0.2, 0.222]]
    """
    frame = table(
        (part, row)
        for part in _parts(study, by)
        for row in _steps(part, conf_level, n_boot, np.random.default_rng(seed))
    )
    usual = {name: step.benchmark for name, step in study.codebook.funnel.items()}
    if any(usual.values()):
        benchmark = frame["step"].map(usual).astype(float)
        sides = [frame["conversion_low"] > benchmark, frame["conversion_high"] < benchmark]
        known = benchmark.notna() & frame["conversion_low"].notna()
        verdict = np.select(sides, ["above", "below"], np.where(known, "open", ""))
        at = frame.columns.get_loc("n_before")
        frame.insert(at, "benchmark", benchmark)
        frame.insert(at + 1, "verdict", verdict)
    return frame


@estimator("action_ratios")
def action_ratios(study: Study, *, by: Split = None, conf_level: float = 0.95) -> pd.DataFrame:
    """Purchase action ratio and brand advocacy ratio: of those who are aware, how many buy, and how
    many advocate.

    Parameters
    ----------
    study : Study
        A study whose `funnel:` begins with awareness and has the steps act, advocate, or both.
    by, conf_level
        As in `funnel`.

    Returns
    -------
    DataFrame
        One row a ratio and group: `group level metric step before conversion conversion_low
        conversion_high n_before n n_eff`; `metric` is par (`step` act) or bar (advocate), a share
        (0–1) of the `n_before` of `n` respondents who are at the first step, `before`.

    Raises
    ------
    NotAskedError
        No funnel, or none of the two steps.
    ModelError
        As `funnel`.

    Notes
    -----
    Kotler, Kartajaya & Setiawan (2017), Marketing 4.0, p. 74: 90 aware, 20 buy, 9 advocate of 100
    give .222 and .10.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> frame = pd.DataFrame({"a": [1] * 90 + [0] * 10, "b": [1] * 20 + [0] * 80})
    >>> study = cx.Study.from_frame(frame, {}, funnel={"aware": "a", "act": "b"})
    >>> cx.journey.action_ratios(study)[["metric", "conversion"]].round(3).values.tolist()
    [['par', 0.222]]
    """
    steps = _declared(study)
    there = {metric: step for metric, step in RATIOS.items() if step in steps}
    if not there:
        raise NotAskedError(
            "the funnel has neither a step act nor a step advocate, which PAR and BAR set against"
            " awareness"
        )
    return table(
        (
            part,
            part.about
            | {"metric": metric, "step": step}
            | _conversion(part, steps[0], step, conf_level)
            | part.counts,
        )
        for part in _parts(study, by)
        for metric, step in there.items()
    )


def _declared(study: Study) -> list[str]:
    if not study.codebook.funnel:
        raise NotAskedError(
            "this study declares no funnel; declare its steps under funnel:, in their order"
        )
    return list(study.codebook.funnel)


def _parts(study: Study, by: Split) -> Iterator[Part]:
    """Who reached which step, of all respondents or at each level of a split."""
    for part in by_level(study, study.funnel[_declared(study)], by):
        sizes = part.answers.sum().astype(int)
        for before, step in zip(sizes.index, sizes.index[1:], strict=False):
            if sizes[step] > sizes[before]:
                raise ModelError(
                    "funnel: {more} respondents reached {step} and {fewer} the step before it;"
                    " that is {before} ({level}): is the order of the steps right, or the answers"
                    " that count as reached?",
                    more=sizes[step],
                    step=step,
                    fewer=sizes[before],
                    before=before,
                    level=part.about["level"],
                )
        yield part


def _steps(
    part: Part, conf_level: float, n_boot: int, rng: np.random.Generator
) -> Iterator[dict[str, Any]]:
    names, sample = list(part.answers), part.sample
    at = part.answers.to_numpy() > 0
    lowest = _lowest(at[:, 1:], at[:, :-1], sample, n_boot, rng)
    for i, step in enumerate(names):
        row = {"step": step} | named_interval("reach", sample.share(at[:, i], conf_level))
        row |= _conversion(part, names[i - 1] if i else "", step, conf_level)
        if n_boot:
            row["p_lowest"] = lowest[i - 1] if i else np.nan
        yield part.about | row | part.counts


def _conversion(part: Part, before: str, step: str, conf_level: float) -> dict[str, Any]:
    """The share of those at the step `before` who are at this one; NaN of nobody."""
    share = dict.fromkeys(("estimate", "conf_low", "conf_high"), np.nan)
    of = part.answers[before].to_numpy() > 0 if before else np.ones(part.sample.n, bool)
    if before and of.any():
        share = part.sample.at(of).share(part.answers[step][of], conf_level)
    told = named_interval("conversion", share)
    return {"before": before, **told, "n_before": int(of.sum())}


def _lowest(
    at: np.ndarray, before: np.ndarray, sample: Any, n_boot: int, rng: np.random.Generator
) -> np.ndarray:
    """The share of draws in which each conversion is the lowest; NaN where one has no base."""
    base = np.array([sample.average(one) for one in before.T])
    if not n_boot or sample.refusal or not (base > 0).all():
        return np.full(len(base), np.nan)
    conversion = np.array([sample.average(one) for one in (at & before).T]) / base
    # What each respondent adds to a ratio of two means.
    adds = before * (at - conversion) / base
    scores = np.array([sampling.unit_scores(one, sample) for one in adds.T])
    drawn = rng.multivariate_normal(conversion, scores @ scores.T, n_boot, method="eigh")
    return (drawn.argmin(axis=1)[:, None] == np.arange(len(base))).mean(axis=0)
