"""Pictures of the gap models: what cannot be located is not drawn, what is left out is counted."""

import numpy as np
import pandas as pd
import pytest

from cxlab.show.plot.gap import plot_gap_forms, plot_gaps, plot_penalty_reward, plot_tolerance
from cxlab.show.plot.style import VERMILION
from cxlab.show.plot.surface import plot_surface
from tests.show.drawn import drawn, words_of


def noted(quantities, note, *terms):
    return quantities.assign(note=quantities["note"].where(~quantities["term"].isin(terms), note))


@pytest.mark.parametrize("note", ["undefined_point", "uncertain", "saddle", "outside_data"])
def test_a_point_that_is_not_there_is_not_drawn(quantities, grid, note):
    frame = noted(quantities, note, "x0", "y0")
    assert "Diamond" not in drawn(plot_surface, grid, quantities=frame).note


@pytest.mark.parametrize("note", ["undefined_axes", "uncertain"])
def test_an_axis_that_is_not_there_is_not_drawn(quantities, grid, note):
    frame = noted(quantities, note, "p10", "p11")
    assert "ridge" not in drawn(plot_surface, grid, quantities=frame).note


def test_the_map_marks_what_is_located(quantities, grid):
    picture = drawn(plot_surface, grid, quantities=quantities)
    assert (
        "Diamond: the highest point." in picture.note
        and "Line in the accent colour: the ridge" in picture.note
    )
    assert "the outcome is highest at expectation 4.5" in picture.alt
    bare = drawn(plot_surface, grid)
    assert picture.svg().count(VERMILION) > bare.svg().count(VERMILION)


def test_the_best_forms_are_drawn_with_the_gap_and_the_chosen(contest):
    picture = drawn(plot_gap_forms, contest)
    words = words_of(picture)
    assert "The best 7 of 23 models, including the plain gap." in picture.note
    assert "Full surface (curved)" in words and "Experience only" not in words
    poor = contest.assign(
        r_squared_cv=contest["r_squared_cv"].where(contest["form"] != "difference", -0.5)
    )
    assert "The gap (experience minus" in words_of(drawn(plot_gap_forms, poor))
    unknown = contest.assign(r_squared=contest["r_squared"].where(contest["form"] != "cubic"))
    assert "curved twice" not in words_of(drawn(plot_gap_forms, unknown))


def test_tolerance_in_journey_order_with_the_share_inside(zone, labels):
    words = words_of(drawn(plot_tolerance, zone, labels=labels))
    assert (
        words.index("Advertising")
        < words.index("Installation")
        < words.index("Support")
        < words.index("billing")
    )
    assert "35% inside" in words and "adequate" in words and "desired" in words
    assert "hidden" in words_of(drawn(plot_tolerance, zone.assign(experience=np.nan)))
    assert "too few" in words_of(drawn(plot_tolerance, zone.assign(inside=np.nan)))


def test_rewards_carry_class_and_probability_and_count_those_left_out(rewards, labels):
    words = words_of(drawn(plot_penalty_reward, rewards, labels=labels))
    assert "Basic (91%)" in words and "Indifferent (100%)" in words
    assert (
        words.index("Basic")
        < words.index("Performance")
        < words.index("Excitement")
        < words.index("Indifferent")
    )
    few = drawn(plot_penalty_reward, rewards, every=False)
    assert (
        "Indifferent" not in words_of(few)
        and "Not drawn: 2 touchpoints with no statistically significant association." in few.note
    )
    none = rewards[rewards["class"] == "indifferent"]
    assert "Indifferent" in words_of(drawn(plot_penalty_reward, none, every=False))


def test_a_long_journey_loses_its_headings(gaps):
    stages = {"stage:aware": "Becoming aware"}
    assert "Becoming aware" in words_of(drawn(plot_gaps, gaps, labels=stages))
    long = pd.concat([gaps] * 4, ignore_index=True)
    assert "Becoming aware" not in words_of(drawn(plot_gaps, long, labels=stages))
    # 24 touchpoints leave half of a printed page (259 mm high, 80 % of 176 mm wide) to what they
    # mean.
    short = pd.concat([gaps.assign(touchpoint="short")] * 24, ignore_index=True).head(24)
    kiosk = drawn(plot_gaps, short)
    assert kiosk.height * 25.4 * (0.8 * 176 / (7.2 * 25.4)) < 130
    assert kiosk.narrow_height > kiosk.height
