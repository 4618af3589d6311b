"""How many rows of a chart a room can read: in two columns, and cut, where there are more."""

from collections.abc import Mapping
from typing import Any

MOST, BEST = 16, 8  # rows of a column that a room can read; of a ranking that is cut


def columns_of(chart: Mapping, others: str) -> list[dict]:
    """The chart as one that a room can read, or as two side by side; of a long ranking the first,
    with a row that counts the `others`.
    """
    rows = chart["rows"]
    if chart["kind"] in ("lines", "columns") or len(rows) <= MOST:
        return [dict(chart)]
    known = [one["points"][0]["at"] for one in rows if one["points"][0]]
    is_ranking = known == sorted(known, reverse=True)
    if is_ranking or len(rows) > 2 * MOST:
        most = BEST if is_ranking else 2 * MOST - 1
        left = sum(not one["heading"] for one in rows[most:])
        rows = [*rows[:most], _blank(chart, others.format(count=left))]
    if len(rows) <= MOST:
        return [{**chart, "rows": rows}]
    # Cut at the heading nearest the middle, if any.
    middle = len(rows) / 2
    heads = [at for at, one in enumerate(rows) if one["heading"] and at]
    cut = min(heads, key=lambda at: abs(at - middle), default=round(middle))
    cut = cut if max(cut, len(rows) - cut) <= MOST else round(middle)
    halves, blank = [rows[:cut], rows[cut:]], [_blank(chart)]
    high = max(map(len, halves))
    return [{**chart, "rows": half + blank * (high - len(half))} for half in halves]


def _blank(chart: Mapping, label: str = "") -> dict[str, Any]:
    return {"label": label, "value": "", "heading": False, "points": [None for _ in chart["names"]]}
