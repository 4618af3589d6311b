"""What changed between waves, in sentences: which touchpoints moved, and what the change of the
outcome goes with.
"""

from collections.abc import Mapping

import pandas as pd

from cxlab.show.say.drivers import largest_first
from cxlab.show.say.metrics import say_change, unit_of
from cxlab.show.say.touchpoints import MOST_NAMED, of_rows_with
from cxlab.show.words.catalogue import MESSAGES
from cxlab.show.words.wording import (
    LEVEL,
    TOO_FEW,
    VALUE,
    Phrase,
    Phrases,
    Style,
    as_is,
    digits_for,
    each,
    in_brackets,
    is_clear,
    joined,
    level,
    message,
    metric_interval,
    metric_value,
    number,
    on_scale_of,
    percent,
    ranged,
    sentence,
    side_of,
    signed,
)

ALL = "all_touchpoints"
# How a change is counted, by its measure.
UNITS = {"nps_points": "points", "probability": "share", "outcome": "mean"}


def say_touchpoint_changes(frame: pd.DataFrame) -> Phrases:
    """Which touchpoints changed when all are counted, the largest changes named; that the others
    show none; which could not be compared. Of each step from level to level.
    """
    known = frame.dropna(subset=["p_holm"])
    if known.empty:
        yield message(TOO_FEW)
    for step, rows in known.groupby("level", sort=False):
        clear, role = rows[is_clear(known).loc[rows.index]], rows["role"].iloc[0]
        places = {"level": as_is(step), "total": len(rows)}
        for side, template in MESSAGES["touchpoint_change"][role].items():
            mine = clear[side * clear["estimate"] > 0]
            mine = mine.sort_values("estimate", key=abs, ascending=False, kind="stable")
            most = each(mine.head(MOST_NAMED), lambda row: signed(row["estimate"], 2))
            if len(mine):
                more = len(mine) > MOST_NAMED
                yield message(template[more], count=len(mine), items=most, **places)
        if len(clear) < len(rows):
            yield sentence("no_touchpoint_change", len(clear) > 0, role, **places)
    gone = frame[frame["note"] == "one_wave"]
    if len(gone):
        yield message(
            "Rated in one of the two waves only, so not compared: {items}.",
            items=[*gone["touchpoint"].unique()],
        )


def say_mix(frame: pd.DataFrame) -> Phrases:
    """The change, and how much of it goes with who answered and with what they answered."""
    style = part_style(frame)
    whole = frame[frame["level"] == "all"].set_index("part")
    yield _change(frame, frame.iloc[-1])
    if not whole.apply(_clear, axis=1).any():  # a part of a change that may be none
        return
    mix, within = (whole.loc[part].to_dict() for part in ("mix", "within"))
    yield sentence(
        "mix_of_change",
        _clear(mix),
        segment=frame["group"].iloc[0],
        mix=style(mix["estimate"]),
        within=style(within["estimate"]),
    )


def say_parts(frame: pd.DataFrame) -> Phrases:
    """The change, how much of it goes with changed ratings, at which touchpoints, and what is not
    in the models.
    """
    style, known = part_style(frame), frame.dropna(subset=["estimate"])
    change = known[known["part"] == "change"].iloc[0]
    yield _change(frame, change)
    rated = known[known["part"] == "experience"]
    whole = rated[rated["touchpoint"] == ALL].iloc[0].to_dict()
    if _clear(change) or _clear(whole):
        yield sentence(
            "ratings_of_change",
            _clear(whole),
            value=style(whole["estimate"]),
            rest=style(change["estimate"] - whole["estimate"]),
        )
    if rated["p_holm"].notna().any():
        clear = largest_first(rated[is_clear(rated)]).head(MOST_NAMED)
        items = each(clear, lambda row: style(row["estimate"]))
        yield sentence("touchpoints_of_change", len(clear) > 0, items=items)
    gone = frame[frame["note"] == "not_in_both"]
    if len(gone):
        yield message(
            "Not in the models, because too few customers met them, or did not meet them, in one"
            " of the waves: {items}.",
            items=[*gone["touchpoint"]],
        )


def say_before_after(frame: pd.DataFrame) -> Phrases:
    """Whether the change since an action differs from that in the other groups, and whether both
    had changed alike before.
    """
    clear = is_clear(frame)
    for i, row in frame[frame["when"] == "after"].iterrows():
        places = {"outcome": row["outcome"], "step": as_is(row["step"]), "level": reached(row)}
        yield sentence("reached", bool(clear[i]), value=difference(row.to_dict()), **places)
    yield sentence("before_after", frame["verdict"].iloc[0])
    yield message(
        "Something other than the action may have changed in one of the groups at the same time."
    )


def reached(row: Mapping) -> Phrase:
    """The groups that an action reached."""
    names = str(row["level"]).split(" + ")
    return joined(*(level({**row, "level": one}) for one in names), mark=" + ")


def difference(row: Mapping) -> Phrase:
    """A difference of changes with its interval, on the scale of its outcome."""
    return ranged(row, style=on_scale_of(row["outcome"], signed))


@of_rows_with("conf_low")
def say_targets(known: pd.DataFrame) -> Phrases:
    """Whether each outcome has reached its target, as far as its interval tells."""
    for row in known.to_dict("records"):
        yield sentence(
            "target",
            row["verdict"],
            outcome=row["outcome"],
            target=metric_value(row, "target"),
            value=metric_value(row),
            interval=metric_interval(row),
            level=LEVEL,
        )


def say_control(frame: pd.DataFrame, *, chart: str = "shewhart") -> Phrases:
    """Which waves lie outside the limits, or that none does."""
    out = frame[frame["signal"] != ""].to_dict("records")
    items = [in_brackets(level(row), metric_value(row, "smoothed")) for row in out]
    outcome = frame["outcome"].iloc[0]
    yield sentence("control", chart, len(out) > 0, outcome=outcome, n=len(frame), items=items)


def say_detectable(frame: pd.DataFrame) -> Phrases:
    """The least change of the first metric that can be found, and the n for a smaller one."""
    row = frame.iloc[0].to_dict()
    yield message(
        "{outcome}: with the sample size of {step}, a change of {value} would be detected in"
        " {power} of studies.",
        outcome=row["outcome"],
        step=as_is(row["level"]),
        value=_size(row, "detectable"),
        power=percent(row["power"]),
    )
    if pd.notna(row["wished"]):
        yield message(
            "To detect a change of {value}, each wave needs {n} answers.",
            value=_size(row, "wished"),
            n=row["n_needed"],
        )


def _size(row: Mapping, column: str) -> Phrase:
    """The size of a change in the unit of its metric."""
    unit, times, _ = unit_of(row["metric"])
    style = on_scale_of(row["outcome"], number).of(times)
    return ranged(row, (column,) * 3, style, unit=unit, ends=False)


def part_style(frame: pd.DataFrame, style: Style = signed) -> Style:
    """How the parts of a change are written: with the decimals that the change has."""
    measure, outcome = frame[["measure", "outcome"]].iloc[0]
    if measure == "outcome":
        whole = frame[frame["part"] == "change"].iloc[0]
        return on_scale_of(outcome, style).to(digits_for(*whole[[*VALUE]]))
    return style.of(100 if measure == "probability" else 1).to(1)


def _clear(row: Mapping) -> bool | str:
    """Whether a part is beyond chance; "untested" where no resamples were drawn."""
    return bool(side_of(row)) if pd.notna(row["conf_low"]) else "untested"


def _change(frame: pd.DataFrame, row: Mapping) -> Phrase:
    """The change of the outcome with its interval, and whether it is statistically significant."""

    def figure(row: Mapping, style: Style) -> Phrase:
        return ranged(row, style=part_style(frame, style), unit=UNITS[row["measure"]])

    return say_change(row, as_is(row["step"]), figure)
