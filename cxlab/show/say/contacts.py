"""What goes with how contacts went, in sentences: who lives them differently, problems and whether
they were resolved.
"""

from collections.abc import Mapping

import pandas as pd

from cxlab.show.say.metrics import MOST, changed_by
from cxlab.show.say.touchpoints import of_rows_with
from cxlab.show.words.catalogue import MESSAGES
from cxlab.show.words.wording import (
    Phrases,
    choice,
    digits_of,
    in_brackets,
    is_clear,
    joined,
    level,
    level_of,
    message,
    metric_interval,
    metric_value,
    named,
    of_group,
    percent,
    sentence,
    signed,
)


@of_rows_with("estimate")
def say_incidence(known: pd.DataFrame) -> Phrases:
    """How many had a problem, and of these whose was resolved; of each group."""
    for row in known.to_dict("records"):
        value = in_brackets(metric_value(row), metric_interval(row))
        yield of_group(row, sentence("incidence", row["metric"], value=value, n=row["n"]))


@of_rows_with("estimate")
def say_recovery(known: pd.DataFrame) -> Phrases:
    """The outcome of each of the three groups, and of each pair whether they differ."""
    groups = {}
    for row in known.to_dict("records"):
        for side, figure in (("against", "figure_against"), ("level", "figure")):
            groups.setdefault(row[side], in_brackets(level(row, side), metric_value(row, figure)))
    yield message(
        "“{outcome}”: {items}.", outcome=known["outcome"].iloc[0], items=[*groups.values()]
    )
    for row in known.to_dict("records"):
        yield message(
            "{level} against {against}: {said}",
            level=level(row),
            against=level(row, "against"),
            said=sentence("contrast", verdict(row, level_of(known)), value=changed_by(row)),
        )


def say_cells(frame: pd.DataFrame) -> Phrases:
    """Which groups live which touchpoints better or worse than the other customers, or that none
    does; the largest differences named.
    """
    known = frame.dropna(subset=["estimate", "p_holm"])
    if known.empty:
        by = frame["group"].iloc[0]
        yield message("By “{by}” no touchpoint has enough answers to show.", by=by)
        return
    clear, by = known[is_clear(known)], known["group"].iloc[0]
    digits = digits_of(known)
    for side, templates in MESSAGES["cells"].items():
        mine = clear[side * clear["estimate"] > 0]
        largest = mine.loc[mine["estimate"].abs().sort_values(ascending=False).index].head(MOST)
        items = [
            in_brackets(
                joined(row["touchpoint"], level(row), mark=" – "), signed(row["estimate"], digits)
            )
            for row in largest.to_dict("records")
        ]
        if items:
            many = len(mine) > len(items)
            yield message(templates[many], by=by, count=len(mine), n=len(known), items=items)
    if clear.empty:
        yield message(
            "By “{by}” there is no statistically significant difference in experience at any of"
            " the {total} touchpoints (adjusted for {n} comparisons).",
            total=known["touchpoint"].nunique(),
            by=by,
            n=len(known),
        )


def verdict(row: Mapping, conf_level: float) -> str:
    """What a difference with its tests shows: equivalent, higher, lower or open."""
    if row.get("p_equivalent", 1) < 1 - conf_level:
        return "equivalent"
    if row["p_holm"] < 1 - conf_level:
        return "higher" if row["estimate"] > 0 else "lower"
    return "open"


@of_rows_with("used")
def say_advice(known: pd.DataFrame) -> Phrases:
    """How many used each source, and which go with a higher or lower outcome."""
    shown = largest(known, "used")
    columns = ("used", "used_low", "used_high")
    items = named(shown, level, columns=columns, style=percent, digits=0)
    yield message("Sources of advice: {items} (n = {n}).", items=items, n=known["n_before"].max())
    tested = known.dropna(subset=["p_holm"])
    clear = tested[is_clear(known)[tested.index]]
    outcome = {"outcome": known["outcome"].iloc[0], "total": len(tested)}
    for side, template in MESSAGES["advice"].items():
        mine = clear[side * clear["estimate"] > 0] if side else clear
        items = [in_brackets(level(row), changed_by(row)) for row in mine.to_dict("records")]
        if len(tested) and bool(side) == bool(items):
            yield message(template, items=items, **outcome)


def say_choices(frame: pd.DataFrame) -> Phrases:
    """How many named each choice, the first ones by name, and who is not counted; of each group."""
    for _, rows in frame.dropna(subset=["estimate"]).groupby("level", sort=False):
        row, more = rows.iloc[0], len(rows) - MOST
        most = largest(rows, "estimate").head(MOST).to_dict("records")
        items = [in_brackets(choice(one), percent(one["estimate"])) for one in most]
        places = {"question": row["question"], "n": row["n"], "items": items}
        yield of_group(row, sentence("choices", more > 0, count=more, **places))
        lost = dict(row[["no_answer", "not_asked"]])
        if any(lost.values()):
            yield of_group(row, sentence("not_counted", lost["not_asked"] > 0, **lost))


def largest(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """The rows by a column, the largest first, those without a figure last."""
    return frame.sort_values(column, ascending=False, kind="stable")
