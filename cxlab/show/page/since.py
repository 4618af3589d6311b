"""What changed since the last report that was sent: its figures beside those of today.

Where the study still holds the wave of that report, both figures and the test are the study's. Of a
sample that is known only by what was printed, figures stand side by side and nothing is tested. No
figure of then is shown where that of today is hidden.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel

from cxlab.show.page import html, tables
from cxlab.show.page.html import Html
from cxlab.show.words import text
from cxlab.show.words.catalogue import MESSAGES
from cxlab.show.words.wording import (
    Phrase,
    Phrases,
    Wording,
    Words,
    is_clear,
    metric_value,
    sentence,
    side_of,
)

# The file that tells a report's processes what the last one printed, set by the runner.
JOB = "CXLAB_JOB"
MOST = 5  # touchpoints in the table
MEAN = "mean"  # the metric of ratings
_SIDES = {1: "rise", -1: "fall", 0: "same"}
_COLUMNS = [
    *("subject", ("then", "then_low", "then_high"), ("now", "now_low", "now_high")),
    *("changed", "what", "who", "due"),
]


class _Kept(BaseModel, frozen=True, extra="forbid", allow_inf_nan=False):
    """What a manifest keeps of a report."""


class Figure(_Kept):
    """A figure as it was printed: of an outcome in its metric, or the experience at a touchpoint
    with the gap there.
    """

    of: str
    metric: str = MEAN
    unit: str | None = None
    estimate: float
    conf_low: float | None = None
    conf_high: float | None = None
    n: int
    gap: float | None = None


class Taken(_Kept):
    """An action of study.yml."""

    touchpoint: str
    what: str
    who: str | None = None
    due: date | None = None
    metric: str | None = None


class Figures(_Kept):
    """What a report printed, as far as the next one looks back to it.

    Attributes
    ----------
    start, end : date, optional
        Of its fieldwork.
    wave : str, optional
        Its last wave, which the headline figures are of.
    outcomes, touchpoints : tuple of Figure
        Headline figures, and experience.
    priorities : mapping
        Every touchpoint (or stage) that was weighed: a clear priority (true), one that may be
        chance (false), or none (null).
    actions : tuple of Taken
        As study.yml declared them.
    """

    start: date | None = None
    end: date | None = None
    wave: str | None = None
    outcomes: tuple[Figure, ...] = ()
    touchpoints: tuple[Figure, ...] = ()
    priorities: dict[str, bool | None] = {}
    actions: tuple[Taken, ...] = ()

    def printed(self) -> "Found":
        """Its figures by metric and id."""
        return {(one.metric, one.of): one for one in (*self.outcomes, *self.touchpoints)}


Found = dict[tuple[str, str], Figure]
Compared = tuple[Found, Found, dict[tuple[str, str], int]]  # then, now, side of the tested changes


@dataclass(frozen=True)
class Since:
    """What a page says of the last report.

    Attributes
    ----------
    figures : Figures
        What this report prints, for the next one.
    moved : str
        How the main outcome moved (rise, fall, same, untested), or why it is not compared; "" where
        no report came before.
    rows : sequence of mappings
        Of the table, the main outcome's first; none where nothing is compared.
    said : sequence of Phrase
        What is said above the table.
    wave : str, optional
        Of the last report, where the study holds it.
    last : Figures, optional
        What the last report printed.
    """

    figures: Figures
    moved: str = ""
    rows: Sequence[Mapping[str, Any]] = ()
    said: Sequence[Phrase] = ()
    wave: str | None = None
    last: Figures | None = None

    def worded(self, _: Wording) -> Html:
        """The part of page one, nothing where there is nothing to look back to."""
        if self.last is None or not self.rows:
            return Html()
        when = self.wave or text.period(self.last.start, self.last.end, _.language)
        title = _("Since the last report ({when})", when=Words(text.visible(when)))
        rows = [row | {"changed": _(MESSAGES["since"][row["changed"]])} for row in self.rows]
        frame = pd.DataFrame(rows).dropna(axis=1, how="all")
        told = html.points(_.say(self.said)) if self.said else Html()
        table = tables.table(_, frame, _COLUMNS)
        return html.joined([html.question_heading("since", title), told, table])

    def facts(self, _: Wording) -> dict[str, Any]:
        """The same for the consultant's list, with the figures that the manifest keeps."""
        told: dict[str, Any] = {"figures": self.figures.model_dump(mode="json", exclude_defaults=True)}
        if self.moved:
            told["moved"] = self.moved
        if self.rows:
            told["moved_from"] = _.value(self.rows[0], "then")
        return told


def read_figures(held: object) -> Figures | None:
    """The figures that a manifest keeps; None where it keeps something else."""
    try:
        return Figures.model_validate(held)
    except ValueError:
        return None


def last_sent() -> Figures | None:
    """What the last report printed, in a batch that knows of one."""
    if JOB not in os.environ:
        return None
    told = json.loads(Path(os.environ[JOB]).read_bytes())["inputs"].get("since", {})
    return read_figures(told.get("figures"))


def since(
    page: Any, moves: Callable, metrics: Any, waves: list, changes: Mapping, *shown: Any
) -> Since:
    """The last report beside this one. `moves` estimates the changes of touchpoints between waves;
    waves and changes are of each outcome; shown are scores, gaps and priorities.
    """
    then, now = last_sent(), _figures(page, *(one.frame for one in (metrics, *shown)))
    if then is None:
        return Since(now)
    by_wave = [one.frame for one in waves if one]
    wave = _wave_of(then, page, by_wave)
    if wave:
        moved = [one.frame for one in changes.values() if one]
        steps = page(moves, steps="ends").frame
        before, after, sides = _of_waves(wave, now.wave, by_wave, moved, steps)
    elif then.end and now.start and then.end < now.start:
        before, after, sides = then.printed(), now.printed(), {}
    else:
        is_later = then.start and now.end and now.end < then.start
        return Since(now, "later" if is_later else "overlap")
    both = [key for key in before if key in after]
    goals = {page.outcome, *(one.metric for one in then.actions)}
    heads = [key for key in both if key[0] != MEAN and key[1] in goals]
    heads.sort(key=lambda key: key[1] != page.outcome)
    if not heads or heads[0][1] != page.outcome:
        return Since(now, "outcome")
    rated = [key for key in both if key[0] == MEAN]
    clear = [key for key in rated if sides.get(key)]
    clear.sort(key=lambda key: -abs(after[key].estimate - before[key].estimate))
    taken = {(MEAN, one.touchpoint): one for one in then.actions}
    follow = dict.fromkeys([*(key for key in taken if key in both), *clear])
    rows = [
        _row(before[key], after[key], sides.get(key), taken.get(key))
        for key in [*heads, *[*follow][:MOST]]
    ]
    said = [*_priorities(then, now)]
    if not wave:
        said.append(sentence("since_said", "printed"))
    elif tested := [key for key in rated if key in sides]:
        places = {"count": len(clear), "total": len(tested)}
        said.append(sentence("since_said", ("moved" if clear else "still"), **places))
    printed = then.printed().get(heads[0])
    if printed and printed.estimate != before[heads[0]].estimate:
        value = metric_value(printed.model_dump())
        said.append(sentence("since_said", "revised", value=value))
    known = {(one.touchpoint, one.what) for one in then.actions}
    new = [one.touchpoint for one in now.actions if (one.touchpoint, one.what) not in known]
    if new:
        said.append(sentence("since_said", "actions", items=[*dict.fromkeys(new)]))
    return Since(now, rows[0]["changed"], rows, said, wave, then)


def _figures(
    page: Any,
    metrics: pd.DataFrame | None,
    scores: pd.DataFrame | None,
    gaps: pd.DataFrame | None,
    priorities: pd.DataFrame | None,
) -> Figures:
    """What a page prints."""
    study, first = page.study, {}
    gap = {one.of: one.estimate for one in _read(gaps, "touchpoint", "estimate")}
    for row in () if priorities is None else priorities.to_dict("records"):
        is_first = row["priority"] == "fix_first"
        first[row["touchpoint"]] = bool(row["clear"]) if is_first else None
    waves, when = study.wave_order, study.fieldwork
    actions = [
        Taken(**{name: getattr(one, name) for name in Taken.model_fields})
        for one in study.codebook.actions
    ]
    return Figures(
        start=when.start,
        end=when.end,
        wave=waves[-1] if len(waves) > 1 else None,
        outcomes=tuple(_read(metrics, "outcome", "estimate")),
        touchpoints=tuple(_read(scores, "touchpoint", "experience", gap)),
        priorities=first,
        actions=tuple(actions),
    )


def _read(
    frame: pd.DataFrame | None, of: str, value: str, gaps: Mapping[str, float] | None = None
) -> Iterator[Figure]:
    """The first figure of each outcome or touchpoint, where it is shown."""
    if frame is None:
        return
    for row in frame.drop_duplicates(of).dropna(subset=[value, "n"]).to_dict("records"):
        names = [one for one in Figure.model_fields if one in row and pd.notna(row[one])]
        told = {one: row[one] for one in names} | {"of": row[of], "estimate": row[value]}
        yield Figure(**told, gap=(gaps or {}).get(row[of]))


def _wave_of(then: Figures, page: Any, waves: Sequence[pd.DataFrame]) -> str | None:
    """The wave of the study that the last report told: by its name; where it had none, the wave
    whose headline figure is the one that was printed.
    """
    before = page.study.wave_order[:-1]
    if then.wave:
        return then.wave if then.wave in before else None
    main = [one for one in then.outcomes if one.of == page.outcome]
    for name in reversed(before):
        for found in _at(waves, name).values():
            if any(
                (one.of, one.estimate, one.n) == (found.of, found.estimate, found.n) for one in main
            ):
                return name
    return None


def _at(waves: Sequence[pd.DataFrame], name: str) -> Found:
    """The headline figures of a wave."""
    found = [
        one
        for frame in waves
        for one in _read(frame[frame["level"] == name], "outcome", "estimate")
    ]
    return {(one.metric, one.of): one for one in found}


def _of_waves(
    wave: str, now: str, waves: list, changes: list, steps: pd.DataFrame | None
) -> Compared:
    """The figures of two waves of the study, and which changes between them are beyond chance."""
    before, after, sides = _at(waves, wave), _at(waves, now), {}
    step = f"{wave} → {now}"
    for frame in changes:
        for row in frame[(frame["level"] == step) & frame["conf_low"].notna()].to_dict("records"):
            sides[row["metric"], row["outcome"]] = side_of(row)
    if steps is not None:
        rows = steps[(steps["level"] == step) & steps["estimate"].notna()]
        clear = is_clear(steps)
        for at, row in rows.to_dict("index").items():
            key, told = (MEAN, row["touchpoint"]), {"of": row["touchpoint"], "n": row["n"]}
            before[key] = Figure(estimate=row["earlier"], **told)
            after[key] = Figure(estimate=row["later"], **told)
            sides[key] = (1 if row["estimate"] > 0 else -1) * bool(clear[at])
    return before, after, sides


def _row(then: Figure, now: Figure, side: int | None, taken: Taken | None) -> dict[str, Any]:
    """A row of the table; `taken`: what was taken in hand there."""
    row = {"subject": now.of, "metric": now.metric, "unit": now.unit}
    for name, one in (("then", then), ("now", now)):
        row |= {name: one.estimate, f"{name}_low": one.conf_low, f"{name}_high": one.conf_high}
    row["changed"] = "untested" if side is None else _SIDES[side]
    return row | {name: getattr(taken, name, None) for name in ("what", "who", "due")}


def _priorities(then: Figures, now: Figures) -> Phrases:
    """Which priorities came and which went: those of which the data were, or are, sure."""
    came = [
        one for one, clear in now.priorities.items() if clear and then.priorities.get(one) is None
    ]
    gone = [
        one
        for one, clear in then.priorities.items()
        if clear and one in now.priorities and now.priorities[one] is None
    ]
    for which, items in (("came", came), ("gone", gone)):
        if items:
            yield sentence("since_said", which, items=items)
