"""Figures of the gap models: the forms compared, the zone of tolerance, penalties and rewards."""

from collections.abc import Mapping
from functools import partial

import pandas as pd

from cxlab.show.page.html import refusable
from cxlab.show.plot.journey import journey_rows, with_ends
from cxlab.show.plot.rows import PAIRED, Place, Row, around_zero, dot, row_picture, spread, zero
from cxlab.show.plot.style import BLUE, LIGHT_BLUE, SOFT, VERMILION, Picture, Sheet
from cxlab.show.plot.wording import FigureWording, figure
from cxlab.show.say import classes, gap, gap_scores
from cxlab.show.words import wording
from cxlab.show.words.text import signed

# Forms drawn at most; the plain gap and the chosen form are always among them.
MOST_FORMS = 7
_CLASSES = ("basic", "performance", "excitement", "indifferent")
# Colour of each side of a touchpoint, and how far below the row's middle it stands.
_SIDES = {"penalty": (VERMILION, -0.05), "reward": (BLUE, 0.05)}


@refusable
@figure
def plot_gap_forms(_: FigureWording, frame: pd.DataFrame, most: int = MOST_FORMS) -> Picture:
    """How much of the outcome the best forms of gap model explain, in these data (filled) and in
    new data (hollow), best first.

    frame: `compare_gap_forms(study, …)`. The `most` forms that predict new answers best are drawn,
    the plain gap and the chosen form always; the note says how many were left out. The chosen form
    is in colour.
    """
    order = "r_squared_cv" if frame["r_squared_cv"].notna().any() else "r_squared"
    known = frame[frame["r_squared"].notna() & (frame["form"] != "intercept")].sort_values(
        order, ascending=False, kind="stable"
    )
    must = known["chosen"].astype(bool) | (known["form"] == "difference")
    room = max(most - int(must.sum()), 0)
    kept = known[must | known.index.isin(known.index[~must][:room])]
    rows = [
        Row(
            _.word(row["form"]) + ("  ✓" if row["chosen"] else ""),
            _.percent(row["r_squared"], 1),
            [partial(_explained, row)],
        )
        for row in kept.to_dict("records")
    ]
    note = _(
        "Filled: explained in these answers. Hollow: explained in answers that the model had not"
        " seen. ✓: the form these data support."
    )
    rest = ""
    if len(kept) < len(frame) - 1:
        rest = _(
            "The best {kept} of {total} forms, the plain gap among them.",
            kept=len(kept),
            total=len(frame),
        )
    return row_picture(
        _,
        frame,
        rows,
        (0.0, float(max(kept["r_squared"].max(), 0.05) * 1.08)),
        _.percent,
        _("Share of the outcome's variance explained"),
        _("How well each form explains “{outcome}”", outcome=_.outcome(frame)),
        gap.say_gap_forms(frame, **_.arguments),
        [note, rest],
    )


def _explained(row: Mapping, sheet: Sheet, place: Place, y: float) -> None:
    colour = BLUE if row["chosen"] else SOFT
    known = place(row["r_squared"])
    sheet.line([place(0), known], y, colour, 1.2, zorder=2)
    if pd.notna(row["r_squared_cv"]):
        sheet.dot(place(max(row["r_squared_cv"], 0.0)), y, colour, hollow=True)
    sheet.dot(known, y, colour)


@refusable
@figure
def plot_tolerance(_: FigureWording, frame: pd.DataFrame) -> Picture:
    """The zone of tolerance of each touchpoint as a band from adequate to desired, the experience
    as a dot, in journey order.

    frame: `tolerance(study)`. The bar under the dot is the interval of experience minus adequate,
    seen from the adequate level; at the right the share of customers inside their own zone. Orange:
    below adequate beyond chance.
    """
    drawn = with_ends(frame.dropna(subset=["experience"]), "adequate", "msa_low", "msa_high")

    def make(row: Mapping) -> tuple:
        share = _("too few")
        if pd.notna(row["inside"]):
            share = _("{share} inside", share=_.percent(row["inside"]))
        return share, [partial(_zone, row)]

    def key(sheet: Sheet, place: Place) -> None:
        if not drawn.empty:
            low, high = _zone_ends(drawn.iloc[0], place)
            for x, name, side in ((low, _("adequate"), "left"), (high, _("desired"), "right")):
                sheet.write(x, 0.13, name, SOFT, ha=side, weight="bold")

    note = _(
        "Band: from the level that customers call adequate to the one they desire. Dot: what they"
        " met, with the {level} confidence interval of its distance from adequate; orange: below"
        " adequate. At the right: customers inside their own zone.",
        level=_.level_percent,
    )
    return row_picture(
        _,
        frame,
        journey_rows(frame, _, "experience", make),
        spread(drawn, ["low", "high", "adequate", "expectation", "experience"]),
        _.number,
        _("Mean rating, scale points"),
        _("Is experience within the zone of tolerance?"),
        gap_scores.say_tolerance(frame, **_.arguments),
        [note],
        key=key,
    )


def _zone_ends(row: Mapping, place: Place) -> list[float]:
    return sorted((place(row["adequate"]), place(row["expectation"])))


def _zone(row: Mapping, sheet: Sheet, place: Place, y: float) -> None:
    colour = VERMILION if row["msa_high"] < 0 else BLUE
    ends = _zone_ends(row, place)
    sheet.box(ends[0], y - 0.075, ends[1] - ends[0], 0.15, LIGHT_BLUE, alpha=0.45, zorder=1)
    for end in ends:
        sheet.line(end, [y - 0.075, y + 0.075], SOFT, 1.0, zorder=2)
    sheet.span([place(row["adequate"] + row[end]) for end in ("msa_low", "msa_high")], y, colour)
    sheet.dot(place(row["experience"]), y, colour)


@refusable
@figure
def plot_penalty_reward(_: FigureWording, frame: pd.DataFrame, every: bool = True) -> Picture:
    """What low ratings (left of zero) and high ratings (right) of each touchpoint go with, by
    class, largest first.

    frame: `penalty_reward(study, …)`. At the right the class and in how many new samples the
    touchpoint gets it. every=False leaves out those of class indifferent, while there are others,
    and says how many.
    """
    indifferent = frame["class"] == "indifferent"
    kept = frame if every or indifferent.all() else frame[~indifferent]
    kept = kept.assign(
        order=kept["class"].map(_CLASSES.index), size=kept["reward"].abs() + kept["penalty"].abs()
    ).sort_values(["order", "size"], ascending=[True, False])
    limits = spread(kept, [f"{side}{end}" for side in _SIDES for end in ("_low", "_high")])
    digits = min(wording.digits_for(*limits), 1)
    rows = []
    for row in kept.to_dict("records"):
        value, marks = _("too few"), []
        if pd.notna(row["penalty"]):
            value = _.word(row["class"])
            marks = [_side(row, *side) for side in _SIDES.items()]
            if pd.notna(same := row.get(f"p_{row['class']}")):
                value += f" ({_.percent(same)})"
        rows.append(Row(_.name(row["touchpoint"]), value, marks))

    def key(sheet: Sheet, place: Place) -> None:
        zero(sheet, place)
        for by, name, colour, side in (
            (-0.1, "← " + _("low rating"), VERMILION, "right"),
            (0.1, _("high rating") + " →", BLUE, "left"),
        ):
            sheet.write(place(0) + by, 0.13, name, colour, ha=side, weight="bold")

    outcome = _.outcome(frame)
    note = _(
        "Against middling ratings, all touchpoints together. Hollow: may be zero. At the right: the"
        " class, and in how many new samples it is the same."
    )
    left_out = len(frame) - len(kept)
    rest = _("Not drawn: {count} touchpoints that show neither.", count=left_out)
    return row_picture(
        _,
        frame,
        rows,
        around_zero(limits),
        lambda x: signed(x, _.language, digits),
        _("Difference in “{outcome}”", outcome=outcome),
        _("What low and high ratings go with: {outcome}", outcome=outcome),
        classes.say_penalty_reward(frame, **_.arguments),
        [_.bars, note, rest if left_out else ""],
        key=key,
    )


def _side(row: Mapping, side: str, look: tuple[str, float]):
    columns = (side, f"{side}_low", f"{side}_high")
    hollow = row[columns[1]] <= 0 <= row[columns[2]]
    return dot(row, columns, look[0], hollow, look[1], **PAIRED)
