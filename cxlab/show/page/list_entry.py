"""What the consultant's list of all clients says of one report: its headline figure, biggest gap
and first priority, in each language.

Displayed as a private kind of output that no page shows (the runner takes it out). It is made from
what the report shows, in which small cells are blank, so it tells no more than the report.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlab.show.words.wording import Wording

MIME = "application/vnd.cxlab.facts+json"


class ListEntry:
    """The entry as a notebook displays it: `values` by language, JSON types.

    headline: rows of `metrics` of the outcome; the first counts. gaps: `gap_scores`; of the
    touchpoints that are shown, the lowest estimate. priorities: `priorities`; the first to fix,
    weightiest first. None is left out; what is suppressed is None.
    """

    def __init__(
        self,
        headline: pd.DataFrame | None,
        gaps: pd.DataFrame | None,
        priorities: pd.DataFrame | None,
        readers: Mapping[str, Wording],
    ) -> None:
        frames = (headline, gaps, priorities)
        self.values = {language: _entry(*frames, words) for language, words in readers.items()}

    def __repr__(self) -> str:
        return f"ListEntry({self.values})"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, dict]:
        return {MIME: self.values}


def _entry(
    headline: pd.DataFrame | None,
    gaps: pd.DataFrame | None,
    priorities: pd.DataFrame | None,
    _: Wording,
) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    if headline is not None and len(headline):
        row = headline.iloc[0]
        entry = {
            "outcome": _.name(row["outcome"]),
            "kind": str(row["metric"]),
            "estimate": _number(row["estimate"]),
            "n": None if pd.isna(row["n"]) else int(row["n"]),
        }
    if gaps is not None and gaps["estimate"].notna().any():
        row = gaps.loc[gaps["estimate"].astype(float).idxmin()]
        entry |= {
            "gap_touchpoint": _.name(row["touchpoint"]),
            "gap": _number(row["estimate"]),
        }
    if priorities is not None and (priorities["priority"] == "fix_first").any():
        weak = priorities[priorities["priority"] == "fix_first"]
        row = weak.sort_values(["clear", "share_relative"], ascending=False).iloc[0]
        entry |= {
            "priority": _.name(row["touchpoint"]),
            "priority_clear": bool(row["clear"]),
        }
    return entry


def _number(value: object) -> float | None:
    return None if pd.isna(value) else round(float(value), 6)
