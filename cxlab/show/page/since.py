"""What changed since the last report that was sent: its figures beside those of today.

Where the study still holds the wave of that report, the figures are those of two waves, and the
report's own tests say which differ. Of a sample that is known only by what was printed, figures
stand side by side and nothing is tested. No figure of then is shown where that of today is hidden.
"""

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel

from cxlab.show.page import list_entry, parts, tables
from cxlab.show.page.html import MARKUP, Html
from cxlab.show.page.pieces import Displayed
from cxlab.show.words import text
from cxlab.show.words.catalogue import MESSAGES
from cxlab.show.words.wording import Phrase, Wording, Words, is_clear, sentence, side_of

# The file that tells a report's processes what the last one printed, set by the runner.
JOB = "CXLAB_JOB_FILE"
MOST = 5  # rows of the table
RATING = "mean"  # the metric of an experience
_SIDES = {1: "rise", -1: "fall", 0: "same", None: "untested"}
_COLUMNS = [
    *("subject", ("then", "then_low", "then_high"), ("now", "now_low", "now_high")),
    *("changed", "what"),
]


class _Kept(BaseModel, frozen=True, extra="forbid", allow_inf_nan=False, from_attributes=True):
    """What a manifest keeps of a report."""


class Figure(_Kept):
    """A figure as it was printed: an outcome's in its metric, or a touchpoint's experience."""

    of: str
    metric: str = RATING
    unit: str | None = None
    estimate: float
    conf_low: float | None = None
    conf_high: float | None = None
    n: int


class Taken(_Kept):
    """An action of study.yml."""

    touchpoint: str
    what: str
    who: str | None = None
    due: date | None = None


Found = dict[str, Figure]  # by metric and id


class Figures(_Kept):
    """What a report printed, as far as the next one looks back to it.

    Attributes
    ----------
    start, end : date, optional
        Of its fieldwork.
    wave : str, optional
        Its last wave, which its headline figures are of.
    figures : mapping of str to Figure
        Headline figures, and the experience at touchpoints of a study of one wave.
    priorities : mapping
        Every touchpoint (or stage) that was weighed: a clear priority (true), one that may be
        chance (false), or none (null).
    actions : tuple of Taken
        As study.yml declared them.
    """

    start: date | None = None
    end: date | None = None
    wave: str | None = None
    figures: Found = {}
    priorities: dict[str, bool | None] = {}
    actions: tuple[Taken, ...] = ()


@dataclass(frozen=True)
class Row:
    """A figure then and now, on which side of zero the change lies (0: within chance; None: not
    tested), and the action of the last report.
    """

    then: Figure
    now: Figure
    side: int | None
    taken: Taken | None

    def worded(self, _: Wording) -> dict[str, Any]:
        """The row of the table."""
        now, taken = self.now, self.taken
        name, row = _.name(now.of), {"metric": now.metric, "unit": now.unit}
        row["subject"] = _("{name}: experience", name=name) if now.metric == RATING else name
        for at, one in (("then", self.then), ("now", now)):
            ends = pd.Series([one.estimate, one.conf_low, one.conf_high], dtype=float)
            row |= zip([at, f"{at}_low", f"{at}_high"], ends, strict=True)
        changed = None if self.side is None else _(MESSAGES["since"][_SIDES[self.side]])
        said = [taken.what, taken.who, text.day(taken.due, _.language)] if taken else []
        what = " · ".join(filter(None, said)) or None
        return row | {"changed": changed, "what": what}


@dataclass(frozen=True)
class Since(Displayed):
    """What a page says of the last report; nothing where there is none to look back to.

    Attributes
    ----------
    page : Page
    figures : Figures
        What this report prints, for the next one.
    moved : str
        How the main outcome moved (rise, fall, same, untested), or why it is not compared; "" where
        no report came before.
    rows : sequence of Row
        The main outcome first.
    said : sequence of Phrase
        What is said above them.
    last : Figures, optional
    step : str, optional
        From the wave of the last report to this one's, where the study holds both.
    """

    page: Any
    figures: Figures
    moved: str = ""
    rows: Sequence[Row] = ()
    said: Sequence[Phrase] = ()
    last: Figures | None = None
    step: str | None = None

    def worded(self, _: Wording) -> Html:
        """It stands before all sections; on a slide the main outcome heads the table."""
        if self.last is None:
            return Html()
        when = self.step or text.period(self.last.start, self.last.end, _.language)
        title = _("Since the last report ({when})", when=Words(text.visible(when)))
        frame, said = pd.DataFrame([row.worded(_) for row in self.rows]), _.say(self.said)
        names = [one for one in _COLUMNS if one not in frame or frame[one].notna().any()]
        table = tables.table(_, frame, names)
        head = {"kind": "section", "id": "since", "title": title, "why": ""}
        main = frame.iloc[0]
        step = f"{main['subject']}: {_.value(main, 'then')} → {_.value(main, 'now')}"
        moved = "; ".join(filter(None, [step, main["changed"]]))
        lines = [parts.sentences(said)] if said else []
        paragraph = MARKUP.paragraph(said) if said else ""
        markup = "\n".join([MARKUP.question("since", title), paragraph, table.markup])
        table.parts[0] |= {"title": title, "message": f"{moved}."}
        return Html(markup, [head, *lines, *table.parts])

    def _repr_mimebundle_(self, **choice: object) -> dict[str, Any]:
        """In a batch also what the consultant's list and the next report are told."""
        shown, page = super()._repr_mimebundle_(**choice), self.page
        if parts.FORMATS in os.environ:
            shown[list_entry.MIME] = {one: self._facts(page.words(one)) for one in page.languages}
        return shown

    def _facts(self, _: Wording) -> dict[str, Any]:
        told: dict[str, Any] = {"figures": kept(self.figures)}
        if self.moved:
            told["moved"] = self.moved
        if self.rows:
            told["moved_from"] = _.value(vars(self.rows[0].then))
        return told


def kept(figures: Figures) -> dict[str, Any]:
    """Figures as a manifest keeps them."""
    return figures.model_dump(mode="json", exclude_defaults=True)


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
    waves and changes are of each outcome; shown are scores and priorities.
    """
    then, now = last_sent(), _printed(page, metrics.frame, *(one.frame for one in shown))
    if then is None:
        return Since(page, now)
    by_wave = [one.frame for one in waves if one]
    wave = _wave_of(then, page, by_wave)
    before, after, sides = then.figures, now.figures, {}
    if wave:
        frames = [page(moves, steps="ends"), *changes.values()]
        pairs = [_at(by_wave, name) for name in (wave, now.wave)]
        before, after, sides = _of_waves(
            *pairs, [one.frame for one in frames if one], wave, now.wave
        )
    elif not (then.end and now.start and then.end < now.start):
        is_later = then.start and now.end and now.end < then.start
        return Since(page, now, "later" if is_later else "overlap")
    both = [key for key in before if key in after]
    main = [key for key in both if after[key].of == page.outcome and after[key].metric != RATING]
    if not main:
        return Since(page, now, "outcome")
    taken = {f"{RATING} {one.touchpoint}": one for one in then.actions}
    tested = [key for key in both if key in sides and after[key].metric == RATING]
    clear = [key for key in tested if sides[key]]
    clear.sort(key=lambda key: -abs(after[key].estimate - before[key].estimate))
    turned = _turned(then.priorities, now.priorities)
    names = [f"{RATING} {name}" for names in turned.values() for name in names]
    keys = [key for key in dict.fromkeys([*main, *taken, *names, *clear]) if key in both][:MOST]
    rows = [Row(before[one], after[one], sides.get(one), taken.get(one)) for one in keys]
    said = [sentence("since_said", one, items=names) for one, names in turned.items() if names]
    if not wave:
        said.append(sentence("since_said", "printed"))
    elif tested:
        places = {"count": len(clear), "total": len(tested)}
        said.append(sentence("since_said", "moved" if clear else "still", **places))
    known = {(one.touchpoint, one.what) for one in then.actions}
    new = [one.touchpoint for one in now.actions if (one.touchpoint, one.what) not in known]
    if new:
        said.append(sentence("since_said", "actions", items=[*dict.fromkeys(new)]))
    step = f"{wave} → {now.wave}" if wave else None
    return Since(page, now, _SIDES[rows[0].side], rows, said, then, step)


def _printed(page: Any, metrics: Any, scores: Any, priorities: Any) -> Figures:
    """What a page prints; of several waves no ratings, which are of all of them together."""
    study, first = page.study, {}
    waves = study.wave_order
    if priorities is not None:
        weak = priorities[priorities["priority"] == "fix_first"]
        first = dict.fromkeys(priorities["touchpoint"])
        first |= dict(zip(weak["touchpoint"], weak["clear"].astype(bool), strict=True))
    return Figures(
        start=study.fieldwork.start,
        end=study.fieldwork.end,
        wave=waves[-1] if len(waves) > 1 else None,
        figures=_read(metrics) | _read(None if waves[1:] else scores, "touchpoint", "experience"),
        priorities=first,
        actions=study.codebook.actions,
    )


def _read(frame: pd.DataFrame | None, of: str = "outcome", value: str = "estimate") -> Found:
    """The first figure of each outcome or touchpoint, where it is shown."""
    if frame is None:
        return {}
    shown = frame.assign(of=frame[of], estimate=frame[value]).drop_duplicates("of")
    shown = shown[shown.columns.intersection([*Figure.model_fields])]
    known = shown.dropna(subset=["estimate", "n"]).to_dict("records")
    found = [Figure(**{k: v for k, v in row.items() if pd.notna(v)}) for row in known]
    return {f"{one.metric} {one.of}": one for one in found}


def _at(waves: Iterable[pd.DataFrame], name: str | None) -> Found:
    """The headline figures of a wave."""
    return {k: v for one in waves for k, v in _read(one[one["level"] == name]).items()}


def _wave_of(then: Figures, page: Any, waves: Sequence[pd.DataFrame]) -> str | None:
    """The wave of the study that the last report told: that of its name, any where it had none, as
    long as its headline figure is the one that was printed.
    """
    before = page.study.wave_order[:-1]
    for name in reversed(before):
        for key, one in _at(waves, name).items():
            last = then.figures.get(key)
            is_told = last and (last.estimate, last.n) == (one.estimate, one.n)
            if is_told and then.wave in (None, name) and one.of == page.outcome:
                return name
    return None


def _of_waves(
    before: Found, after: Found, changes: Iterable[pd.DataFrame], wave: str, now: str | None
) -> tuple[Found, Found, dict[str, int]]:
    """The figures of two waves, those of touchpoints too, and the side of each change."""
    sides: dict[str, int] = {}
    for frame in changes:
        rows = frame[(frame["level"] == f"{wave} → {now}") & frame["conf_low"].notna()]
        if "outcome" in rows:
            for one in rows.to_dict("records"):
                sides[f"{one['metric']} {one['outcome']}"] = side_of(one)
            continue
        for found, column in ((before, "earlier"), (after, "later")):
            found |= _read(rows[["touchpoint", "n"]].assign(estimate=rows[column]), "touchpoint")
        signs = (rows["estimate"].gt(0) * 2 - 1) * is_clear(frame)[rows.index]
        sides |= dict(zip(RATING + " " + rows["touchpoint"], signs, strict=True))
    return before, after, sides


def _turned(
    then: Mapping[str, bool | None], now: Mapping[str, bool | None]
) -> dict[str, list[str]]:
    """Which priorities came and which are gone: those of which the data are, or were, sure."""
    return {
        "came": [one for one in now if now[one] and then.get(one) is None],
        "gone": [one for one in now if then.get(one) and now[one] is None],
    }
