"""Charts of slides that can be edited: the chart that a picture tells of itself as data
(`cxlab.show.plot.chart`), drawn by the office program that opens it, with the workbook behind it.

python-pptx knows no error bars, no labels of dots and no look of single points, so the chart is
written whole (`chart.xml` beside this file), and the library puts it on its slide.
"""

import re
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from locale import windows_locale
from typing import Any

from jinja2 import Environment, PackageLoader

from cxlab.languages import LANGUAGES
from cxlab.report.formats.chart_sheet import ChartSheet, cell
from cxlab.show.words.text import MINUS, percent
from cxlab.show.words.wording import Wording

ROW, LETTER, TICK = 0.6, 0.088, 0.5  # inches, of type of 12 points
TWO_LINES = 0.42  # inches of a row whose name may take two lines
ENGLISH = 0x409  # the number of a language
TYPE, SMALLER, NARROW = 1200, 1000, 8  # hundredths of a point, and in a chart of fewer inches
AXIS, ABOVE = 0.6, 0.35  # inches below the rows, and above them for a legend or a line's name
# Colours of the theme by what they are for, and those that no brand changes.
SCHEME = {"main": "accent1", "accent": "accent3", "light": "accent4"}
PLAIN = {
    "ink": "1D2733",
    "soft": "5B6672",
    "grey": "8B949D",
    "rule": "D9DEE4",
    "white": "FFFFFF",
    "hollow": "C5CBD2",
}
SYMBOLS = {"o": "circle", "^": "triangle", "v": "square", "D": "diamond"}
# What reaches from a point: width in EMU and opacity.
REACH = {"line": (12700, 100_000), "_band": (127_000, 45_000)}
INTERVAL = 44_450, 55_000
# Words beside the rows: at which end of the axis, on which side of it, and which.
BESIDE = {"dots": ((0, "l", "label"), (1, "r", "value")), "bars": ((1, "outEnd", "value"),)}
TOO_SHORT = 0.08  # of the axis: a bar in which no number fits
SIGNS = {"minus": MINUS, "plus": "+"}
# What an office program writes of itself as the report does.
_PLAIN = re.compile(f"{MINUS}?\\d+%?")
_TEMPLATE = Environment(
    loader=PackageLoader("cxlab.report", "formats"), autoescape=True
).get_template("chart.xml")


def height(chart: Mapping) -> float:
    """Inches at which the rows of a chart stand well."""
    rows = ROW * len(chart["rows"]) if chart["kind"] in ("dots", "bars") else 9.0
    return rows + ABOVE + AXIS


class Native:
    """A chart as python-pptx takes its data: the XML of the chart and the workbook behind it."""

    def __init__(self, chart: Mapping, size: tuple[float, float], language: str) -> None:
        self.chart, self.language, self.rows = chart, language, chart["rows"]
        self.size, self.is_dots = size, chart["kind"] == "dots"
        self.type = TYPE if size[0] > NARROW else SMALLER
        self.letter = LETTER * self.type / TYPE
        self.sheet = ChartSheet()
        self.names = self.sheet.add("", [one["label"] for one in self.rows])
        self.series = [*self._series()]

    # ---- series

    def _series(self) -> Iterator[dict]:
        chart, count = self.chart, len(self.rows)
        down = [count - at - 0.5 for at in range(count)]
        self.down = self.sheet.add("y", down) if self.is_dots else ""
        of_all = {"down": down, "labels": [], "looks": [], "look": {}, "line": "", "reach": None}
        made = []
        for number, name in enumerate(chart["names"]):
            points = [one["points"][number] for one in self.rows]
            made += self._of_points(name, chart["reach"][number], points)
        # What reaches from dots is drawn below them.
        yield from (of_all | one for one in sorted(made, key=lambda one: one["told"]))
        for end, side, key in BESIDE.get(chart["kind"], ()):
            placed = self._placed("x", [chart["limits"][end]] * count)
            yield of_all | placed | {"labels": [*self._labels(key, side)]}
        lines = sorted(chart["lines"]) if chart["kind"] in ("dots", "lines") else ()
        for number, (value, words) in enumerate(lines):
            yield of_all | self._line(value, words, number)

    def _placed(
        self, name: str, at: Sequence, down: str = "", formulas: Sequence[str] = ()
    ) -> dict[str, Any]:
        """A series at these values, in a column of its own."""
        place = self.sheet.add(name, at, formulas)
        cells = {"at": place, "down": down or self.down, "name": self.sheet.title}
        return {"name": name, "at": at, "cells": cells, "told": False}

    def _of_points(self, name: str, reaches: str, points: Sequence) -> list[dict[str, Any]]:
        """The series of an estimate and, of dots, that of what reaches from them: LibreOffice draws
        no error bars to the side whose lengths are given.
        """
        at, low, high = ([one and one[key] for one in points] for key in ("at", "low", "high"))
        column = self.sheet.next
        made = self._placed(name, at) | {"told": True}
        known = [one for one in points if one] or [{"colour": "ink", "reach": "", "shape": ""}]
        usual = Counter(one["colour"] for one in known).most_common(1)[0][0]
        shape = known[0]["shape"] or "o" * (self.chart["kind"] == "lines")
        look = _look(usual, shape)
        made |= {"look": look, **self._printed(points, look)}
        if all(one is None for one in low):
            return [made]
        is_connector, word = known[0]["reach"] == "line", Wording(self.language).heading
        # What joins two points is no interval.
        for key, ends in (("conf_low", low), ("conf_high", high)):
            self.sheet.add(f"{reaches or name}: {'x' if is_connector else word(key)}", ends)
        wide, alpha = REACH.get(known[0]["reach"], INTERVAL)
        alone = len({one["colour"] for one in known}) == 1
        role = "grey" if is_connector else usual if alone else "soft"
        reach = {"width": wide, "alpha": alpha}
        if self.is_dots:
            return [self._segments(name, points, column) | reach | {"line": role}, made]
        for key, end, first, second in (("minus", "low", 0, 1), ("plus", "high", 2, 0)):
            far = [
                round(abs(one["at"] - one[end]), 4) if one and one["low"] is not None else None
                for one in points
            ]
            formulas = [
                f"={cell(column + first, row)}-{cell(column + second, row)}"
                for row in range(len(points))
            ]
            made["cells"][key] = self.sheet.add(f"{name}: {SIGNS[key]}", far, formulas)
            made[key] = far
        role = "ink" if self.chart["kind"] == "bars" else role
        return [made | {"reach": reach | {"role": role}}]

    def _segments(self, name: str, points: Sequence, column: int) -> dict[str, Any]:
        """From end to end of each interval, a blank row after it."""
        at, down, formulas = [], [], []
        for row, one in enumerate(points):
            if one and one["low"] is not None:
                at += [one["low"], one["high"], one["high"]]
                down += [len(points) - row - 0.5] * 2 + [None]
                formulas += [f"={cell(column + end, row)}" for end in (1, 2, 2)]
        place = self.sheet.add(f"{name}: y", down)
        return self._placed(f"{name}: x", at, place, formulas) | {"down": down}

    def _printed(self, points: Sequence, look: Mapping) -> dict[str, Any]:
        """What stands at the points themselves: of dots their look, of others their number."""
        kind = self.chart["kind"]
        if self.is_dots:
            # Those that differ, in another size too: else LibreOffice takes them for the others.
            several = len({one["hollow"] for one in points if one}) > 1
            looks = [
                _look(one["colour"], one["shape"], several and one["hollow"]) | {"at": at}
                for at, one in enumerate(points)
                if one
            ]
            return {
                "looks": [one | {"size": 8} for one in looks if one != look | {"at": one["at"]}]
            }
        if kind == "bars":
            # What is printed beside a bar may be another number than its own.
            told = [percent(one["at"], self.language) if one else "" for one in points]
            fits = [one and one["at"] > TOO_SHORT * self.chart["limits"][1] for one in points]
            own = [
                _label(at, words, "inBase", "white", 1)
                for at, words in enumerate(told)
                if fits[at] and words != self.rows[at]["value"]
            ]
            return {"labels": own}
        line, side = ("light", "r") if kind == "lines" else ("", "outEnd")
        known = [row["value"] for row, one in zip(self.rows, points, strict=True) if one]
        if all(map(_PLAIN.fullmatch, known)):
            return {"printed": side, "line": line}
        # An office program writes a decimal as its own system does; words as the report does.
        told = [
            _label(at, row["value"], side, bold=1) for at, row in enumerate(self.rows) if points[at]
        ]
        return {"labels": told, "line": line}

    def _labels(self, key: str, side: str) -> Iterator[dict[str, Any]]:
        """Words beside the rows, headings in bold."""
        letters = max(int((self.left if key == "label" else self.size[0]) / self.letter), 12)
        lines = 2 if self._plot()[3] * self.size[1] / len(self.rows) > TWO_LINES else 1
        role, align = ("ink", "r") if key == "label" else ("soft", "l")
        for at, row in enumerate(self.rows):
            folded = textwrap.wrap(row[key], letters, max_lines=lines, placeholder=" …")
            yield _label(at, "\n".join(folded), side, role, int(row["heading"]), align)

    def _line(self, value: float, words: str, number: int) -> dict[str, Any]:
        """A dashed line of reference, its words at its end: those of several over one another, or
        on either side of the lines.
        """
        lower = not (self.is_dots or number) and len(self.chart["lines"]) > 1
        told = words + "\n" * number * self.is_dots
        down = [0, len(self.rows)]
        at = [value] * len(down if self.is_dots else self.rows)
        place = self.sheet.add("y", down) if self.is_dots else ""
        look: dict[str, Any] = {"line": "soft", "dashed": True}
        look["labels"] = [_label(len(at) - 1, told, "b" if lower else "t", "soft")]
        return self._placed(words, at, place) | {"down": down} | look

    # ---- places

    @property
    def left(self) -> float:
        """Inches of the names beside the rows."""
        longest = max((len(one["label"]) for one in self.rows), default=0)
        return min(self.letter * longest + 0.15, 0.38 * self.size[0])

    def _plot(self) -> list[float]:
        """Where the axes stand: left, top, width and height as shares of the whole."""
        wide, high = self.size
        lines = len(self.chart["lines"])
        above = ABOVE * max(lines if self.is_dots else 1, 1) if self.legend or lines else 0.08
        left, right, below = 0.55, 0.15, AXIS
        if self.chart["kind"] in BESIDE:
            longest = max((len(one["value"]) for one in self.rows), default=0)
            left, right = self.left + 0.1, self.letter * longest + 0.25
        elif self.chart["kind"] == "columns":
            left = 0.15
        places = left / wide, above / high, (wide - left - right) / wide
        return [round(one, 4) for one in (*places, (high - above - below) / high)]

    @property
    def legend(self) -> bool:
        """Whether the names of the series are told above the rows."""
        return len(self.chart["names"]) > 1

    # ---- what python-pptx asks for

    def xml_bytes(self, _chart_type: Any) -> bytes:
        """The chart."""
        for number, one in enumerate(self.series):
            one["idx"] = number
        # The number of the language, by which LibreOffice writes decimals; Office goes by its own.
        office = LANGUAGES[self.language]["office"]
        plot, (low, high) = self._plot(), self.chart["limits"]
        step = self.chart["step"]
        while self.is_dots and (high - low) / step * TICK > plot[2] * self.size[0]:
            step *= 2
        names = {name.replace("_", "-"): number for number, name in windows_locale.items()}
        return _TEMPLATE.render(
            chart=self.chart,
            format=";".join(
                f"[$-{names.get(office, ENGLISH):x}]{one}"
                for one in self.chart["format"].split(";")
            ),
            series=self.series,
            categories=[one["label"] for one in self.rows],
            names=self.names,
            plot=plot,
            step=step,
            legend=self.legend,
            language=office,
            scheme=SCHEME,
            plain=PLAIN,
            size=self.type,
        ).encode()

    @property
    def xlsx_blob(self) -> bytes:
        """The workbook."""
        return self.sheet.written()


def _label(
    at: int, words: str, side: str, role: str = "ink", bold: int = 0, align: str = "ctr"
) -> dict[str, Any]:
    return {"at": at, "words": words, "side": side, "role": role, "bold": bold, "align": align}


def _look(role: str, shape: str, hollow: bool = False) -> dict[str, Any]:
    return {"role": role, "symbol": SYMBOLS.get(shape), "size": 9, "hollow": hollow}
