"""The map of the journey: stages as bands from left to right, their touchpoints in order, and at
each what customers expected, lived and felt, how many met it and what it goes with.

A long journey takes several lines, one stage after another; on a telephone touchpoints stand under
one another and the ratings run to the right. The marks are the same in both.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from cxlab.show.plot.journey_lines import LONG, Line, lines_of
from cxlab.show.plot.map_marks import (
    draw_contact,
    draw_emotion,
    draw_sign,
    in_percent,
    legend,
    lying,
    upright,
)
from cxlab.show.plot.picture import Picture, drawn, picture_of, words_of
from cxlab.show.plot.style import (
    INK,
    LETTER,
    NARROW,
    PALE_BLUE,
    RULE,
    SIZE,
    SOFT,
    WHITE,
    WIDE,
    Sheet,
    scale,
    ticks,
    wrap,
)
from cxlab.show.say.drivers import written
from cxlab.show.say.journey import say_map
from cxlab.show.words.wording import Wording, is_clear, span

# Inches of a line: the numbers at its left, a column at most; from its top down the level, the
# band, the signs, the track, a line of the names with the room around them, a row of figures, and
# what is left below.
LEFT, COLUMN = 0.66, 1.25
LEVEL, BAND, SIGN, TRACK, LOW_TRACK = 0.24, 0.24, 0.22, 1.1, 0.65
NAME, NAMES, FIGURE, BELOW = 0.12, 0.12, 0.16, 0.16
# Inches of a row on a telephone, and of the axis under a stage.
ROW, AXIS = 0.62, 0.3
LEGEND = 0.2
# The height at which a map fills a slide in type that can be read.
SLIDE = 4.4
BOLD = 0.078  # inches, a bold letter
RATED = ("experience", "conf_low", "conf_high", "expectation", "emotion")
# What a row of the frame is written with below its touchpoint: a word for the row of figures, the
# figure and, smaller, its interval.
Figure = tuple[str, Callable[[Mapping], str], Callable[[Mapping], str] | None]


@drawn
def plot_map(_: Wording, frame: pd.DataFrame) -> Picture:
    """The map of a journey; of the levels of a split one under another.

    frame: `journey_map(study, fit)`.
    """
    drawing = _Map(_, frame)
    parts, said = [drawing, *drawing.panels()], _.say(say_map(frame))
    whole, *panels = (
        picture_of(
            _,
            "journey_map",
            frame,
            one.draw,
            said,
            one.height(False),
            one.height(True),
            notes=drawing.notes,
        )
        for one in parts
    )
    return replace(whole, panels=tuple(panels))


class _Map:
    def __init__(self, _: Wording, frame: pd.DataFrame) -> None:
        self._, self.words = _, words_of(_, "journey_map", frame)
        several = frame["scale"].nunique() > 1
        if "effect_p_holm" in frame:
            frame = frame.assign(clear=is_clear(frame, "effect_p_holm"))
        frame = in_percent(frame) if several else frame
        self.lines = [*lines_of(_, frame)]
        # A long journey is to fit a page: lower, and with one figure under each touchpoint.
        self.long = frame.groupby("level").size().max() > LONG
        self.track, self.type = (LOW_TRACK, SIZE - 2) if self.long else (TRACK, SIZE - 1.3)
        known = frame.get("effect", pd.Series(dtype=float)).notna()
        self.by_stage = known.any() and (frame["effect_of"] == "stage").all()
        self.notes, self.style = [self.words["percent"]] * several, None
        if known.any():
            effects = frame[known].rename(columns={"effect_measure": "measure"})
            value, low, high = (effects[f"effect{end}"] for end in ("", "_low", "_high"))
            self.style = written(effects.assign(estimate=value, conf_low=low, conf_high=high))
            of = ["of_stage"] * bool(self.by_stage)
            self.notes += [self.words[one] for one in (effects["measure"].iloc[0], *of)]
        self.figures = [*self._figures(frame)]
        self.key = {w: legend(frame, self.words, w) for w in (NARROW, WIDE)}
        held = frame[[one for one in RATED if one in frame]]
        low, high = np.nanmin(held.to_numpy(float)), np.nanmax(held.to_numpy(float))
        self.limits = (low - 0.15, high + 0.15) if np.isfinite(low) else (0.0, 1.0)
        self.middle, marks = sum(self.limits) / 2, ticks(*self.limits)
        whole = [one for one in marks if one == round(one)]
        self.ticks, self.digits = (whole, 0) if len(whole) > 1 else (marks, 1)
        # Of the wide drawing: a column, the letters of a name in it, and the lines that names take.
        most = max(len(line.rows) for line in self.lines)
        self.step = min(COLUMN, (WIDE - LEFT) / most)
        self.letters = int(self.step / LETTER * SIZE / self.type)
        self.names = max(self._name(row).count("\n") + 1 for x in self.lines for row in x.rows)

    def _figures(self, frame: pd.DataFrame) -> Iterator[Figure]:
        _, words = self._, self.words
        if self.style and not self.by_stage:
            yield words["effect"], self._effect, None if self.long else self._interval
        if "used" in frame and frame["used"].min() < 0.995 and not self.long:
            yield words["reach"], lambda row: _.percent(row["used"]), None

    def _effect(self, row: Mapping) -> str:
        return self._.fill(self.style(row["effect"])) if pd.notna(row["effect"]) else "–"

    def _interval(self, row: Mapping) -> str:
        if pd.isna(row["effect_low"]):
            return ""
        ends = (self.style(row[end]) for end in ("effect_low", "effect_high"))
        return self._.fill(span(*ends)).replace("+", "")

    def _name(self, row: Mapping) -> str:
        """Folded between words; one that is wider than its column is written smaller."""
        words = self._.name(row["touchpoint"])
        return wrap(words, max(self.letters, *map(len, words.split())), 3)

    # ---- heights

    def panels(self) -> Iterator["_Map"]:
        """Of a map that is higher than a slide its lines, as many as fit one; else nothing."""
        lines = self.lines if self.height(False) > SLIDE else []
        while lines:
            panel = copy(self)
            panel.lines, lines = lines[:1], lines[1:]
            while lines and panel.height(False) + self._line_height(lines[0], False) < SLIDE:
                panel.lines, lines = [*panel.lines, lines[0]], lines[1:]
            yield panel

    def height(self, narrow: bool) -> float:
        legend = LEGEND * len(self.key[NARROW if narrow else WIDE])
        return sum(self._line_height(line, narrow) for line in self.lines) + legend + 0.1

    def _line_height(self, line: Line, narrow: bool) -> float:
        above = LEVEL * bool(line.level)
        if narrow:
            return above + sum(BAND + 0.06 + ROW * len(rows) + AXIS for _stage, rows in line.stages)
        rows = sum(2 if interval else 1 for *_words, interval in self.figures)
        return above + BAND + SIGN + self.track + NAMES + NAME * self.names + FIGURE * rows + BELOW

    # ---- on a sheet

    def draw(self, sheet: Sheet) -> None:
        sheet.fit(self.height(sheet.narrow))
        top = 0.0
        for line in self.lines:
            if line.level:
                sheet.write(0, top + LEVEL / 2, line.level, weight="bold")
            draw = self._down if sheet.narrow else self._across
            draw(sheet, line, top + LEVEL * bool(line.level))
            top += self._line_height(line, sheet.narrow)
        for marks in self.key[NARROW if sheet.narrow else WIDE]:
            for x, mark, words in marks:
                mark(sheet, x + 0.1, top + LEGEND / 2)
                sheet.small(x + 0.26, top + LEGEND / 2, words)
            top += LEGEND

    def _across(self, sheet: Sheet, line: Line, top: float) -> None:
        """A line of stages from left to right."""
        high = top + BAND + SIGN
        low, right = high + self.track, LEFT + self.step * len(line.rows)
        rated = scale(*self.limits, low, high)
        for value in self.ticks:
            sheet.line([LEFT, right], rated(value), RULE, 0.7, zorder=0)
            sheet.small(LEFT - 0.08, rated(value), self._.number(value, self.digits), "right")
        x, below = LEFT, low + NAMES + NAME * self.names
        for stage, rows in line.stages:
            wide = self.step * len(rows)
            self._band(sheet, x, top, wide, stage, rows)
            x += wide
            sheet.line(x - 0.02, [top + BAND, low], RULE, 0.7, zorder=0)
        places = []
        for i, row in enumerate(line.rows):
            x = LEFT + self.step * (i + 0.5)
            places.append(partial(upright, x, rated))
            draw_sign(sheet, x, top + BAND + SIGN / 2, row)
            draw_contact(sheet, self._, row, places[-1], (-0.09, 0), self.middle)
            name = self._name(row)
            fitting = self.step / LETTER * SIZE / (max(map(len, name.split("\n"))) + 1)
            size = min(self.type, fitting)
            sheet.write(x, (low + below) / 2, name, size=size, ha="center")
            self._under(sheet, row, x, below)
        draw_emotion(sheet, line.rows, places)
        for words, _figure, interval in self.figures:
            sheet.small(0, below + FIGURE / 2, wrap(words, 11, 1))
            below += FIGURE * (2 if interval else 1)

    def _under(self, sheet: Sheet, row: Mapping, x: float, y: float) -> None:
        """The figures under a touchpoint, an effect that is clear in bold."""
        for _words, figure, interval in self.figures:
            look = _look(row) if figure == self._effect else {"colour": SOFT}
            sheet.write(x, y + FIGURE / 2, figure(row), size=SIZE - 1, ha="center", **look)
            if interval:
                sheet.write(x, y + 1.5 * FIGURE, interval(row), SOFT, SIZE - 2.2, ha="center")
            y += FIGURE * (2 if interval else 1)

    def _down(self, sheet: Sheet, line: Line, top: float) -> None:
        """The stages of a line under one another, the ratings to the right."""
        rated = scale(*self.limits, 0.15, sheet.width - 0.15)
        for stage, rows in line.stages:
            self._band(sheet, 0, top, sheet.width, stage, rows)
            top += BAND + 0.06
            low, places = top + ROW * len(rows), []
            for value in self.ticks:
                sheet.line(rated(value), [top, low], RULE, 0.7, zorder=0)
                sheet.small(rated(value), low + 0.1, self._.number(value, self.digits), "center")
            for row in rows:
                self._labels(sheet, row, top + 0.15)
                places.append(partial(lying, top + ROW - 0.16, rated))
                draw_contact(sheet, self._, row, places[-1], (0, -0.08), self.middle)
                top += ROW
            draw_emotion(sheet, rows, places)
            top += AXIS

    def _labels(self, sheet: Sheet, row: Mapping, y: float) -> None:
        """A touchpoint's name with its sign, and its figures at the right."""
        told = "  ".join(f"{words} {figure(row)}" for words, figure, _interval in self.figures)
        x = 0.2 if draw_sign(sheet, 0.08, y, row) else 0.0
        room = int((sheet.width - x) / LETTER) - len(told)
        name = wrap(self._.name(row["touchpoint"]), max(room, 12), 1)
        for words, left in ((name, x), (told, sheet.width - LETTER * len(told))):
            sheet.box(left, y - 0.09, LETTER * len(words), 0.18, WHITE, zorder=2.5)
        sheet.write(x, y, name)
        sheet.write(sheet.width, y, told, SOFT, SIZE - 1, ha="right")

    def _band(
        self, sheet: Sheet, x: float, top: float, wide: float, stage: Any, rows: list[dict]
    ) -> None:
        """A stage's name on its band, if it has one; below it (at the right, on a telephone) its
        effect, where that is what was estimated.
        """
        wide -= 0.04
        words, told = self._.stage(stage) if isinstance(stage, str) and stage else "", ""
        if words:
            sheet.box(x, top, wide, BAND, PALE_BLUE, zorder=0)
        if self.by_stage and pd.notna(rows[0]["effect"]):
            effect, interval = self._effect(rows[0]), self._interval(rows[0])
            whole = f"{self.words['effect']} {effect} ({interval})"
            told = whole if LETTER * len(whole) < wide * (0.6 if sheet.narrow else 1) else effect
        middle, room = x + wide / 2, wide - 0.06 - LETTER * len(told) * sheet.narrow
        if told:
            at, y = (x + wide, BAND / 2) if sheet.narrow else (middle, BAND + SIGN / 2)
            sheet.write(
                at, top + y, told, ha="right" if sheet.narrow else "center", **_look(rows[0])
            )
            draw_sign(sheet, x + 0.1 + 0.04 * sheet.narrow, top + y, rows[0])
        # A long name in a narrow band is written smaller, down to what can be read, then folded.
        fitting = SIZE * room / (BOLD * max(len(words), 1))
        # Its longest word is not cut, unless it could not be read.
        whole = SIZE * room / (BOLD * max(map(len, words.split()), default=1))
        size = min(SIZE - 0.5, max(SIZE - 4, min(SIZE - 2.5, whole), fitting))
        letters = max(3, int(SIZE / size * room / BOLD + 0.01))
        words = wrap(words, letters, 1 + (fitting < size))
        middle -= LETTER * len(told) * sheet.narrow / 2
        sheet.write(middle, top + BAND / 2, words, size=size, ha="center", weight="bold")


def _look(row: Mapping) -> dict[str, str]:
    """An effect that is clear after adjustment for the number of touchpoints is written in bold, as
    in the picture of the drivers.
    """
    return {"colour": INK, "weight": "bold"} if row["clear"] else {"colour": SOFT}
