"""What a page may show of each kind of result.

A rule takes a result (and what else it names: the least cell, the page's register, what the kind
rests on), and gives what may be shown.
"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from cxlab.errors import ModelError, NotAskedError
from cxlab.show.disclosure import classes
from cxlab.show.disclosure.register import Register
from cxlab.show.disclosure.threshold import at_least, blanked, small, small_and_more, suppress

# Of an NPS the first answers of passives and promoters.
_NPS_STARTS = (7, 9)
# Columns that name one of the groups of a difference.
SIDES = ("level", "against", "lower", "higher")
# An outcome with more different answers is cut into classes.
_MOST = 12
# The column that says what a row is about, by its base; of others the touchpoint.
SUBJECTS = {"outcome": "outcome", "choice": "subject"}
SAID_BY_FEW = (
    "who used a source of advice, or wrote of what, is not shown where single answers are protected"
)
PARTS_OF_ANSWERS = "the parts of a change are not shown where single answers are protected"


def by_row(result: pd.DataFrame, register: Register, rests: Any) -> pd.DataFrame:
    """Rows as `of_groups` shows them; what compares the groups of an outcome asks for them."""
    shown = of_groups(result, register, rests)
    if "group" in shown and "outcome" in rests.base:
        register.tables |= dict(iter(shown.groupby(["outcome", "group"], sort=False)))
    return shown


def of_groups(result: pd.DataFrame, register: Register, rests: Any) -> pd.DataFrame:
    """Rows of few are blank; of a split also those without which another group could be computed,
    which keep their n.
    """
    shown = suppress(result.reset_index(drop=True), register.min_cell)
    if "group" not in result:
        return shown
    state = pd.Series(classes.OPEN, shown.index)
    keys = SUBJECTS.get(rests.base[0], "touchpoint")
    for (subject, by), rows in shown[shown["n"] > 0].groupby([keys, "group"], sort=False):
        if keys == "outcome" or by != "all":
            known = register.states(subject, rests.base)
            found = [known.get((by, level), (0, None)) for level in rows["level"]]
            state[rows.index], sizes = zip(*found, strict=True)
            if [*sizes] != rows["n"].tolist():
                raise ModelError(
                    "groups are disclosed with the study's other splits; give page the estimator"
                    " itself, such as page(cx.metrics, by='plan')"
                )
    shown = blanked(shown, state == classes.CLOSED, keep=("estimate", "n"))
    return blanked(shown, state > classes.CLOSED, keep=("n",))


def with_verdict(result: pd.DataFrame, register: Register, rests: Any) -> pd.DataFrame:
    """Rows as `of_groups` shows them; what hangs on an interval only where that is shown."""
    shown = of_groups(result, register, rests)
    return shown.assign(verdict=shown["verdict"].where(shown["conf_low"].notna(), ""))


def all_groups(result: pd.DataFrame, register: Register, rests: Any) -> pd.DataFrame:
    """A result in which each group's figure could be computed from the others': all or none."""
    shown = of_groups(result, register, rests)
    if shown["std_error"].isna().any():
        raise ModelError("a wave may not be shown, and the limits of the others would tell it")
    return shown


def by_contact(result: pd.DataFrame, register: Register, rests: Any) -> pd.DataFrame:
    """As `by_row`, each touchpoint on its own base: who gave an expectation too, where one is
    asked. The mean of a further question is blank where too few answered that, or another group
    could be computed.
    """
    asked = register.study.touchpoints.set_index("touchpoint")
    result = result.reset_index(drop=True)
    parts = []
    for paired, rows in result.groupby(result["touchpoint"].map(asked["expectation"])):
        base = (*["expectation"][: int(paired)], *rests.base)
        mine = by_row(rows, register, rests.model_copy(update={"base": base}))
        parts.append(mine.set_index(rows.index))
    shown = pd.concat(parts).sort_index()
    for role in {"emotion", "effort"}.intersection(shown):

        def open_to(row: Any, role: str = role) -> bool:
            known = (
                register.states(row.touchpoint, (role,)) if asked.loc[row.touchpoint, role] else {}
            )
            state, n = known.get((row.group, row.level), (classes.HIDDEN, 0))
            return state == classes.OPEN and n >= register.min_cell

        told = pd.Series([open_to(row) for row in shown.itertuples()], shown.index)
        columns = [role, f"{role}_low", f"{role}_high"]
        shown[columns] = shown[columns].where(told)
    return shown


def by_step(result: pd.DataFrame, register: Register, rests: Any) -> pd.DataFrame:
    """Rows of few, or of few at a step on the way to theirs, are blank, and those without which
    another group could be computed; the reach too, of which two tell a conversion. Raises
    ModelError where single answers are protected: a step is a class of them.
    """
    if register.answers:
        raise ModelError(
            "who reached a step, or had a problem, is not shown where single answers are protected"
        )
    shown = suppress(result.reset_index(drop=True), register.min_cell)
    steps, at = list(register.study.codebook.funnel), "step"
    if "problem" in rests.base:  # of whom, some had one: two steps
        steps, at = ["problem_share", "resolved_share"], "metric"

    def open_to(row: Any, step: str) -> bool:
        known = register.states(step, rests.base)
        return known.get((row.group, row.level), (classes.HIDDEN, 0))[0] == classes.OPEN

    told = [
        all(open_to(row, one) for one in ("", *steps[: steps.index(getattr(row, at))]))
        for row in shown.itertuples()
    ]
    return blanked(shown, ~pd.Series(told, shown.index), keep=("n",))


def contrasted(result: pd.DataFrame, register: Register, rests: Any) -> pd.DataFrame:
    """Differences between groups of which all could be shown with their intervals; the others are
    blank. The groups are `level` and `against`, `lower` and `higher`, or all `channels`.
    """
    shown = result.reset_index(drop=True)
    subject = "outcome" if "outcome" in rests.base else "touchpoint"

    def told(row: Any) -> bool:
        known = register.states(getattr(row, subject), rests.base)
        sides = ("channels",) if hasattr(row, "channels") else SIDES
        groups = "|".join(getattr(row, one) for one in sides if hasattr(row, one)).split("|")
        cells = ((row.group, one) for one in groups)
        return all(known.get(one, (classes.HIDDEN, 0))[0] == classes.OPEN for one in cells)

    return blanked(shown, ~pd.Series([*map(told, shown.itertuples())], shown.index))


def by_party(result: pd.DataFrame, register: Register, rests: Any) -> pd.DataFrame:
    """Rows of few, or against few, are blank. Of who rated both, the two means are blank where that
    of the others who rated the own party could be computed; their difference tells neither.
    """
    shown = result.reset_index(drop=True)
    shown = blanked(shown, shown[["n", "n_against"]].min(axis=1) < register.min_cell)

    def told(row: Any) -> bool:
        cell = (f"party {row.against}", row.against) if row.paired else ("all", "all")
        known = register.states(row.touchpoint, rests.base)
        return known.get(cell, (classes.HIDDEN, 0))[0] == classes.OPEN

    told = pd.Series([*map(told, result.itertuples())], shown.index)
    figures = ["figure", "figure_against"]
    return shown.assign(**shown[figures].where(told))


def advised(result: pd.DataFrame, register: Register) -> pd.DataFrame:
    """Of a source that few used, or all but few, or a code that as many said, the share alone is
    shown, as where another group could be computed. Raises ModelError where single answers are
    protected.
    """
    if register.answers:
        raise ModelError(SAID_BY_FEW)
    shown = result.reset_index(drop=True)
    shown = blanked(shown, shown["n_before"].between(1, register.min_cell - 1))

    def told(row: Any) -> bool:
        at_step = row.outcome in register.study.codebook.funnel
        subject = ("", ("step",)) if at_step else (row.outcome, ("outcome",))
        known = register.states(*subject)
        cells = [(f"{row.group} {row.level}", side) for side in ("used", "not used")]
        return all(known.get(one, (classes.HIDDEN, 0))[0] == classes.OPEN for one in cells)

    closed = ~pd.Series([*map(told, result.itertuples())], shown.index)
    return blanked(shown, closed, keep=("used", "used_low", "used_high", "n_before"))


def by_word(result: pd.DataFrame, register: Register) -> pd.DataFrame:
    """Words that min_cell respondents used, in groups of as many who wrote. Raises ModelError where
    single answers are protected: a word is one.
    """
    if register.answers:
        raise ModelError(SAID_BY_FEW)
    said = result["n_said"] + result["n_said_against"]
    fewest = pd.concat([said, result["n"], result["n_against"]], axis=1).min(axis=1)
    return result[fewest >= register.min_cell].reset_index(drop=True)


def compared(result: pd.DataFrame, register: Register) -> pd.DataFrame:
    """Differences and changes between groups that are shown with their intervals; one to or from
    another could be subtracted.
    """
    table = register.table(*result[["outcome", "group"]].iloc[0])
    shown = {*zip(table["metric"], table["level"], strict=True)}
    pairs = zip(result["metric"], result["level"].str.split(" → "), strict=True)
    known = [{(metric, one) for one in pair} <= shown for metric, pair in pairs]
    if not any(known):
        raise NotAskedError("a change to or from a hidden group is not shown")
    return result[known]


def of_two_levels(result: pd.DataFrame, register: Register) -> pd.DataFrame:
    """Changes of a touchpoint, blank where one of its two means may not be shown, as `gap_scores`
    and `experience_scores` would show them.
    """

    def shown(row: Any) -> bool:
        base = ("experience",) if row.role == "experience" else ("expectation", "experience")
        known, levels = register.states(row.touchpoint, base), row.level.split(" → ")
        return all(
            known.get((row.group, one), (classes.HIDDEN,))[0] == classes.OPEN for one in levels
        )

    told = [row.n == 0 or bool(row.note) or shown(row) for row in result.itertuples()]
    return blanked(result, ~pd.Series(told, result.index))


def by_parts(result: pd.DataFrame, register: Register) -> pd.DataFrame:
    """The parts of a change of at least min_cell respondents in either wave. Where few of a wave
    are not in the model, the parts that tell their mean are one.
    """
    if register.answers:
        raise ModelError(PARTS_OF_ANSWERS)
    waves = result[["n_earlier", "n_later"]]
    left = result["part"] == "not_in_model"
    at_least(pd.DataFrame({"n": waves[~left & (result["n"] > 0)].min(axis=1)}), register.min_cell)
    if not small(waves[left], register.min_cell).any(axis=None):
        return result
    rest = result["part"].eq("baseline")
    whole = result.loc[rest | left, "estimate"].sum()
    told = result.assign(
        part=result["part"].mask(rest, "rest"), estimate=result["estimate"].mask(rest, whole)
    )
    unknown = ["std_error", "statistic", "p_value", "conf_low", "conf_high"]
    return told.assign(**told[unknown].mask(rest))[~left]


def by_cell(result: pd.DataFrame, register: Register) -> pd.DataFrame:
    """The parts of groups in two waves, which tell the mean of each group in each of them: all,
    where these could be shown beside all other groups.
    """
    if register.answers:
        raise ModelError(PARTS_OF_ANSWERS)
    study, (outcome, by, step) = register.study, result[["outcome", "group", "step"]].iloc[0]
    groups, shown = study.group(by), set(result["level"])
    # Those of few are one group.
    groups = groups.where(groups.isna() | groups.isin(shown), "")
    sets = [
        ((groups == level) & (study.waves == wave)).to_numpy()
        for level in groups.dropna().unique()
        for wave in step.split(" → ")
    ]
    if not register.may_cross(outcome, ("outcome",), np.array(sets)):
        raise ModelError(
            "the groups by {by} in each of two waves would tell what a few of them answered", by=by
        )
    return result


def as_a_whole(result: pd.DataFrame, min_cell: int) -> pd.DataFrame:
    """A result of at least min_cell respondents, without what is left of the outcome's mean: the
    rows of a model are a base of their own.
    """
    return at_least(result, min_cell).drop(columns=["baseline", "expected"], errors="ignore")


def unchanged(result: pd.DataFrame) -> pd.DataFrame:
    """A statement on the study or a model as a whole, which names no group."""
    return result


def coarse_points(points: pd.DataFrame, min_cell: int) -> pd.DataFrame:
    """Pairs of ratings rounded to whole scale points, and of these only such as at least `min_cell`
    respondents share; those left out are nobody, or as many.

    points: `expectation experience n`. A circle for a single respondent would be a cell of one.
    """
    whole = [points[one].round() for one in ("expectation", "experience")]
    counts = points["n"].groupby(whole).sum().reset_index()
    return counts[~small_and_more(counts["n"], min_cell)].reset_index(drop=True)


def merge_small(distribution: pd.DataFrame, min_cell: int) -> pd.DataFrame:
    """Join neighbouring answers of one outcome until each bin holds at least `min_cell`
    respondents.

    Parameters
    ----------
    distribution : DataFrame
        `outcome value share n`, one row an answer (`distribution`; a touchpoint in place of the
        outcome). Of an NPS (`outcome_kind` in
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
    A bin ends as soon as it holds enough, and so does what is left beyond it.

    Examples
    --------
    >>> answers = pd.DataFrame({"value": [1, 2, 3], "share": [0.1, 0.2, 0.7], "n": [4, 8, 28]})
    >>> merge_small(answers.assign(outcome="ease"), 10)["level"].tolist()
    ['1–2', '3']
    """
    at_least(distribution[["n"]].agg(["sum"]), min_cell)
    answers = distribution[distribution["n"] > 0].sort_values("value")
    value, share, n = answers[["value", "share", "n"]].to_numpy(float).T
    low = high = value
    if classed := len(value) > _MOST:
        # About ten classes of a round width; each runs up to the next, which is not in it.
        edges = MaxNLocator(10, steps=[1, 2, 5, 10]).tick_values(*value[[0, -1]]).round(6)
        place = np.searchsorted(edges, value, side="right").clip(max=len(edges) - 1)
        low, high = edges[place - 1], edges[place]
    nps = getattr(distribution, "settings", {}).get("outcome_kind") == "nps"
    side = np.searchsorted(_NPS_STARTS if nps else (), low, side="right")
    sides = np.bincount(side, n)
    crossing = sides[sides > 0].min() < min_cell
    part, starts = side * (not crossing), [0]
    for at in np.flatnonzero(np.diff(low, prepend=low[0])):
        enough = min(n[starts[-1] : at].sum(), n[at:][part[at:] == part[at]].sum()) >= min_cell
        if enough or part[at] != part[starts[-1]]:
            starts.append(at)
    if crossing:
        # The score is shown, and any class that can be read off would give the small one: no end of
        # a class may be an end of a bin.
        starts = np.setdiff1d(starts, np.flatnonzero(np.diff(side)) + 1)
        # Nor does the axis tell that nobody is in one.
        low, high = np.append(0, low[1:]), np.append(high[:-1], 10)
    low, high = low[starts], high[[*np.array(starts[1:]) - 1, -1]]
    words = [
        f"{a:g}" if a == b else f"{a:g}–{'<' * bool(classed and b < high[-1])}{b:g}"
        for a, b in zip(low, high, strict=True)
    ]
    share, n = np.add.reduceat([share, n], starts, axis=1)
    of = distribution.columns[0]
    return pd.DataFrame(
        {of: distribution[of].iloc[0], "value": low, "level": words, "share": share, "n": n}
    )
