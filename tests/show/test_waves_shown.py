"""What is shown of waves: changes that hold, by their sentence and their shape, in both languages;
nothing of a group of few.
"""

import numpy as np
import pandas as pd
import pytest
from matplotlib.lines import Line2D

import cxlab as cx
from tests.models.waves_studies import frame_of, study


@pytest.fixture(scope="module")
def moved():
    frame = frame_of(n=400, waves=3, moved={"t": -0.6, "v": 0.6})
    return cx.waves.touchpoint_changes(study(frame))


def test_changes_that_hold_are_said_and_that_the_others_do_not(moved):
    worse, better, rest = cx.say(moved)
    assert worse == f"Experience got worse at 1 of 3 touchpoints (2017 → 2018): t {low(moved)}."
    assert better.startswith("Experience got better at 1 of 3 touchpoints (2017 → 2018): v +0.")
    assert rest == ("The other touchpoints show no statistically significant change (2017 → 2018).")
    assert cx.say(moved, language="pt-BR")[0].startswith(
        "A experiência piorou em 1 de 3 pontos de contato (2017 → 2018): t −0,"
    )


def low(table):
    return f"−{abs(table['estimate'].iloc[0]):.2f}"


def test_where_nothing_holds_no_touchpoint_is_named():
    table = cx.waves.touchpoint_changes(study(frame_of(seed=3)))
    assert (table["p_holm"] > 0.05).all()
    (line,) = cx.say(table)
    assert line == (
        "The experience of none of the 3 touchpoints shows a statistically significant change"
        " (2016 → 2017)."
    )


def test_a_change_that_holds_is_told_by_its_shape(moved):
    figure = cx.plot(moved).figure
    markers = [line.get_marker() for line in figure.findobj(Line2D)]
    assert (markers.count("v"), markers.count("o"), markers.count("^")) == (1, 1, 1)


def small_wave(few=6, **keys):
    """Three segments; of one, `few` rated t in the last wave."""
    frame = frame_of(n=200)
    last = frame.index[frame["wave"] == 2017]
    frame.loc[last[few:], "t"] = 9
    return study(frame, **keys)


def test_a_page_shows_no_change_to_or_from_a_mean_of_few():
    page = cx.Page(small_wave(), ["en"], seed=1, n_boot=0)
    shown = page(cx.waves.touchpoint_changes).frame.set_index("touchpoint")
    figures = ["earlier", "later", "estimate", "conf_low", "p_value", "p_holm", "n"]
    assert shown.loc["t", figures].isna().all() and shown.loc["u", figures].notna().all()


def test_a_page_shows_no_change_of_a_wave_that_others_leave():
    """Of three waves one has few who rated t: of everybody less the other two it would be known, so
    another is hidden, and the changes to and from it.
    """
    frame = frame_of(n=150, waves=3)
    frame.loc[frame.index[frame["wave"] == 2016][4:], "t"] = 9
    page = cx.Page(study(frame), ["en"], seed=1, n_boot=0)
    steps = page(cx.waves.touchpoint_changes, steps="each").frame
    of_t = steps[steps["touchpoint"] == "t"]
    means = page(cx.experience_scores, by="wave").frame
    hidden = means[(means["touchpoint"] == "t") & means["experience"].isna()]["level"]
    assert set(hidden) == {"2016", of_t["level"].iloc[0].split(" → ")[1]}
    assert of_t["estimate"].isna().all() and of_t["earlier"].isna().all()


def test_where_answers_are_protected_a_change_has_one_decimal():
    page = cx.Page(study(frame_of(), report={"protect": "answers"}), ["en"], seed=1, n_boot=0)
    shown = page(cx.waves.touchpoint_changes).frame
    assert "std_error" not in shown
    np.testing.assert_array_equal(shown["estimate"], shown["estimate"].round(1))
    assert isinstance(shown, pd.DataFrame)
