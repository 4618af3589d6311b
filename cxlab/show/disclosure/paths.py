"""What a page may show of the paths of customers: nothing of few, and nothing that tells of few by
subtraction.
"""

from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.show.disclosure.linked import hidden_rows
from cxlab.show.disclosure.register import Register
from cxlab.show.disclosure.rules import contrasted
from cxlab.show.disclosure.threshold import blanked, suppress


def by_path(result: pd.DataFrame, register: Register) -> pd.DataFrame:
    """Rows of few are blank, and those of groups that may not be told apart. Raises ModelError
    where single answers are protected.
    """
    if register.answers:
        raise ModelError("paths of customers are not shown where single answers are protected")
    shown = suppress(result.reset_index(drop=True), register.min_cell)
    by = "all" if "group" not in result else result["group"].iloc[0]
    if by in ("all", "channel"):
        return shown
    log = register.study.events.log
    if 0 < log.n - log.n_matched < register.min_cell:
        raise ModelError("by {by}: the few customers who did not answer could be computed", by=by)
    known = register.states("", ("events",))
    hidden = [known.get((by, level), (1, 0))[0] > 0 for level in shown["level"]]
    return blanked(shown, pd.Series(hidden, shown.index))


def by_move(result: pd.DataFrame, register: Register) -> pd.DataFrame:
    """As `by_path`; of the moves from a touchpoint, and of those to it, none is alone in being
    blank.
    """
    shown, sizes = by_path(result, register), result["n"].reset_index(drop=True)
    hidden, before = shown["n"].isna(), -1
    while hidden.sum() > before:
        before = hidden.sum()
        for side in ("before", "touchpoint"):
            for _, rows in shown.groupby(["level", side], sort=False):
                mine, few = sizes[rows.index].sort_values(), hidden[rows.index]
                gone = few.sum()
                while 0 < gone < len(mine) and (gone < 2 or mine[few].sum() < register.min_cell):
                    few[mine.index[~few[mine.index]][0]] = True
                    gone += 1
                hidden[rows.index] = few
    return blanked(shown, hidden)


def by_value(result: pd.DataFrame, register: Register) -> pd.DataFrame:
    """As `by_path`; a touchpoint without which the successes of few could be computed (of those who
    did not meet it, or met another too) keeps the number of customers who met it.
    """
    shown = by_path(result, register)
    met = register.study.events.met(shown["group"].iloc[0])
    hidden = pd.Series(False, shown.index)
    for level, rows in shown.groupby("level", sort=False):
        mine = met[met["level"] == level]
        sets = np.vstack([np.ones(len(mine), bool), mine[rows["touchpoint"]].to_numpy(bool).T])
        splits = ["", *rows["touchpoint"]]
        sizes = mine["n"].to_numpy(float)[None]
        hidden[rows.index] = hidden_rows(sets, splits, sizes, register.min_cell)[1:]
    return blanked(shown, hidden, keep=("n", "used", "used_low", "used_high"))


def by_ending(result: pd.DataFrame, register: Register, rests: Any) -> pd.DataFrame:
    """As `contrasted`, gaps on the base of who gave an expectation too."""
    gap = (result["role"] == "gap").any()
    base = ("expectation", *rests.base) if gap else rests.base
    return contrasted(result, register, rests.model_copy(update={"base": base}))
