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
    assert worse == f"Experience got worse at 1 of 3 touchpoints (2017 → 2018): t ({low(moved)})."
    assert better.startswith("Experience got better at 1 of 3 touchpoints (2017 → 2018): v (+0.")
    assert rest == ("The other touchpoints show no statistically significant change (2017 → 2018).")
    assert cx.say(moved, language="pt-BR")[0].startswith(
        "A experiência piorou em 1 de 3 pontos de contato (2017 → 2018): t (−0,"
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


def test_of_more_rows_than_a_page_holds_those_that_changed_are_drawn(moved):
    many = pd.concat([moved.assign(touchpoint=moved["touchpoint"] + str(i)) for i in range(9)])
    many = many.reset_index(drop=True)
    kept = cx.Result.of(many, "touchpoint_changes", 0.95, moved.settings, moved.labels)
    plotted = cx.plot(kept)
    markers = [line.get_marker() for line in plotted.figure.findobj(Line2D)]
    assert (markers.count("v"), markers.count("^"), markers.count("o")) == (9, 9, 0)
    assert "Not drawn: 9 touchpoints" in plotted.note and "Not drawn" not in cx.plot(moved).note


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


# ---- what a change goes with


def fallen(n=600, **more):
    frame = frame_of(n=n, moved={"t": -0.8}, **more)
    frame["y"] = (frame["y"] + 2).round().clip(0, 10)
    return frame


def parts_of(frame, **keys):
    return cx.waves.decompose_change(study(frame, kind="nps", **keys), "y", n_boot=200)


def test_the_change_its_part_and_its_touchpoint_are_said():
    table = parts_of(fallen())
    change, ratings, touchpoint = cx.say(table)
    fell = "y, 2016 → 2017: fall of "
    assert change.startswith(fell) and change.endswith("), statistically significant.")
    whole = table[(table["part"] == "experience") & (table["touchpoint"] == "all_touchpoints")]
    assert ratings.startswith(
        "Changed ratings at the touchpoints are associated with"
        f" −{-whole['estimate'].item():.1f} of the change, a statistically significant part; "
    )
    assert touchpoint.startswith("Touchpoints whose changed rating is associated with") and (
        "t (−" in touchpoint and "u " not in touchpoint.split(":")[1]
    )
    portuguese = cx.say(table, language="pt-BR")
    assert portuguese[1].startswith(
        "As notas diferentes nos pontos de contato estão associadas a −"
    )
    assert not any("caus" in one for one in (change, ratings, touchpoint, *portuguese))


def test_without_a_part_that_holds_none_is_named():
    table = parts_of(frame_of(n=200, seed=4).assign(y=lambda one: one["y"].round().clip(0, 10)))
    change, touchpoints = cx.say(table)
    assert change.endswith("), no statistically significant difference.")
    assert touchpoints == (
        "At no single touchpoint is the changed rating associated with a statistically"
        " significant part."
    )


def test_of_parts_that_were_not_tested_no_significance_is_said():
    frame = fallen()
    asked = study(frame, kind="nps", segments=["seg"])
    for table in (
        cx.waves.decompose_change(asked, "y", n_boot=0),
        cx.waves.decompose_mix(asked, "y", by="seg", n_boot=0),
    ):
        said = cx.say(table)
        assert len(said) == 2 and "significant" not in said[1] and " of the change; " in said[1]


def test_an_amount_is_said_in_its_unit():
    frame = fallen().rename(columns={"y": "spend"})
    points = {one: {"experience": one, "scale": "s"} for one in ("t", "u", "v")}
    asked = cx.Study.from_frame(
        frame,
        points,
        {"spend": {"kind": "amount", "column": "spend", "unit": "BRL"}},
        scales={"s": {"min": 1, "max": 7}},
        wave="wave",
    )
    change, ratings, _ = cx.say(cx.waves.decompose_change(asked, "spend", n_boot=100))
    assert "R$" in change and "scale point" not in change and "R$" in ratings


def test_a_part_that_holds_is_told_by_its_shape():
    figure = cx.plot(parts_of(fallen())).figure
    markers = [line.get_marker() for line in figure.findobj(Line2D)]
    assert markers.count("v") == 2 and markers.count("o") == 2  # t, and all together
    pooled = cx.waves.decompose_change(study(fallen()), "y", reference="pooled", n_boot=60)
    assert (
        "Changes in ratings are counted at the weights of both waves together."
        in cx.plot(pooled).note
    )


def test_the_mix_is_said_with_its_segment():
    table = cx.waves.decompose_mix(
        study(fallen(), kind="nps", segments=["seg"]), "y", by="seg", n_boot=200
    )
    _, mixed = cx.say(table)
    assert mixed.startswith("The mix of respondents by “seg” is associated with ")
    assert "within the groups" in mixed
    assert (
        "A composição dos respondentes por “seg” está associada a"
        in cx.say(table, language="pt-BR")[1]
    )
    assert cx.plot(table).title == "What the change in “y” is associated with"


def page_of(frame, **keys):
    return cx.Page(study(frame, kind="nps", **keys), ["en"], seed=1, n_boot=60)


def test_of_few_outside_the_models_a_page_does_not_tell_the_mean():
    """The change less all parts of the models would be theirs: it is one with the baseline."""
    frame = fallen()
    frame["t"] = frame["t"].astype(object)
    frame.loc[:4, "t"] = ""
    table = page_of(frame)(cx.waves.decompose_change).frame
    assert "not_in_model" not in set(table["part"]) and "baseline" not in set(table["part"])
    rest = table[table["part"] == "rest"].iloc[0]
    assert np.isnan(rest["conf_low"]) and np.isnan(rest["p_value"])
    single = table[(table["touchpoint"] != "all_touchpoints") & (table["part"] != "change")]
    assert single["estimate"].sum() == pytest.approx(
        table.loc[table["part"] == "change", "estimate"].item()
    )
    frame.loc[:30, "t"] = ""
    frame.loc[600:630, "t"] = ""
    assert "not_in_model" in set(page_of(frame)(cx.waves.decompose_change).frame["part"])


def test_parts_of_groups_are_shown_only_where_each_group_in_each_wave_could_be():
    frame = fallen()
    page = page_of(frame, segments=["seg"])
    assert page(cx.waves.decompose_mix, by="seg")
    # The same people but six: two levels of two splits whose difference is theirs.
    frame["old"] = np.where((frame["seg"] == "old") & (frame["wave"] == 2017), "yes", "no")
    frame.loc[frame.index[frame["old"] == "yes"][:6], "old"] = "no"
    points = {one: {"experience": one, "scale": "s"} for one in ("t", "u", "v")}
    close = cx.Study.from_frame(
        frame,
        points,
        {"y": {"kind": "nps", "column": "y"}},
        scales={"s": {"min": 1, "max": 7}},
        wave="wave",
        segments=["seg", "old"],
    )
    shown = cx.Page(close, ["en"], seed=1, n_boot=60)(cx.waves.decompose_mix, by="seg")
    assert shown.refused and "would tell what a few of them answered" in shown.reason


def test_where_answers_are_protected_no_part_is_shown():
    page = page_of(fallen(), segments=["seg"], report={"protect": "answers"})
    for shown in (page(cx.waves.decompose_change), page(cx.waves.decompose_mix, by="seg")):
        assert shown.refused and "single answers are protected" in shown.reason


# ---- control charts, and how small a change can be shown


def many(few=None, **keys):
    """Ten waves; the sixth worse, one of `few` answers if any."""
    frame = frame_of(n=150, waves=10, slopes={"t": (0.0, 0.0)})
    frame["y"] = (frame["y"] + 2 - 2 * (frame["wave"] == 2021)).round().clip(0, 10)
    if few:
        frame = frame.drop(frame.index[frame["wave"] == 2018][few:])
    return study(frame, kind="nps", **keys)


def test_unusual_waves_are_said_and_drawn_by_their_shape():
    table = cx.waves.control_chart(many(), "y")
    low = table.loc[table["signal"] == "low", "estimate"].item()
    said = f"y: outside the limits of usual variation: 2021 (−{-low:.0f})."
    assert cx.say(table) == [said]
    assert cx.say(table, language="pt-BR")[0].startswith("y: fora dos limites da variação usual:")
    markers = [line.get_marker() for line in cx.plot(table).figure.findobj(Line2D)]
    assert (markers.count("v"), markers.count("o")) == (1, 9)
    weighted = cx.waves.control_chart(many(), "y", chart="ewma")
    assert cx.say(weighted)[0].startswith("y: the weighted mean of the waves ")


def test_where_one_wave_may_not_be_shown_there_is_no_chart():
    """Its figure would be the rest of the centre line."""
    page = cx.Page(many(), ["en"], seed=1, n_boot=0)
    assert page(cx.waves.control_chart).frame["estimate"].notna().all()
    shown = cx.Page(many(few=8), ["en"], seed=1, n_boot=0)(cx.waves.control_chart)
    assert shown.refused and "the limits of the others would tell it" in shown.reason


def test_a_chart_on_a_page_takes_nothing_from_what_compares_waves():
    page = cx.Page(many(), ["en"], seed=1, n_boot=0)
    page(cx.metrics, "y", by="wave")
    page(cx.waves.control_chart)
    assert page(cx.changes) and page(cx.waves.detectable)


def test_the_least_change_is_said_with_its_n():
    table = cx.waves.detectable(many(), "y", change=5.0)
    row = table.iloc[0]
    first, second = cx.say(table)
    assert first == (
        f"y: with the sample size of 2024 → 2025, a change of {row['detectable']:.1f} points would"
        " be detected in 80% of studies."
    )
    assert (
        second
        == f"To detect a change of 5.00 points, each wave needs {row['n_needed']:,.0f} answers."
    )
    assert cx.say(table, language="pt-BR")[1].startswith(
        "Para detectar uma mudança de 5,00 pontos, cada onda precisa de"
    )


def test_of_a_hidden_wave_no_least_change_is_shown():
    """Its error is that of its answers."""
    frame = frame_of(n=80, waves=2, slopes={"t": (0.0, 0.0)})
    frame = frame.drop(frame.index[frame["wave"] == 2017][8:])
    page = cx.Page(study(frame), ["en"], seed=1, n_boot=0)
    page(cx.metrics, "y", by="wave")
    assert page(cx.waves.detectable).refused
