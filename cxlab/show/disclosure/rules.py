"""What may not be shown, so that no reader learns the answers of a handful of people.

Nothing is shown for fewer than `min_cell` respondents (10 unless the study says otherwise), nor
what would give such a cell away by subtraction from its total (Hundepool et al. 2012, Statistical
Disclosure Control, ch. 4).
"""

import math

import pandas as pd

from cxlab.errors import ModelError
from cxlab.show.disclosure import blanking, classes

MIN_CELL = 10
# Columns that add up to n, or as shares to 1: of the zone of tolerance, of Kano's questionnaire.
_SOUND = ("must_be", "one_dimensional", "attractive", "indifferent")
_PARTS = (("below", "inside", "above"), (*_SOUND, "reverse", "questionable"))
KEYS = (
    "term",
    "touchpoint",
    "outcome",
    "stage",
    "contact",
    "channels",
    "metric",
    "group",
    "level",
    "value",
    "form",
    "file",
    "role",
)


def suppress(
    frame: pd.DataFrame,
    min_cell: int = MIN_CELL,
    by: str = "level",
    totals: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Blank every row that rests on fewer than `min_cell` respondents; the row stays, its numbers
    (n too) become NaN.

    Parameters
    ----------
    frame : DataFrame
        Any result with a column n (respondents).
    min_cell : int
        The fewest respondents that a number may rest on.
    by : str
        The column whose values split the respondents. Where it is absent, or the row's `group` is
        "all", the primary rules alone apply.
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
    Primary: a row with 0 < n < min_cell is blanked. Complementary: rows that differ only in `by`
    add up to a total that is shown elsewhere; what is blanked of them together must be two rows at
    least and `min_cell` respondents at least, or subtraction would give it away, so the rows with
    the next smallest n are blanked as well. A row with n = 0 stays and does not count.

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
    n = frame["n"].astype(float)
    blank = (n > 0) & (n < min_cell)
    if by in frame:
        keys = [key for key in KEYS if key in frame and key not in (by, "value")]
        groups = (
            frame.groupby(keys, sort=False, dropna=False).indices.values()
            if keys
            else [range(len(frame))]
        )
        whole = (
            frame["group"].astype(str).eq("all").to_numpy()
            if "group" in frame
            else frame[by].astype(str).eq("all").to_numpy()
        )
        for rows in groups:
            index = [row for row in rows if not whole[row]]
            nowhere = _of_no_level(frame.iloc[index], totals)
            for row in sorted(index, key=lambda row: n.iloc[row]):
                hidden = [i for i in index if blank.iloc[i]]
                count = len(hidden) + (nowhere > 0)
                if not count or (count > 1 and n.iloc[hidden].sum() + nowhere >= min_cell):
                    break
                if n.iloc[row] > 0:
                    blank.iloc[row] = True
    result = frame.copy()
    for column in result.columns:
        if column not in KEYS and pd.api.types.is_numeric_dtype(result[column].dtype):
            result[column] = result[column].astype(float).mask(blank)
    for rows, states in classes.systems(frame, blank.to_numpy(), min_cell, by, KEYS, totals):
        blanking.apply(result, frame, rows, states, KEYS)
    return _without_small_parts(result, min_cell)


def _of_no_level(rows: pd.DataFrame, totals: pd.DataFrame | None) -> float:
    """Respondents of the total who are in none of these rows."""
    if totals is None or rows.empty:
        return 0.0
    same = [key for key in ("touchpoint", "outcome", "metric") if key in rows and key in totals]
    match = totals[(totals[same] == rows[same].iloc[0]).all(axis=1)]
    return max(0.0, float(match["n"].iloc[0]) - float(rows["n"].sum())) if len(match) == 1 else 0.0


def _without_small_parts(frame: pd.DataFrame, min_cell: int) -> pd.DataFrame:
    for parts in _PARTS:
        if not set(parts) <= set(frame):
            continue
        for row in frame.index[frame["n"].notna()]:
            size = frame.loc[row, list(parts)].astype(float)
            # Kano's are counts already.
            size = (
                (size * frame.loc[row, "n"] if size.sum() <= 1 + 1e-6 else size)
                .round()
                .sort_values()
            )
            hidden = [one for one in size.index if 0 < size[one] < min_cell]
            for one in size.index[size >= min_cell]:
                # They add up to n: a single blank, or few people in all, would be what the others
                # leave.
                if not hidden or (len(hidden) > 1 and size[hidden].sum() >= min_cell):
                    break
                hidden.append(one)
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
    result = states.copy()
    counts = [
        column for column in ("answered", "not_used", "no_answer", "not_asked") if column in result
    ]
    result[counts] = result[counts].astype(float).mask(result["answered"].between(1, min_cell - 1))
    return result


def suppressed(*frames: object) -> int:
    """How many rows of these results are blanked, or keep no more than their n. What is not a
    result with a column n (a refusal, None) counts 0.
    """
    return sum(
        int(_rows_blanked(frame).sum())
        for frame in frames
        if isinstance(frame, pd.DataFrame) and "n" in frame
    )


def _rows_blanked(frame: pd.DataFrame) -> pd.Series:
    without = (
        frame["estimate"].isna() & (frame["n"] > 0)
        if {"metric", "estimate"} <= set(frame)
        else False
    )
    return frame["n"].isna() | without


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


def coarse_points(points: pd.DataFrame, min_cell: int = MIN_CELL) -> pd.DataFrame:
    """Pairs of ratings rounded to whole scale points, and of these only such as at least `min_cell`
    respondents share.

    points: `expectation experience n`. A circle for a single respondent would be a cell of one.
    """
    whole = points.assign(
        expectation=points["expectation"].round(), experience=points["experience"].round()
    )
    counts = whole.groupby(["expectation", "experience"], as_index=False)["n"].sum()
    return counts[counts["n"] >= min_cell].reset_index(drop=True)


def merge_small(
    distribution: pd.DataFrame,
    min_cell: int = MIN_CELL,
    within: tuple[float, ...] = (),
    most: int = 12,
) -> pd.DataFrame:
    """Join neighbouring answers of one outcome until each bin holds at least `min_cell`
    respondents.

    Parameters
    ----------
    distribution : DataFrame
        `outcome value share n`, one row an answer (`distribution`).
    min_cell : int
        The fewest respondents that a bin may hold.
    within : tuple of float
        Upper ends that a bin should not cross while it can be helped, e.g. (6, 8) for NPS, so that
        detractors, passives and promoters stay apart; where one of these parts is itself too small,
        every bin at such an end crosses it.
    most : int
        An outcome with more different answers (a slider, a mean of items) is first cut into about
        ten classes of equal width.

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
    ordered = distribution.sort_values("value", kind="stable")
    bins = [
        [float(row.value), float(row.value), float(row.share), float(row.n)]
        for row in ordered[["value", "share", "n"]].itertuples(index=False)
    ]
    outcome, total = str(distribution["outcome"].iloc[0]), int(distribution["n"].sum())
    if total < min_cell:
        raise ModelError(
            "outcome {outcome}: {n} answers are too few to show; at least {min_cell} are needed",
            outcome=outcome,
            n=total,
            min_cell=min_cell,
        )
    binned = len(bins) > most
    if binned:
        bins = _classes(bins)

    def part(one: list) -> int:
        """Which side of the ends a bin lies on."""
        return sum(one[0] > end for end in within)

    sides = [sum(one[3] for one in bins if part(one) == side) for side in range(len(within) + 1)]

    def join(first: int) -> None:
        low, high = bins[first], bins[first + 1]
        bins[first : first + 2] = [[low[0], high[1], low[2] + high[2], low[3] + high[3]]]

    while len(bins) > 1 and min(one[3] for one in bins) < min_cell:
        small = min(range(len(bins)), key=lambda i: bins[i][3])
        beside = [i for i in (small - 1, small + 1) if 0 <= i < len(bins)]
        other = min(beside, key=lambda i: (part(bins[i]) != part(bins[small]), bins[i][3]))
        join(min(small, other))
    if any(0 < side < min_cell for side in sides):
        # The score is shown, and any class that can be read off would give the small one: no end of
        # a class may be an end of a bin.
        for end in within:
            for first in range(len(bins) - 1):
                if bins[first][1] <= end < bins[first + 1][0]:
                    join(first)
                    break
    rows = [
        {
            "outcome": outcome,
            "value": low,
            "level": _bin(low, high, binned and high < bins[-1][1]),
            "share": share,
            "n": n,
        }
        for low, high, share, n in bins
    ]
    return pd.DataFrame(rows, columns=["outcome", "value", "level", "share", "n"])


def _classes(bins: list[list[float]]) -> list[list[float]]:
    """Answers gathered into about ten classes of equal, round width; a class runs from its edge up
    to the next, which is not in it.
    """
    low, high = bins[0][0], bins[-1][1]
    size = 10.0 ** math.floor(math.log10((high - low) / 10))
    width = next(step * size for step in (1, 2, 5, 10) if step * size * 10 >= high - low)
    first = math.floor(low / width)
    last = max(math.ceil(high / width) - 1, first)
    classes = {}
    for value, _end, share, n in bins:
        place = min(math.floor(value / width + 1e-9), last)
        old = classes.get(place, [0, 0, 0.0, 0.0])
        classes[place] = [
            round(place * width, 6),
            round((place + 1) * width, 6),
            old[2] + share,
            old[3] + n,
        ]
    return [classes[place] for place in sorted(classes)]


def _bin(low: float, high: float, open_end: bool) -> str:
    return f"{low:g}" if low == high else f"{low:g}–<{high:g}" if open_end else f"{low:g}–{high:g}"
