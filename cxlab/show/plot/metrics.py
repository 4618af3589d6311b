"""Figures of what was answered: metrics, distributions, waves, experience and expectation along the
journey.

A plot takes a result and draws it; it never computes a statistic. The message stands in its title
and alternative text, with numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise

import pandas as pd

from cxlab.show.page.html import refusable
from cxlab.show.page.parts import of_table
from cxlab.show.page.tables import measure, measure_interval
from cxlab.show.plot import style
from cxlab.show.plot.style import (
    BLUE,
    GREY,
    INK,
    LIGHT_BLUE,
    SIZE,
    SOFT,
    VERMILION,
    Picture,
    Row,
    Sheet,
)
from cxlab.show.say import experience, groups, metrics, waves, wording
from cxlab.show.words import text
from cxlab.show.words.text import translator

# Touchpoints up to which the dumbbell of a whole journey keeps its stage headings.
WITH_HEADINGS = 15


def _n_words(frame: pd.DataFrame, language: str) -> str:
    """The n of a figure: one number, or its range over the rows."""
    _ = translator(language)
    known = frame.loc[frame["n"] > 0, "n"]
    low, high = known.min(), known.max()
    if low == high or known.empty:
        return _("n = {n}").format(n=text.number(low, language, 0))
    return _("n = {low} to {high}").format(
        low=text.number(low, language, 0), high=text.number(high, language, 0)
    )


def _note(language: str, conf_level: float, *more: str) -> str:
    _ = translator(language)
    first = _("Bars: {level} confidence intervals.").format(
        level=text.percent(conf_level, language)
    )
    return " ".join([first, *(one for one in more if one)])


def _units(metric: str) -> str:
    return (
        "points" if metric == "nps" else "share" if metric.endswith(("_top2", "_share")) else "mean"
    )


def _spread(frame: pd.DataFrame, columns: list[str], pad: float = 0.06) -> tuple[float, float]:
    """Ends of a track that holds all these columns, with a little room."""
    low, high = min(frame[one].min() for one in columns), max(frame[one].max() for one in columns)
    if not (math.isfinite(low) and math.isfinite(high)):
        return 0.0, 1.0  # nothing may be shown: an empty track
    room = pad * ((high - low) or 1.0)
    return float(low - room), float(high + room)


def _row_picture(
    rows,
    limits,
    tick_words,
    axis,
    title,
    said,
    note,
    data,
    lines=(),
    key=None,
    at=None,
    dense=False,
) -> Picture:
    """said: the sentences that the figure makes visible, the first its message. data: its result,
    as `parts.of_table` gives it.
    """
    head = bool(lines) or key is not None
    return Picture(
        lambda figure: style.row_chart(
            figure, rows, limits, tick_words, axis, list(lines), key, at, dense
        ),
        title,
        " ".join(said),
        note,
        style.rows_height(rows, False, head, dense),
        style.rows_height(rows, True, head),
        said[0] if said else "",
        data,
    )


@refusable
def plot_metrics(
    frame: pd.DataFrame,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> Picture:
    """One metric for each group (or each outcome) as a dot with its interval.

    frame: rows of `nps`, `csat`, `ces` or `score` (outcome metric group level estimate conf_low
    conf_high n). Where it holds metrics of several units, the unit of the first row is drawn. Blank
    rows (suppressed) keep their line and say so.
    """
    _ = translator(language)
    unit = _units(str(frame["metric"].iloc[0]))
    frame = frame[[_units(str(metric)) == unit for metric in frame["metric"]]]
    several = frame["outcome"].nunique() > 1
    rows = []
    for row in frame.to_dict("records"):
        words = (
            text.name_of(row["outcome"], labels, language)
            if several or row["level"] == "all"
            else text.level_name(row["level"], language, labels, row.get("group"))
        )
        if several and row["level"] != "all":
            words = f"{words}, {text.level_name(row['level'], language, labels, row.get('group'))}"
        rows.append(Row(words, _estimate_words(row, language), _dot(row)))
    limits = {"points": (-100.0, 100.0), "share": (0.0, 1.0)}.get(unit) or _spread(
        frame, ["conf_low", "conf_high"]
    )
    metric = text.name_of(frame["metric"].iloc[0], None, language)
    title = (
        metric
        if several
        else f"{text.name_of(frame['outcome'].iloc[0], labels, language)}: {metric}"
    )
    said = metrics.say_metrics(frame, language=language, labels=labels, conf_level=conf_level)
    data = of_table(frame, None, language, labels, title)
    return _row_picture(
        rows,
        limits,
        _tick(unit, language),
        metric,
        title,
        said,
        _note(language, conf_level, _n_words(frame, language) + "."),
        data,
    )


def _estimate_words(row: Mapping, language: str) -> str:
    _ = translator(language)
    if pd.isna(row["estimate"]):
        return _("not asked") if row["n"] == 0 else _("too few")
    value = measure(row, "estimate", language)
    return value if pd.isna(row["conf_low"]) else f"{value}  ({measure_interval(row, language)})"


def _dot(
    row: Mapping,
    colour: str = BLUE,
    value: str = "estimate",
    low: str = "conf_low",
    high: str = "conf_high",
    hollow: bool = False,
):
    def mark(sheet: Sheet, place, y: float) -> None:
        if pd.notna(row[value]):
            sheet.span(place(row[low]), place(row[high]), y, colour, 4.5)
            sheet.dot(place(row[value]), y, colour, hollow=hollow)

    return mark


def _nps_class(value: float) -> str:
    return BLUE if value >= 9 else GREY if value >= 7 else VERMILION


@refusable
def plot_distribution(
    frame: pd.DataFrame,
    language: str = "en",
    labels: Mapping | None = None,
    kind: str | None = None,
    metric: pd.DataFrame | None = None,
) -> Picture:
    """The share of each answer as columns, each with its share written on it.

    frame: `distribution(study, outcome)` or what `merge_small` made of it. kind="nps" colours
    detractors, passives and promoters and writes their shares (from `metric`, the row of `nps`,
    when given).
    """
    _ = translator(language)
    frame = frame.sort_values("value")
    levels = (
        list(frame["level"]) if "level" in frame else [f"{value:g}" for value in frame["value"]]
    )
    words = [text.answers_name(level, language) for level in levels]
    ends = [level.replace("<", "").split("–") for level in levels]
    # Classes that follow each other are told by their edges; else "10–20, 20–30" would put 20 into
    # two of them.
    edged = (
        any("–<" in level for level in levels)
        and all(len(end) == 2 for end in ends)
        and all(one[1] == two[0] for one, two in pairwise(ends))
    )
    edges = (
        [text.answers_name(edge, language) for edge in (*(end[0] for end in ends), ends[-1][1])]
        if edged
        else []
    )
    shares, values = list(frame["share"]), list(frame["value"])
    colours = [_nps_class(value) if kind == "nps" else BLUE for value in values]
    outcome = text.name_of(frame["outcome"].iloc[0], labels, language)
    total = text.number(frame["n"].sum(), language, 0)
    groups = (
        _nps_groups(metric, language) if kind == "nps" and isinstance(metric, pd.DataFrame) else []
    )

    def draw(figure) -> None:
        sheet = Sheet(figure)
        base, top = sheet.height - 0.45, 0.62 if groups else 0.28
        step = sheet.width / len(words)
        tallest = max([share for share in shares if share == share], default=1.0) or 1.0
        for i, (word, share, colour) in enumerate(zip(words, shares, colours, strict=True)):
            middle, wide = step * (i + 0.5), step * 0.78
            tall = (base - top) * (share / tallest) if share == share else 0.0
            sheet.box(middle - wide / 2, base - tall, wide, tall, colour)
            percent = "<1%" if 0 < share < 0.005 else text.percent(share, language)
            sheet.write(middle, base - tall - 0.09, percent, INK, SIZE - 1, ha="center")
            if not edges:
                sheet.write(middle, base + 0.13, word, SOFT, SIZE - 1, ha="center")
        for i, edge in enumerate(edges):
            sheet.write(
                step * i,
                base + 0.13,
                edge,
                SOFT,
                SIZE - 1,
                ha="left" if i == 0 else "right" if i == len(words) else "center",
            )
        sheet.line([0, sheet.width], [base, base], SOFT, 0.8)
        sheet.write(0, base + 0.34, _("Answer"), SOFT, SIZE - 1)
        for colour, label in groups:
            mine = [step * (i + 0.5) for i, one in enumerate(colours) if one == colour]
            if mine:
                first, last = min(mine) - step * 0.39, max(mine) + step * 0.39
                sheet.line([first, last], [0.36, 0.36], colour, 2)
                spot, side = (
                    (first, "left")
                    if colour == VERMILION
                    else (last, "right")
                    if colour == BLUE
                    else ((first + last) / 2, "center")
                )
                tight = sheet.width < 5
                sheet.write(
                    spot,
                    0.15,
                    label.replace(" ", "\n", 1) if tight else label,
                    colour if colour != GREY else SOFT,
                    SIZE,
                    ha=side,
                    weight="bold",
                )

    each = ", ".join(
        f"{word}: {text.percent(share, language)}"
        for word, share in zip(words, shares, strict=True)
    )
    title = _("{outcome}: how the answers are spread").format(outcome=outcome)
    alt = _("Share of each answer to “{outcome}”. {shares}.").format(outcome=outcome, shares=each)
    note = _("Share of answers, n = {n}.").format(n=total)
    if "level" in frame and any("–" in level for level in levels):
        note += " " + _(
            "Answers given by few respondents are shown together with their neighbours."
        )
    data = of_table(
        frame.assign(level=words) if "level" in frame else frame, None, language, labels, title
    )
    message = _most_given(frame, words, outcome, language)
    if kind == "nps" and isinstance(metric, pd.DataFrame):
        message = metrics.say_nps(metric, language=language, labels=labels)[0]
    return Picture(draw, title, alt, note, 2.35, 2.2, message, data)


def _most_given(frame: pd.DataFrame, words: list[str], outcome: str, language: str) -> str:
    """The message of a distribution."""
    _ = translator(language)
    top = frame["share"].reset_index(drop=True).idxmax()
    return _("The most frequent answer to “{outcome}” is {answer}: {share} gave it.").format(
        outcome=outcome, answer=words[top], share=text.percent(frame["share"].iloc[top], language)
    )


def _nps_groups(metric: pd.DataFrame, language: str) -> list[tuple[str, str]]:
    _ = translator(language)
    row = metric.iloc[0]
    if (
        "promoters" not in metric
        or pd.isna([row["promoters"], row["passives"], row["detractors"]]).any()
    ):
        return []
    return [
        (colour, words.format(share=text.percent(row[column], language)))
        for colour, column, words in (
            (VERMILION, "detractors", _("{share} detractors")),
            (GREY, "passives", _("{share} passives")),
            (BLUE, "promoters", _("{share} promoters")),
        )
    ]


@refusable
def plot_waves(
    frame: pd.DataFrame,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> Picture:
    """One metric over the waves: a dot with its interval for each, in the frame's order. A wave
    without the question leaves a gap.

    frame: rows of one metric by="wave".
    """
    _ = translator(language)
    frame = frame[frame["metric"] == frame["metric"].iloc[0]].reset_index(drop=True)
    records = frame.to_dict("records")
    low, high = _spread(frame.dropna(subset=["estimate"]), ["conf_low", "conf_high"], 0.22)
    outcome = text.name_of(frame["outcome"].iloc[0], labels, language)
    metric = text.name_of(frame["metric"].iloc[0], None, language)

    def draw(figure) -> None:
        sheet = Sheet(figure)
        base, top = sheet.height - 0.5, 0.1
        down = style.scale(low, high, base - 0.08, top)
        left = 0.5
        step = (sheet.width - left) / len(records)
        for value in style.ticks(low, high, 4):
            sheet.line([left, sheet.width], [down(value)] * 2, style.RULE, 0.7, zorder=0)
            sheet.write(
                left - 0.08,
                down(value),
                measure({"metric": row0["metric"], "estimate": value}, "estimate", language),
                SOFT,
                SIZE - 1,
                ha="right",
            )
        before = None
        for i, row in enumerate(records):
            x = left + step * (i + 0.5)
            sheet.write(
                x,
                base + 0.13,
                text.level_name(row["level"], language, labels, row.get("group")),
                INK,
                ha="center",
            )
            sheet.write(
                x,
                base + 0.33,
                _("n = {n}").format(n=text.number(row["n"], language, 0)),
                SOFT,
                SIZE - 1,
                ha="center",
            )
            if pd.isna(row["estimate"]):
                sheet.write(x, (base + top) / 2, _estimate_words(row, language), SOFT, ha="center")
                before = None
                continue
            y = down(row["estimate"])
            if before is not None:
                sheet.line([before[0], x], [before[1], y], LIGHT_BLUE, 1.4, zorder=1)
            sheet.line(
                [x, x],
                [down(row["conf_low"]), down(row["conf_high"])],
                BLUE,
                4.5,
                zorder=3,
                alpha=0.55,
            )
            sheet.dot(x, y)
            sheet.write(
                x,
                down(row["conf_high"]) - 0.12,
                measure(row, "estimate", language),
                BLUE,
                ha="center",
                weight="bold",
            )
            before = (x, y)

    row0 = records[0]
    said = waves.say_waves(frame, language=language, labels=labels, conf_level=conf_level)
    title = _("{outcome}: {metric} by wave").format(outcome=outcome, metric=metric)
    data = of_table(frame, None, language, labels, title)
    return Picture(
        draw,
        title,
        " ".join(said),
        _note(language, conf_level),
        2.5,
        2.4,
        said[0] if said else "",
        data,
    )


def plot_segments(
    frames: list,
    pairs: list,
    total: pd.DataFrame | None = None,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> Picture | None:
    """The first metric of an outcome for the levels of each segment, a heading over each, as dots
    with intervals.

    frames: for each segment the rows of a metric by it; pairs: the `differences` of each, for the
    message; total: the metric of all, drawn as a line. Refusals are left out; None where nothing is
    left to draw.
    """
    _ = translator(language)
    words = {"language": language, "labels": labels}
    said = [
        one
        for frame, each in zip(frames, pairs, strict=True)
        for one in (
            *groups.say_segments(frame, **words),
            *groups.say_differences(each, frame, **words),
        )
    ]
    frames = [
        frame[frame["metric"] == frame["metric"].iloc[0]]
        for frame in frames
        if isinstance(frame, pd.DataFrame)
    ]
    if not frames:
        return None
    rows = []
    for frame in frames:
        rows.append(Row(text.name_of(frame["group"].iloc[0], labels, language)))
        rows += [
            Row(
                text.level_name(row["level"], language, labels, row.get("group")),
                _estimate_words(row, language),
                _dot(row),
            )
            for row in frame.to_dict("records")
        ]
    whole = pd.concat(frames, ignore_index=True)
    metric, outcome = (
        str(whole["metric"].iloc[0]),
        text.name_of(whole["outcome"].iloc[0], labels, language),
    )
    named = text.name_of(metric, None, language)
    all_of_them = total["estimate"].iloc[0] if isinstance(total, pd.DataFrame) else math.nan
    lines = (
        [(float(all_of_them), text.name_of("all", None, language))] if pd.notna(all_of_them) else []
    )
    title = _("{outcome}: {metric} by group of customers").format(outcome=outcome, metric=named)
    data = of_table(whole, None, language, labels, title)
    note = _note(language, conf_level, _n_words(whole, language) + ".")
    return _row_picture(
        rows,
        _spread(whole, ["conf_low", "conf_high"]),
        _tick(_units(metric), language),
        named,
        title,
        said,
        note,
        data,
        lines,
    )


def _tick(unit: str, language: str) -> Callable[[float], str]:
    return {
        "points": lambda x: text.number(x, language, 0),
        "share": lambda x: text.percent(x, language),
    }.get(unit, lambda x: text.number(x, language, 1))


def _journey_rows(frame: pd.DataFrame, stages: Mapping | None, make, language: str) -> list[Row]:
    """Rows in journey order, with a heading where a new stage begins."""
    rows, stage = [], None
    for row in frame.to_dict("records"):
        now = row.get("stage")
        if isinstance(now, str) and now and now != stage and frame["stage"].nunique() > 1:
            rows.append(Row(text.name_of(now, stages, language)))
        stage = now
        rows.append(make(row))
    return rows


@refusable
def plot_experience(
    frame: pd.DataFrame,
    language: str = "en",
    labels: Mapping | None = None,
    stages: Mapping | None = None,
    conf_level: float = 0.95,
) -> Picture:
    """Mean experience of each touchpoint with its interval, in journey order.

    frame: `experience_scores(study)`; stages: the study's stage labels.
    """
    _ = translator(language)

    digits = wording.digits_of(frame)

    def make(row: Mapping) -> Row:
        words = _("too few")
        if pd.notna(row["experience"]):
            words = wording.with_interval(
                row, ("experience", "conf_low", "conf_high"), language, text.number, digits
            )
        return Row(
            text.name_of(row["touchpoint"], labels, language), words, _dot(row, value="experience")
        )

    rows = _journey_rows(frame, stages, make, language)
    said, title = (
        experience.say_experience(frame, language=language, labels=labels),
        _("Experience at each touchpoint"),
    )
    return _row_picture(
        rows,
        _spread(frame, ["conf_low", "conf_high"]),
        lambda x: text.number(x, language),
        _("Experience, scale points"),
        title,
        said,
        _note(language, conf_level, _n_words(frame, language) + "."),
        of_table(frame, None, language, labels, title, stages),
    )


@refusable
def plot_gaps(
    frame: pd.DataFrame,
    language: str = "en",
    labels: Mapping | None = None,
    stages: Mapping | None = None,
    conf_level: float = 0.95,
) -> Picture:
    """Expectation and experience of each touchpoint in journey order, joined by the gap, which is
    written beside it with its interval.

    frame: `gap_scores(study)`. The bar under the experience is the interval of the gap, seen from
    the expectation. Stages have their headings while there are at most 15 touchpoints; with more,
    rows stand closer and without headings, so that the figure and what it means fit one page in
    type that can be read.
    """
    _ = translator(language)
    digits = wording.digits_of(frame)

    def make(row: Mapping) -> Row:
        if pd.isna(row["estimate"]):
            return Row(
                text.name_of(row["touchpoint"], labels, language),
                _("too few"),
                lambda sheet, place, y: None,
            )
        words = wording.with_interval(
            row, ("estimate", "conf_low", "conf_high"), language, text.signed, digits
        )

        def mark(sheet: Sheet, place, y: float) -> None:
            want, met = place(row["expectation"]), place(row["experience"])
            sheet.line([want, met], [y, y], GREY, 1.2, zorder=2)
            sheet.span(
                place(row["expectation"] + row["conf_low"]),
                place(row["expectation"] + row["conf_high"]),
                y,
                BLUE,
                4.5,
            )
            sheet.dot(want, y, VERMILION, hollow=True)
            sheet.dot(met, y, BLUE)

        return Row(text.name_of(row["touchpoint"], labels, language), words, mark)

    dense = len(frame) > WITH_HEADINGS
    rows = _journey_rows(frame.drop(columns="stage") if dense else frame, stages, make, language)
    drawn = frame.dropna(subset=["estimate"])
    ends = drawn.assign(
        low=drawn["expectation"] + drawn["conf_low"], high=drawn["expectation"] + drawn["conf_high"]
    )
    limits = _spread(ends, ["low", "high", "expectation", "experience"])

    def key(sheet: Sheet, place, y: float) -> None:
        if drawn.empty:
            return
        first = drawn.iloc[0]
        want, met = place(first["expectation"]), place(first["experience"])
        # too close for both words to stand over their dots: push them apart
        if abs(want - met) < 0.9:
            middle = (want + met) / 2
            want, met = (
                middle + (0.48 if want >= met else -0.48),
                middle + (0.48 if met > want else -0.48),
            )
        for x, words, colour in ((want, _("Expectation"), VERMILION), (met, _("Experience"), BLUE)):
            x = min(max(x, 0.42 if sheet.width < 5 else 0), sheet.width - 0.42)
            sheet.write(x, 0.13, words, colour, SIZE, ha="center", weight="bold")

    said = experience.say_gaps(frame, language=language, labels=labels, conf_level=conf_level)
    title = _("Expectation and experience at each touchpoint")
    note = _(
        "Numbers at the right: the gap, experience minus expectation, with its {level} confidence"
        " interval (blue bar)."
    ).format(level=text.percent(conf_level, language))
    return _row_picture(
        rows,
        limits,
        lambda x: text.number(x, language),
        _("Mean rating, scale points"),
        title,
        said,
        note + " " + _n_words(frame, language) + ".",
        of_table(frame, None, language, labels, title, stages),
        key=key,
        dense=dense,
    )
