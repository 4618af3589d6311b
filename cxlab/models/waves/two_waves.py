"""The answers to an outcome in its last two waves, as what its change is made of."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.models.describe.metrics import METRICS, measured_by, statistic_of
from cxlab.models.waves.same_scale import refuse_other_scale
from cxlab.stats import sampling
from cxlab.stats.bags import bags_of
from cxlab.stats.decomposition import two_sums
from cxlab.stats.inference import t_inference
from cxlab.stats.resampling import usable
from cxlab.study.sample import Sample
from cxlab.study.study import Study

ONE_LEVEL = "outcome {outcome}: answered in one {by} only; there is no change to measure"
# What a change is told in, by the kind of its outcome.
MEASURES = {"nps": "nps_points", "binary": "probability"}


@dataclass(frozen=True)
class TwoWaves:
    """Who answered an outcome in its last two waves: `y` (n) in the units of the change, `last`
    (n) whether in the last; `metric` what changes, `levels` the two waves.
    """

    study: Study
    outcome: str
    metric: str
    levels: tuple[str, str]
    rows: pd.Index
    y: np.ndarray
    last: np.ndarray
    sample: Sample

    @classmethod
    def of(cls, study: Study, outcome: str, also: pd.Series | None = None) -> Self:
        """also: what must be known of a respondent too."""
        answers, waves = study.outcome(outcome), study.group("wave")
        if also is not None:
            answers = answers.where(also.notna())
        there = [wave for wave in study.wave_order if answers[waves == wave].notna().any()]
        if len(study.wave_order) < 2:
            raise NotAskedError(ONE_LEVEL, outcome=outcome, by="wave")
        if len(there) < 2:
            raise ModelError(ONE_LEVEL, outcome=outcome, by="wave")
        levels = there[-2], there[-1]
        rows = answers.index[answers.notna() & waves.isin(levels)]
        given, last = answers[rows].to_numpy(float), (waves[rows] == levels[1]).to_numpy()
        sample = Sample.of(study, rows)
        sides = {level: sample.at(last == (level == levels[1])) for level in levels}
        for side in sides.values():
            side.refuse()
        apart = {level: given[last == (level == levels[1])] for level in levels}
        units = {level: side.effective_units for level, side in sides.items()}
        refuse_other_scale(f"outcome {outcome}", study.scale_of(outcome), apart, units)
        metric = METRICS.get(study.outcome_kind(outcome), ["score_mean"])[-1]
        y = measured_by(metric, study, outcome, given)
        return cls(study, outcome, metric, levels, rows, y, last, sample)

    @property
    def about(self) -> dict[str, str]:
        """What a row of a result is about."""
        measure = MEASURES.get(self.study.outcome_kind(self.outcome), "outcome")
        return {
            "outcome": self.outcome,
            "measure": measure,
            "group": "wave",
            "step": " → ".join(self.levels),
        }

    def counts(self, rows: np.ndarray) -> dict[str, int]:
        """How many of these rows (n) are of each wave."""
        earlier, later = int((rows & ~self.last).sum()), int((rows & self.last).sum())
        return {"n_earlier": earlier, "n_later": later, "n": earlier + later}

    def change(self, conf_level: float) -> dict[str, float]:
        """The change of the mean with its interval, as `changes` has it."""
        sides = [(self.y[one], self.sample.at(one)) for one in (~self.last, self.last)]
        return sampling.difference(*sides, statistic_of(self.metric), conf_level)

    @property
    def bags(self) -> int:
        """How many random groups of units `sums` draws (at most, of a wave); 0 where it draws
        single ones.
        """
        codes = self.sample.unit_codes
        sides = [np.unique(codes[side]) for side in (~self.last, self.last)]
        if len(np.intersect1d(*sides)):
            return bags_of(self.sample.units)
        return max(bags_of(len(side)) for side in sides)

    def sums(self, values: np.ndarray, n_boot: int, seed: int) -> np.ndarray:
        """Sums of weighted columns of these rows, (1 + n_boot) × 2 × c, the sample's own first."""
        codes = self.sample.unit_codes
        whole, drawn = two_sums(values * self.sample.w[:, None], self.last, codes, n_boot, seed)
        return np.concatenate([whole[None], drawn])

    def tested(self, parts: np.ndarray, conf_level: float) -> dict[str, Any]:
        """`estimate std_error statistic p_value conf_low conf_high` of parts ((1 + n_boot) × q),
        the sample's own first, by the spread of the resamples.

        Student's t, with the effective number of units of the smaller wave less one as degrees of
        freedom: of few accounts the spread is badly known.
        """
        sides = [self.sample.at(one) for one in (~self.last, self.last)]
        units, effective = (
            min(getattr(side, name) for side in sides) for name in ("units", "effective_units")
        )
        error = np.full(parts.shape[1], np.nan)
        if len(parts) > 1 and usable(parts[1:]):
            error = np.nanstd(parts[1:], axis=0, ddof=1) * np.sqrt(units / (units - 1))
        return {"estimate": parts[0], **t_inference(parts[0], error, effective - 1, conf_level)}
