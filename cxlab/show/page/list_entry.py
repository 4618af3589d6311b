"""What the consultant's list of all clients says of one report: its headline figure, biggest gap
and first priority, in each language.

Displayed as a private kind of output that no page shows (the runner takes it out). It is made from
what the report shows, in which small cells are blank, so it tells no more than the report.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cxlab.show.benchmark import METRICS
from cxlab.show.page.tables import chosen
from cxlab.show.say.metrics import last_step, say_changes
from cxlab.show.say.touchpoints import furthest
from cxlab.show.words.wording import VALUE, Wording

MIME = "application/vnd.cxlab.facts+json"


class ListEntry:
    """The entry as a notebook displays it: `values` by language, JSON types.

    headline: rows of `metrics`; the first counts. gaps: `gap_scores`; the widest gap
    below zero where one is wider than all others beyond chance. priorities: `priorities`; the first
    to fix, weightiest first. changes: `changes` of the outcome, between waves. None is left out;
    what is suppressed is None. codebook: its main outcome comes first, and where it allows that
    (`report.benchmark`) the figures that a benchmark counts are told.
    """

    def __init__(
        self,
        headline: pd.DataFrame | None,
        gaps: pd.DataFrame | None,
        priorities: pd.DataFrame | None,
        readers: Mapping[str, Wording],
        changes: pd.DataFrame | None = None,
        codebook: Any = None,
    ) -> None:
        figures = {}
        if codebook is not None and headline is not None:
            headline = chosen(headline, codebook.main_outcome)
            figures = _counted(headline) if codebook.report.benchmark else figures
        frames = (headline, gaps, priorities, changes)
        self.values = {one: _entry(frames, words) | figures for one, words in readers.items()}

    def __repr__(self) -> str:
        return f"ListEntry({self.values})"

    def _repr_mimebundle_(self, **_choice: object) -> dict[str, dict]:
        return {MIME: self.values}


def _entry(results: Sequence[pd.DataFrame | None], _: Wording) -> dict[str, Any]:
    headline, gaps, priorities, changes = results
    entry: dict[str, Any] = {}
    if headline is not None and len(headline):
        row = headline.iloc[0]
        entry = {
            "outcome": _.name(row["outcome"]),
            "kind": str(row["metric"]),
            "estimate": _number(row["estimate"]),
            "n": None if pd.isna(row["n"]) else int(row["n"]),
        }
        if entry["estimate"] is not None:
            entry["figure"] = _.value(row)
        if pd.notna(row.get("conf_low")):
            entry |= {one: _number(row[one]) for one in VALUE[1:]}
        if (unit := f"unit:{row['outcome']}") in _.labels:
            entry["unit"] = _.labels[unit]
        if row.get("group", "all") != "all":
            entry["wave"] = _.level(row)
        for step in [] if changes is None else last_step(changes, row):
            told = {"change": "estimate", "change_low": "conf_low", "change_high": "conf_high"}
            entry |= {key: _number(step[column]) for key, column in told.items()}
    if changes is not None:
        entry["changes"] = " ".join(_.say(say_changes(changes)))
    known = None if gaps is None else gaps.dropna(subset=["estimate"])
    if known is not None and len(known):
        widest = furthest(known, -1)
        if len(widest) == 1 and widest["conf_high"].iloc[0] < 0:
            entry["gap_touchpoint"] = _.name(widest["touchpoint"].iloc[0])
            entry["gap"] = _number(widest["estimate"].iloc[0])
    if priorities is not None and (priorities["priority"] == "fix_first").any():
        weak = priorities[priorities["priority"] == "fix_first"]
        row = weak.sort_values(["clear", "share_relative"], ascending=False).iloc[0]
        entry["priority"] = _.name(row["touchpoint"])
        entry["priority_clear"] = bool(row["clear"])
    return entry


def _counted(headline: pd.DataFrame) -> dict[str, float]:
    """The figures for a benchmark; of several outcomes of a kind that of the first."""
    known = headline[headline["metric"].isin(METRICS.values())].dropna(subset=["estimate"])
    first = known.drop_duplicates("metric").set_index("metric")["estimate"]
    return {f"counted_{metric}": float(figure) for metric, figure in first.items()}


def _number(value: object) -> float | None:
    return None if pd.isna(value) else round(float(value), 6)
