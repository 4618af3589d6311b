"""Who has which answers: the respondents of a study by their indicators, ready for classes."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.stats.latent_class import Classes, Patterns, find_classes
from cxlab.study.indicators import Indicator, indicators_of
from cxlab.study.sample import Sample
from cxlab.study.study import Study

FEWEST, LEAST_INDICATORS, MOST_LEVELS = 200, 3, 10


@dataclass(frozen=True)
class Answered:
    """The respondents who gave at least one of the answers."""

    indicators: list[Indicator]
    rows: pd.Index
    patterns: Patterns
    sample: Sample
    n_eff: float

    @classmethod
    def of(cls, study: Study, names: Iterable[str]) -> "Answered":
        """ModelError where there are too few indicators, answers or respondents for classes."""
        indicators = indicators_of(study, names)
        if len(indicators) < LEAST_INDICATORS:
            raise ModelError(
                "classes take {least} indicators or more, and these are {count}",
                least=LEAST_INDICATORS,
                count=len(indicators),
            )
        for one in indicators:
            if not 2 <= len(one.levels) <= MOST_LEVELS:
                raise ModelError(
                    "{name} has {count} different answers, and an indicator of classes has 2 to"
                    " {most}; take several for one by nets:, or leave it out",
                    name=one.name,
                    count=len(one.levels),
                    most=MOST_LEVELS,
                )
        codes = np.column_stack([one.codes for one in indicators])
        there = (codes >= 0).any(axis=1)
        rows = study.index[there]
        sample = Sample.of(study, rows)
        sample.refuse()
        n_eff = sample.n_eff
        if study.codebook.panel:  # of whom each counts once, however often asked
            n_eff = Sample.of(study, rows, study.respondents).effective_units
        if (n := min(sample.n, n_eff)) < FEWEST:
            raise ModelError(
                "{n} answers, as they weigh, are too few for classes; {least} are needed",
                n=int(n),
                least=FEWEST,
            )
        return cls(indicators, rows, Patterns.of(codes[there]), sample, n_eff)

    @cached_property
    def units(self) -> np.ndarray:
        """The place of each row's unit, of which resamples are made."""
        return self.sample.unit_codes

    def found(self, k: int, seed: int) -> tuple[Classes, np.ndarray]:
        """The best `k` classes, and the probability of each for each row."""
        classes = find_classes(self.patterns, self.sample.w, k, seed)
        return classes, classes.posterior(self.patterns)


def settled(study: Study, found: pd.DataFrame, classes: int | None) -> tuple[Answered, Any, Any]:
    """The answers that `found` was made of, the classes that it chose, or as many as are asked for,
    and the probability of each for each row.

    NotAskedError where it chose none, or one, and none is asked for.
    """
    if getattr(found, "result_kind", None) != "find_segments":
        raise ModelError("found=: give what cx.segments.find_segments gives")
    if classes is None:
        chosen = found.loc[found["verdict"] == "chosen", "classes"]
        if chosen.empty:
            raise NotAskedError(
                "no number of classes is stable, so there are no segments; give classes= to look"
                " at a number of them all the same"
            )
        classes = int(chosen.iloc[0])
        if classes == 1:
            raise NotAskedError(
                "one class describes these answers best, so there are no segments; give classes="
                " to look at a number of them all the same"
            )
    if classes not in {*found["classes"]} - {1}:
        raise ModelError(
            "classes={classes}: give a number that was looked at, from 2 to {most}",
            classes=classes,
            most=int(found["classes"].max()),
        )
    answered = Answered.of(study, found.settings["indicators"])
    return answered, *answered.found(classes, found.settings["seed"])
