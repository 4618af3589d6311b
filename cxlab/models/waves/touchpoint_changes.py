"""Which touchpoints changed from wave to wave, when all of them are looked at together.

A report that shows the NPS by wave and the touchpoints over all waves cannot say which of them
moved; of thirty that did not, one or two look as if they had.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.models.estimator import estimator
from cxlab.models.waves.same_scale import refuse_other_scale
from cxlab.stats.inference import holm
from cxlab.stats.sampling import difference
from cxlab.study.sample import Sample, asked, ratings, sample_of
from cxlab.study.study import Study

# What each role of `touchpoint_changes` is the mean of: experience less expectation is the gap.
ROLES = {
    "experience": ("experience",),
    "expectation": ("expectation", "experience"),
    "gap": ("expectation", "experience"),
}
STEPS = ("last", "each", "whole", "ends")
NUMBERS = ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")


@estimator("touchpoint_changes")
def touchpoint_changes(
    study: Study,
    *,
    role: str = "experience",
    by: str = "wave",
    steps: str = "last",
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Change of every touchpoint's experience, expectation or gap between waves.

    Parameters
    ----------
    study : Study
    role : {"experience", "expectation", "gap"}
        What changed; expectation and gap as `gap_scores` has them, of those who answered both.
    by : str
        The split; waves are taken as they followed each other (`Study.wave_order`).
    steps : {"last", "each", "whole", "ends"}
        From the last level but one to the last, from each to the next, from the first to the last,
        or the first and third of these.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        One row a touchpoint and step, in journey order: `touchpoint stage contact role group level
        earlier later estimate std_error statistic p_value p_holm conf_low conf_high note n`.
        `level` reads "2017 → 2018"; `earlier` and `later` are the two means and `estimate` their
        difference, scale points; `p_holm` is p adjusted over all rows; n counts both sides. A
        touchpoint that was rated on one side only has the note `one_wave` and no figures.

    Raises
    ------
    NotAskedError
        No touchpoint asks this, or the split has one level.
    ModelError
        No touchpoint was rated on both sides; waves that seem to be asked on different scales.

    Notes
    -----
    Welch's t of the difference, on the linearised errors of `changes` with weights, accounts or
    strata. Where the same people (a declared panel) or accounts answer on both sides, the error is
    that of their changes (CR2, Bell & McCaffrey 2002). Holm (1979). Checked against SciPy's
    ttest_ind and, on a panel, ttest_rel.

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(200, seed=1, design="retail")
    >>> cx.waves.touchpoint_changes(study)[["touchpoint", "level"]].values.tolist()[0]
    ['campaigns', 'W3 → W4']
    """
    if role not in ROLES:
        raise ModelError("role={role!r}: give experience, expectation or gap", role=role)
    if steps not in STEPS:
        raise ModelError("steps={steps!r}: give last, each, whole or ends", steps=steps)
    points, levels = asked(study, *ROLES[role]), study.levels(by)
    if len(levels) < 2:
        raise NotAskedError("answers by {by}: one only; there is no change to measure", by=by)
    each, whole = [*pairwise(levels)], (levels[0], levels[-1])
    pairs = {"last": each[-1:], "each": each, "whole": [whole]}.get(steps, [each[-1], whole])
    pairs = list(dict.fromkeys(pairs))
    sample, groups = sample_of(study, study.index, by), study.group(by)
    rows = [
        point | {"role": role, "group": by, "level": f"{before} → {after}"} | row
        for point in points[["touchpoint", "stage", "contact"]].to_dict("records")
        for (before, after), row in _changes(
            study, point["touchpoint"], role, pairs, sample, groups, conf_level
        )
    ]
    frame = pd.DataFrame(rows)
    if frame["estimate"].isna().all():
        raise ModelError(
            "no touchpoint was rated by enough respondents in both waves; there is no change to"
            " measure"
        )
    order = [f"{before} → {after}" for before, after in pairs]
    frame = frame.sort_values("level", key=lambda one: one.map(order.index), kind="stable")
    return frame.assign(p_holm=holm(frame["p_value"])).reset_index(drop=True)


def _changes(
    study: Study,
    touchpoint: str,
    role: str,
    pairs: list[tuple[str, str]],
    sample: Sample,
    groups: pd.Series,
    conf_level: float,
) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    """The change of one touchpoint between the levels of each pair."""
    answers = ratings(study, touchpoint, *ROLES[role])
    complete = answers.notna().all(axis=1)
    values = answers["experience"] - answers["expectation"] if role == "gap" else answers[role]
    sides = {}
    for level in dict.fromkeys(level for pair in pairs for level in pair):
        there = (complete & (groups == level)).to_numpy()
        sides[level] = values[there].to_numpy(float), sample.at(there)
    if role != "gap":
        units = {level: side.effective_units for level, (_, side) in sides.items() if side.n}
        raw = {level: y for level, (y, side) in sides.items() if side.n}
        refuse_other_scale(f"touchpoint {touchpoint}", study.scale_of(touchpoint), raw, units)
    for pair in pairs:
        before, after = (sides[level] for level in pair)
        yield pair, _compared(before, after, conf_level)


def _compared(
    before: tuple[np.ndarray, Sample], after: tuple[np.ndarray, Sample], conf_level: float
) -> dict[str, Any]:
    """The difference of two means; without figures where one side has none."""
    row = dict.fromkeys(("earlier", "later", *NUMBERS), np.nan)
    n = {"n": before[1].n + after[1].n}
    sides = [sample for _, sample in (before, after)]
    if not all(sample.n for sample in sides):
        return row | {"note": "one_wave" if n["n"] else "nobody"} | n
    if reason := next((one.refusal for one in sides if one.refusal), ""):
        return row | {"note": reason} | n
    means = {"earlier": before[1].average(before[0]), "later": after[1].average(after[0])}
    return means | difference(before, after, "mean", conf_level) | {"note": ""} | n
