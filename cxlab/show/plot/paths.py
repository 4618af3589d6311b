"""The paths of customers in pictures: the first contacts as flows, all moves as a heat map, and the
contacts of those with a success.
"""

import pandas as pd

from cxlab.show.plot.cells import mixed
from cxlab.show.plot.picture import Picture, drawn, picture_of, words_of
from cxlab.show.plot.rows import Row, estimate, row_picture
from cxlab.show.plot.style import (
    BLUE,
    GREY,
    INK,
    LETTER,
    LIGHT_BLUE,
    SIZE,
    SOFT,
    WHITE,
    Sheet,
    wrap,
)
from cxlab.show.say.paths import OTHER, START, SUCCESS, say_moves, say_steps, say_value
from cxlab.show.words.wording import Wording

LOST = "path_lost"
COLOURS = {LOST: GREY, OTHER: LIGHT_BLUE}  # other ends (the success) are dark
# Of the flows: inches for the heads and all customers, between bars, and a bar's width.
HEAD, TALL, GAP, BAR = 0.3, 3.1, 0.13, 0.09
ROW, LABEL, DARKEST = 0.24, 2.2, 0.75
MOST_ROWS = 20


@drawn
def plot_steps(_: Wording, frame: pd.DataFrame) -> Picture | None:
    """The first contacts as flows (a Sankey diagram), of all customers or of the first group.

    frame: `first_steps(study)`.
    """
    shown = frame[frame["level"] == frame["level"].iloc[0]].dropna(subset=["estimate"])
    # Of the counts: rounded shares would not add up.
    shown = shown.astype({"step": int})
    shown = shown.assign(estimate=shown["n"] / shown.loc[shown["step"] == 1, "n"].sum())
    ends = [one for one in dict.fromkeys(shown["touchpoint"]) if one not in {*shown["before"]}]
    begun = order = [*dict.fromkeys(shown["before"])]
    if shown.empty:
        return None
    last = [one for one in (OTHER, LOST) if one in {*order, *ends}]
    order = [*[one for one in (*ends, *order) if one not in last], *last]
    count = int(shown["step"].max())
    steps = [words_of(_, "first_steps", frame, number=i)["step"] for i in range(1, count + 2)]

    def draw(sheet: Sheet) -> None:
        columns = min(count + 1, 3 if sheet.narrow else 4)
        wide = (sheet.width - (1.15 if sheet.narrow else 1.7)) / (columns - 1)
        bars: list[dict[str, float]] = []
        for column in range(columns):
            step = max(column, 1)
            side = "touchpoint" if column else "before"
            sizes = shown[shown["step"] == step].groupby(side)["estimate"].sum()
            y, tops = HEAD, {}
            for one in [name for name in order if name in sizes.index]:
                tops[one] = y
                colour = COLOURS.get(one, BLUE if one in begun else INK)
                sheet.box(column * wide, y, BAR, TALL * sizes[one], colour, zorder=3)
                share = f"{_.name(one)} {_.percent(sizes[one])}"
                most = int((min(wide, sheet.width - column * wide) - 0.2) / LETTER)
                label = wrap(share, most, 1 + (TALL * sizes[one] > 0.15))
                size = SIZE - 1.5
                sheet.write(column * wide + BAR + 0.05, y + TALL * sizes[one] / 2, label, size=size)
                y += TALL * sizes[one] + GAP
            bars.append(tops)
            sheet.small(column * wide, 0.1, steps[column])
        for column in range(columns - 1):
            from_, to = dict(bars[column]), dict(bars[column + 1])
            flows = shown[shown["step"] == column + 1]
            flows = flows.assign(
                place=flows["before"].map(order.index) * len(order)
                + flows["touchpoint"].map(order.index)
            ).sort_values("place")
            for row in flows.to_dict("records"):
                thick = TALL * row["estimate"]
                xs = column * wide + BAR, (column + 1) * wide
                tops = from_[row["before"]], to[row["touchpoint"]]
                colour = GREY if row["touchpoint"] == LOST else LIGHT_BLUE
                sheet.ribbon(xs, tops, thick, colour, alpha=0.35, zorder=2)
                from_[row["before"]] += thick
                to[row["touchpoint"]] += thick

    said, height = _.say(say_steps(frame)), HEAD + TALL + GAP * len(order)
    n_of, number = pd.DataFrame(), 1
    return picture_of(_, "first_steps", frame, draw, said, height, height, n_of=n_of, number=number)


@drawn
def plot_moves(_: Wording, frame: pd.DataFrame, *, least: int = 0) -> Picture | None:
    """From each contact (rows) to each next one (columns) the share of the moves, as a heat map, of
    all customers or of the first group; the contacts with the most customers. Nothing of fewer than
    `least`.

    frame: `transitions(study)`.
    """
    shown = frame[frame["level"] == frame["level"].iloc[0]]
    sizes = shown.groupby("before", sort=False)["n_before"].max()
    rows = [one for one in sizes.index if one in {*sizes.nlargest(MOST_ROWS).index}]
    if len(rows) - (START in rows) < least:
        return None
    ends = [one for one in dict.fromkeys(shown["touchpoint"]) if one not in sizes.index]
    columns = [*[one for one in rows if one != START], *ends]
    cells = {
        (one["before"], one["touchpoint"]): one["estimate"] for one in shown.to_dict("records")
    }
    high = max(shown["estimate"].max(), 0.01)

    def draw(sheet: Sheet) -> None:
        left = LABEL / (1.6 if sheet.narrow else 1)
        wide, y = (sheet.width - left) / len(columns), 0.12
        for i in range(len(columns)):
            sheet.small(left + wide * (i + 0.5), y, str(i + 1), "center")
        for one in [*rows, *ends]:
            y += ROW
            number = f"{columns.index(one) + 1} " if one in columns else ""
            label = number + str(_.name(one))
            sheet.write(0, y, wrap(label, int(left / LETTER) - 1, 1), SOFT if one in ends else INK)
            for i, to in enumerate(columns if one not in ends else ()):
                share = cells.get((one, to), 0.0)
                known = pd.notna(share)
                colour = mixed(BLUE, DARKEST * share / high) if known else WHITE
                box = left + wide * i + 0.01, y - ROW / 2 + 0.01, wide - 0.02, ROW - 0.02
                sheet.box(*box, colour)
                written = f"{100 * share:.0f}" if known and share >= 0.005 else "" if known else "–"
                if wide > 0.24:
                    ink = WHITE if known and share > 0.6 * high else INK
                    sheet.write(left + wide * (i + 0.5), y, written, ink, SIZE - 2, ha="center")

    height = 0.3 + ROW * (len(rows) + len(ends))
    return picture_of(_, "transitions", frame, draw, _.say(say_moves(frame)), height, height)


def plot_value(_: Wording, frame: pd.DataFrame) -> Picture:
    """Of those with a success the share that met each contact with its interval, in the order of
    the journey (a group under another); at the right the share of all.

    frame: `touchpoint_value(study)`.
    """
    rows = []
    for _group, points in frame.groupby("level", sort=False):
        if frame["level"].nunique() > 1:
            rows.append(Row(_.level(points.iloc[0]), heading=True))
        for row in points.to_dict("records"):
            marks = estimate(row, SUCCESS)
            rows.append(Row(_.name(row["touchpoint"]), _.percent(row["used"]), marks))
    shares = {"limits": (0.0, 1.0), "at": (0, 0.25, 0.5, 0.75, 1), "kind": "bars"}
    said = _.say(say_value(frame))
    return row_picture(_, "touchpoint_value", frame, rows, tick=_.percent, said=said, **shares)
