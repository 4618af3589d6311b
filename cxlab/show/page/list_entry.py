"""What the consultant's list of all clients says of one report: its headline figure, biggest gap
and first priority.

Displayed as a private kind of output that no page shows (`cxlab.report.run.list_entry` takes it
out). It is made from the tables that the report shows, in which small cells are blank, so it tells
no more than the report.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cxlab.show.words.wording import Wording

MIME = "application/vnd.cxlab.facts+json"


@dataclass
class ListEntry:
    """A list entry as a notebook displays it. `values` are JSON types."""

    values: dict[str, Any]

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, dict]:
        return {MIME: self.values}


def list_entry(
    headline: object = None,
    gaps: object = None,
    priorities: object = None,
    *,
    language: str = "en",
    labels: Mapping | None = None,
) -> ListEntry:
    """What the list of all clients says of a report.

    headline: rows of `metrics` of the outcome; the first counts. gaps: `gap_scores`; of the
    touchpoints that are shown, the lowest estimate. priorities: `priorities`; the first to fix,
    weightiest first. Anything that is not a result (a Refusal, None) is left out; what is
    suppressed is None.
    """
    name, values = Wording(language, labels).name, {}
    if isinstance(headline, pd.DataFrame) and len(headline):
        row = headline.iloc[0]
        values = {
            "outcome": name(row["outcome"]),
            "kind": str(row["metric"]),
            "estimate": _number(row["estimate"]),
            "n": None if pd.isna(row["n"]) else int(row["n"]),
        }
    if isinstance(gaps, pd.DataFrame) and "estimate" in gaps and gaps["estimate"].notna().any():
        row = gaps.loc[gaps["estimate"].astype(float).idxmin()]
        values |= {
            "gap_touchpoint": name(row["touchpoint"]),
            "gap": _number(row["estimate"]),
        }
    if isinstance(priorities, pd.DataFrame) and "priority" in priorities:
        weak = priorities[priorities["priority"] == "fix_first"].sort_values(
            ["clear", "share_relative"], ascending=False
        )
        if len(weak):
            values |= {
                "priority": name(weak.iloc[0]["touchpoint"]),
                "priority_clear": bool(weak.iloc[0]["clear"]),
            }
    return ListEntry(values)


def _number(value: object) -> float | None:
    return None if pd.isna(value) else round(float(value), 6)
