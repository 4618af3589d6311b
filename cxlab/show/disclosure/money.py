"""What a page may show of money, and of an action: both name groups of respondents that no split
of the study has, the classes of an NPS and who was reached in which wave.
"""

from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.show.disclosure.register import Register
from cxlab.show.disclosure.threshold import at_least, blanked, small


def by_path(result: pd.DataFrame, register: Register) -> pd.DataFrame:
    """A model of at least min_cell respondents. A path between two classes of an NPS is blank where
    one of them is small, and left out where single answers are protected.
    """
    shown = at_least(result, register.min_cell).reset_index(drop=True)
    paths = shown["step"] != "point"
    if register.answers:
        return shown[~paths].drop(columns=["n_lower", "n_higher", "n_events"])
    few = small(shown[["n_lower", "n_higher"]], register.min_cell).any(axis=1)
    return blanked(shown, paths & few, keep=("n",))


def by_reach(result: pd.DataFrame, register: Register, rests: Any) -> pd.DataFrame:
    """The means of who was reached and of the others in each wave, where all of these could be
    shown beside all other groups.
    """
    if register.answers:
        raise ModelError(
            "who was reached by an action is not shown where single answers are protected"
        )
    study, (outcome, by, level) = register.study, result[["outcome", "group", "level"]].iloc[0]
    groups, steps = study.group(by), result["step"].str.split(" → ")
    reached = groups.isin(level.split(" + "))
    waves = dict.fromkeys(wave for step in steps for wave in step)
    base = ("outcome",) if study.outcome_kind(outcome) else ("experience",)
    sets = [
        (side & (study.waves == wave)).to_numpy()
        for wave in waves
        for side in (reached, ~reached & groups.notna())
    ]
    if not register.may_cross(outcome, base, np.array(sets)):
        raise ModelError(
            "the groups by {by} in each wave would tell what a few of them answered", by=by
        )
    return result
