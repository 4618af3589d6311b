"""What may not be shown, so that no reader learns the answers of a handful of people.

Nothing is shown for fewer than `min_cell` respondents (10 unless the study says otherwise), nor
what would give such a cell away by subtraction from its total (Hundepool et al. 2012, Statistical
Disclosure Control, ch. 4).
"""

import math

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.show.disclosure import blanking, classes
from cxlab.show.disclosure.classes import KEYS

MIN_CELL = 10
# Columns that add up to n, or as shares to 1: of the zone of tolerance, of Kano's questionnaire.
_SOUND = ("must_be", "one_dimensional", "attractive", "indifferent")
_PARTS = (("below", "inside", "above"), (*_SOUND, "reverse", "questionable"))
# Of an NPS the last answers of detractors and passives.
_NPS_ENDS = (6.0, 8.0)
# An outcome with more different answers is cut into classes.
_MOST = 12


def suppress(
    frame: pd.DataFrame, min_cell: int = MIN_CELL, totals: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Blank every row that rests on fewer than `min_cell` respondents; the row stays, its numbers
    (n too) become NaN.

    Parameters
    ----------
    frame : DataFrame
        Any result with a column n (respondents).
    min_cell : int
        The fewest respondents that a number may rest on.
    totals : DataFrame, optional
        The same result for everybody: those of no level (a blank segment) then count as one more
        hidden row.

    Returns
    -------
    DataFrame
        The same rows and columns; `suppressed` counts what was blanked.

    Raises
    ------
    KeyError
        Where the frame has no column n.

    Notes
    -----
    Primary: a row with 0 < n < min_cell is blanked. Complementary: rows that differ only in
    `level` add up to a total that is shown elsewhere; what is blanked of them together must be two
    rows at least and `min_cell` respondents at least, or subtraction would give it away, so the
    rows with the next smallest n are blanked as well. A row with n = 0 stays and does not count.
    Where there is no column `level`, or the row's `group` is "all", the primary rule alone applies.

    Classes: a share beside its n is a count, so where a class of an NPS, or those who did or those
    who did not of a share metric (csat_top2, ces_share, binary_share), are 1 … min_cell − 1
    respondents, the row keeps its n and loses its classes: of an NPS all three shares and the
    error, the score being left in whole points and its interval as coarse as it takes; of a share
    metric the share, its error and interval. As many more rows lose theirs as subtraction from the
    total needs, and scores that tell a class go too (module `search`). The total is the row "all"
    of the frame, else `totals`, else what the rows add up to; it is taken to be shown elsewhere, by
    this rule for itself. Other classes that add up to n (of the zone of tolerance, of Kano's
    questionnaire; they come by touchpoint, never by level) are blanked where they are small, with
    as many more as subtraction needs, and with them CS+ and CS−.

    Source: Hundepool et al. (2012), Statistical Disclosure Control, ch. 4.

    Examples
    --------
    >>> groups = pd.DataFrame({"level": ["a", "b", "c"], "estimate": 1.0, "n": [4, 20, 90]})
    >>> suppress(groups)["n"].tolist()
    [nan, nan, 90.0]
    """
    n = frame["n"].to_numpy(float)
    blank, level = (n > 0) & (n < min_cell), classes.is_level(frame)
    for rows in classes.alike(frame, [key for key in KEYS if key not in ("level", "value")]):
        mine = rows[level[rows]]
        whole = classes.of_everybody(frame.iloc[mine], totals)
        nowhere = 0.0 if whole is None else max(0.0, float(whole["n"].iloc[0]) - n[mine].sum())
        blank[mine[_small(n[mine], min_cell, nowhere)]] = True
    result = classes.blanked(frame, blank)
    for row, kind, state in classes.states(frame, blank, min_cell, totals):
        blanking.close(result, frame, row, kind, state)
    return _without_small_parts(result, min_cell)


def _small(sizes: np.ndarray, min_cell: int, beside: float = 0.0) -> np.ndarray:
    """Which of these counts are hidden, where they and `beside` add up to n: those below
    `min_cell`, and as many of the next smallest as it takes, since a single blank, or few people in
    all, would be what the others leave.
    """
    order = np.argsort(sizes, kind="stable")
    order = order[sizes[order] > 0]
    count, more = (sizes[order] < min_cell).sum(), beside > 0
    if count or more:
        while count < len(order) and (
            count + more < 2 or sizes[order[:count]].sum() + beside < min_cell
        ):
            count += 1
    return order[:count]


def _without_small_parts(frame: pd.DataFrame, min_cell: int) -> pd.DataFrame:
    for parts in _PARTS:
        for row in frame.index[frame["n"].notna()] if set(parts) <= set(frame) else ():
            size = frame.loc[row, list(parts)].astype(float)
            if size.sum() <= 1 + 1e-6:  # Kano's are counts already
                size *= frame.loc[row, "n"]
            size = size.round().sort_values()
            hidden = size.index[_small(size.to_numpy(), min_cell)]
            frame.loc[row, hidden] = math.nan
            if set(hidden) & set(_SOUND):
                # CS+ and CS− are quotients of these four.
                frame.loc[row, [c for c in frame if c.startswith(("better", "worse"))]] = math.nan
    return frame


def suppress_counts(states: pd.DataFrame, min_cell: int = MIN_CELL) -> pd.DataFrame:
    """Counts of a question's states, without those of a question that too few answered.

    Parameters
    ----------
    states : DataFrame
        `Study.missing()`: one row a touchpoint and question.
    min_cell : int
        The fewest respondents that a number may rest on.

    Returns
    -------
    DataFrame
        The same rows. Those of such a question are blank, as its row in the results is. How many
        were not asked or did not answer is no answer of theirs; it goes where it would tell the
        number who did.
    """
    counts = states.columns.intersection(["answered", "not_used", "no_answer", "not_asked"])
    few = states["answered"].between(1, min_cell - 1)
    return states.assign(**states[counts].astype(float).mask(few))


def suppressed(*frames: object) -> int:
    """How many rows of these results are blanked, or keep no more than their n. What is not a
    result with a column n (a refusal, None) counts 0.
    """
    count = 0
    for frame in frames:
        if isinstance(frame, pd.DataFrame) and "n" in frame:
            blank = frame["n"].isna()
            if {"metric", "estimate"} <= set(frame):
                blank |= frame["estimate"].isna() & (frame["n"] > 0)
            count += int(blank.sum())
    return count


def at_least(frame: pd.DataFrame, min_cell: int = MIN_CELL) -> pd.DataFrame:
    """The result itself, where every row rests on at least `min_cell` respondents.

    For results that stand or fall as a whole (importance, the contest of forms), where a blank row
    would make no sense.

    Raises
    ------
    ModelError
        With the count, where a row rests on fewer.

    Examples
    --------
    >>> at_least(pd.DataFrame({"share": [0.6, 0.4], "n": [80, 80]}))["share"].tolist()
    [0.6, 0.4]
    """
    # A slope of gains that three people made is theirs, however many the study has.
    n = int(min(frame[column].min() for column in ("n", "n_loss", "n_gain") if column in frame))
    if n < min_cell:
        raise ModelError(
            "{n} respondents are too few to show a result; at least {min_cell} are needed",
            n=n,
            min_cell=min_cell,
        )
    return frame


def only_effects(effects: pd.DataFrame, min_cell: int = MIN_CELL) -> pd.DataFrame:
    """Design effects without the estimates and errors, which of an NPS give its classes."""
    return at_least(effects, min_cell).drop(columns=["estimate", "std_error"])


def unchanged(frame: pd.DataFrame, min_cell: int = MIN_CELL) -> pd.DataFrame:
    """The result itself: a statement on the study or a model as a whole, which names no group."""
    return frame


def coarse_points(points: pd.DataFrame, min_cell: int = MIN_CELL) -> pd.DataFrame:
    """Pairs of ratings rounded to whole scale points, and of these only such as at least `min_cell`
    respondents share.

    points: `expectation experience n`. A circle for a single respondent would be a cell of one.
    """
    ratings = ["expectation", "experience"]
    whole = points[[*ratings, "n"]].round(dict.fromkeys(ratings, 0))
    counts = whole.groupby(ratings, as_index=False)["n"].sum()
    return counts[counts["n"] >= min_cell].reset_index(drop=True)


def merge_small(distribution: pd.DataFrame, min_cell: int = MIN_CELL) -> pd.DataFrame:
    """Join neighbouring answers of one outcome until each bin holds at least `min_cell`
    respondents.

    Parameters
    ----------
    distribution : DataFrame
        `outcome value share n`, one row an answer (`distribution`). Of an NPS (`outcome_kind` in
        its settings) no bin crosses 6 or 8 while it can be helped, so that detractors, passives and
        promoters stay apart; where one of these is itself too small, every bin at such an end
        crosses it. An outcome with more than 12 different answers (a slider, a mean of items) is
        first cut into about ten classes of equal width.
    min_cell : int
        The fewest respondents that a bin may hold.

    Returns
    -------
    DataFrame
        `outcome value level share n`: value is the lowest answer of the bin, level its words
        ("0–3"; "10–<20" is a class that 20 is not in).

    Raises
    ------
    ModelError
        Where the outcome has fewer than `min_cell` answers in all.

    Notes
    -----
    The smallest bin is joined to its smaller neighbour, again and again.

    Examples
    --------
    >>> answers = pd.DataFrame({"value": [1, 2, 3], "share": [0.1, 0.2, 0.7], "n": [4, 8, 28]})
    >>> merge_small(answers.assign(outcome="ease"))["level"].tolist()
    ['1–2', '3']
    """
    outcome, total = str(distribution["outcome"].iloc[0]), int(distribution["n"].sum())
    if total < min_cell:
        raise ModelError(
            "outcome {outcome}: {n} answers are too few to show; at least {min_cell} are needed",
            outcome=outcome,
            n=total,
            min_cell=min_cell,
        )
    answers = distribution.sort_values("value", kind="stable")
    value, n = answers["value"].to_numpy(float), answers["n"].to_numpy(float)
    classed = len(value) > _MOST
    low, high = _classes(value) if classed else (value, value)
    nps = getattr(distribution, "settings", {}).get("outcome_kind") == "nps"
    side = np.searchsorted(_NPS_ENDS if nps else (), low)
    # The first answer of each bin.
    starts = np.flatnonzero(np.diff(low, prepend=-math.inf))
    while (sizes := np.add.reduceat(n, starts)).min() < min_cell:
        small = sizes.argmin()
        beside = [i for i in (small - 1, small + 1) if 0 <= i < len(starts)]
        far = side[starts] != side[starts[small]]
        starts = np.delete(starts, max(small, min(beside, key=lambda i: (far[i], sizes[i]))))
    sides = np.bincount(side, n)
    if ((sides > 0) & (sides < min_cell)).any():
        # The score is shown, and any class that can be read off would give the small one: no end of
        # a class may be an end of a bin.
        starts = np.setdiff1d(starts, np.flatnonzero(np.diff(side)) + 1)
    low, high = low[starts], high[[*(starts[1:] - 1), -1]]
    words = [
        f"{a:g}" if a == b else f"{a:g}–{'<' * bool(classed and b < high[-1])}{b:g}"
        for a, b in zip(low, high, strict=True)
    ]
    share = np.add.reduceat(answers["share"].to_numpy(float), starts)
    bins = {"outcome": outcome, "value": low, "level": words, "share": share}
    return pd.DataFrame(bins | {"n": np.add.reduceat(n, starts)})


def _classes(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The edges, low and high, of the class of each answer: about ten of equal, round width; a
    class runs from its edge up to the next, which is not in it. values: in order.
    """
    low, high = values[[0, -1]]
    size = 10.0 ** math.floor(math.log10((high - low) / 10))
    width = next(step * size for step in (1, 2, 5, 10) if step * size * 10 >= high - low)
    last = max(math.ceil(high / width) - 1, math.floor(low / width))
    place = np.floor(values / width + 1e-9).clip(max=last)
    return (place * width).round(6), ((place + 1) * width).round(6)
