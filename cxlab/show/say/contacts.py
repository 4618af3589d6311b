"""What goes with how contacts went, in sentences: problems and whether they were resolved."""

from collections.abc import Mapping

import pandas as pd

from cxlab.show.say.metrics import changed_by
from cxlab.show.say.touchpoints import of_rows_with
from cxlab.show.words.wording import (
    Phrase,
    Phrases,
    in_brackets,
    joined,
    level,
    level_of,
    message,
    metric_interval,
    metric_value,
    sentence,
)


@of_rows_with("estimate")
def say_incidence(known: pd.DataFrame) -> Phrases:
    """How many had a problem, and of these whose was resolved; of each group."""
    for row in known.to_dict("records"):
        value = in_brackets(metric_value(row), metric_interval(row))
        said = sentence("incidence", row["metric"], value=value, n=row["n"])
        yield said if row["group"] == "all" else joined(level(row), said, mark=": ")


@of_rows_with("estimate")
def say_recovery(known: pd.DataFrame) -> Phrases:
    """The outcome of each of the three groups, and of each pair whether they differ."""
    groups = {}
    for row in known.to_dict("records"):
        for side, figure in (("against", "figure_against"), ("level", "figure")):
            groups.setdefault(row[side], in_brackets(level(row, side), _figure(row, figure)))
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


def _figure(row: Mapping, column: str) -> Phrase:
    return metric_value({**row, "estimate": row[column]})


def verdict(row: Mapping, conf_level: float) -> str:
    """What a difference with its tests shows: equivalent, higher, lower or open."""
    if row.get("p_equivalent", 1) < 1 - conf_level:
        return "equivalent"
    if row["p_holm"] < 1 - conf_level:
        return "higher" if row["estimate"] > 0 else "lower"
    return "open"
