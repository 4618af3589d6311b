"""The surface in words and pictures: what cannot be located is neither drawn nor given a number."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import ModelError
from cxlab.show.explore import explorers
from cxlab.show.page.html import Html
from cxlab.show.page.refusals import Refusal
from cxlab.show.plot import gap, journey, surface
from cxlab.show.say import surface as say


def drawn_words(picture) -> str:
    return " ".join(ET.fromstring(picture.svg()).itertext())


def test_surface_sides_and_where_it_turns(quantities):
    said = say.say_surface(quantities, center=4.0)
    assert said == [
        (
            "Where expectation and experience rise together, the outcome rises too (a1 = +0.50"
            " (+0.30 to +0.70))."
        ),
        (
            "On that way up the outcome bends downwards: it gains less and less, or falls in the"
            " end (a2 = −0.40 (−0.60 to −0.20))."
        ),
        (
            "Where experience falls below expectation, the outcome is lower; where it exceeds it,"
            " higher (a3 = −0.60 (−0.80 to −0.40))."
        ),
        (
            "The outcome bends downwards as expectation and experience part (a4 = −0.80 (−1.00 to"
            " −0.60))."
        ),
        (
            "Among the answers given, the outcome is highest at expectation 4.5 (4.3 to 4.7) and"
            " experience 5.2 (5.0 to 5.4)."
        ),
        (
            "Its ridge cannot be told apart from the line on which experience equals expectation in"
            " direction (slope 0.90 (0.60 to 1.20))."
        ),
    ]
    assert say.say_surface(quantities)[4].endswith(
        "expectation +0.5 (+0.3 to +0.7) and experience +1.2 (+1.0 to +1.4), counted from the"
        " centre of the scale."
    )
    lowest = quantities.assign(
        estimate=quantities["estimate"].where(~quantities["term"].isin(["a2", "a4"]), 0.5)
    )
    assert "the outcome is lowest" in say.say_surface(lowest, center=4.0)[4]
    turned = quantities.assign(
        boot_high=quantities["boot_high"].where(quantities["term"] != "p11", 0.95)
    )
    assert "Its ridge is turned away" in say.say_surface(turned)[-1]
    bare = quantities[quantities["term"].isin(["a1", "a3"])]
    assert len(say.say_surface(bare)) == 2


def test_bends_are_not_told_where_a_form_without_them_tells_as_much(quantities):
    forms = pd.DataFrame(
        {
            "form": ["P", "rising_ridge", "quadratic"],
            "df": [2, 3, 6],
            "r_squared_cv": [0.3, 0.4, 0.6],
            "chosen": [False, False, True],
        }
    )
    assert say.say_surface(quantities, forms) == say.say_surface(quantities)
    near = forms.assign(r_squared_cv=[0.59, 0.4, 0.6])
    assert say.say_surface(quantities, near) == [
        "“Experience only” tells as much, or nearly, so the bends of this map are not to be read:"
        " take from it where answers lie and which way the outcome rises."
    ]
    curved = forms.assign(r_squared_cv=[0.3, 0.59, 0.6])
    assert len(say.say_surface(quantities, curved)) > 4, "a ridge is a bend"


@pytest.mark.parametrize(
    ("note", "words"),
    [
        ("undefined_point", "has no turning point"),
        ("uncertain", "cannot be located"),
        ("saddle", "a saddle"),
        ("outside_data", "turns outside the answers given"),
    ],
)
def test_a_point_that_is_not_there_has_no_number(quantities, grid, note, words):
    frame = quantities.assign(
        note=quantities["note"].where(~quantities["term"].isin(["x0", "y0"]), note)
    )
    for language in ("en", "pt-BR"):
        sentence = say.say_surface(frame, center=4.0, language=language)[-2]
        assert not any(character.isdigit() for character in sentence)
    assert words in say.say_surface(frame, center=4.0)[-2]
    assert "Diamond" not in surface.plot_surface(grid, quantities=frame).note


@pytest.mark.parametrize(
    ("note", "words"),
    [
        ("undefined_axes", "no ridge in a direction of its own"),
        ("uncertain", "direction of its ridge cannot be told"),
    ],
)
def test_an_axis_that_is_not_there_has_no_number(quantities, grid, note, words):
    frame = quantities.assign(
        note=quantities["note"].where(~quantities["term"].isin(["p10", "p11"]), note)
    )
    assert words in say.say_surface(frame)[-1] and not any(
        character.isdigit() for character in say.say_surface(frame)[-1]
    )
    assert "ridge" not in surface.plot_surface(grid, quantities=frame).note
    unplaced = quantities.assign(
        note=quantities["note"].where(quantities["term"] != "p10", "uncertain")
    )
    assert "where it lies cannot be told" in say.say_surface(unplaced)[-1]


def test_the_map_marks_what_is_located(quantities, grid):
    picture = surface.plot_surface(grid, quantities=quantities)
    assert (
        "Diamond: the highest point." in picture.note and "Orange line: the ridge" in picture.note
    )
    assert "the outcome is highest at expectation 4.5" in picture.alt
    assert picture.svg().count(surface.VERMILION) > surface.plot_surface(grid).svg().count(
        surface.VERMILION
    )


def checklist(**failed):
    terms = {
        "p10": "broad",
        "p11": "broad",
        "a4": "broad",
        "a3": "broad",
        "a1": "strict",
        "a2": "strict",
    }
    rows = [
        {
            "term": t,
            "part": part,
            "requirement": "",
            "estimate": 0.5,
            "conf_low": 0.2,
            "conf_high": 0.8,
            "p_value": np.nan,
            "holds": t not in failed,
            "note": failed.get(t, ""),
        }
        for t, part in terms.items()
    ]
    broad = not set(failed) & {"p10", "p11", "a4", "a3"}
    return pd.DataFrame(rows).assign(
        verdict="none" if not broad else "broad" if failed else "strict"
    )


def test_the_verdict_tells_which_condition_fails_with_its_number():
    assert say.say_congruence(checklist())[0].startswith(
        "These data agree with the claim that meeting the expectation is best in itself, whatever"
        " its level"
    )
    broad = say.say_congruence(checklist(a1=""))
    assert broad[0].endswith(
        "the level of both counts as well: it changes as both rise together (a1 = +0.50 (+0.20 to"
        " +0.80), not 0)."
    )
    assert broad[1].startswith(
        "In a small sample a condition may hold only because the interval is wide"
    )
    none = say.say_congruence(checklist(p10="", a3="", a1=""))
    assert none == [
        "That meeting the expectation exactly is best in itself cannot be claimed here: the ridge"
        " lies beside the line on which the two are equal (p10 = +0.50 (+0.20 to +0.80); it should"
        " be 0); where the two are equal, the outcome still rises or falls with which of them is"
        " higher (a3 = +0.50 (+0.20 to +0.80); it should be 0)."
    ]
    vague = say.say_congruence(checklist(p10="uncertain", p11="uncertain"))
    assert vague == [
        "That meeting the expectation exactly is best in itself cannot be claimed here: the ridge's"
        " direction cannot be told from these data."
    ]
    for function in (say.say_surface, say.say_congruence):
        assert function(
            Refusal(ModelError("this study declares no outcome to explain")), language="pt-BR"
        )[0].startswith("Não mostrado")


def test_neither_map_nor_landscape_is_drawn_for_few(grid, gap_points):
    sparse = grid.assign(n=4)
    for plot in (surface.plot_surface, surface.plot_surface_3d):
        picture = plot(sparse, gap_points, min_cell=10)
        assert (
            picture.alt == "No pair of ratings has enough respondents near it to draw the surface."
        )
        assert len(picture.svg()) < len(plot(grid, gap_points).svg())


def test_the_best_forms_are_drawn_with_the_gap_and_the_chosen(contest):
    picture = gap.plot_gap_forms(contest)
    words = drawn_words(picture)
    assert "The best 7 of 14 forms, the plain gap among them." in picture.note
    assert "Full surface (curved)" in words and "Experience only" not in words
    poor = contest.assign(
        r_squared_cv=contest["r_squared_cv"].where(contest["form"] != "difference", -0.5)
    )
    assert "The gap (experience minus" in drawn_words(gap.plot_gap_forms(poor))
    unknown = contest.assign(r_squared=contest["r_squared"].where(contest["form"] != "cubic"))
    assert "curved twice" not in drawn_words(gap.plot_gap_forms(unknown))


def test_tolerance_in_journey_order_with_the_share_inside(zone, labels):
    words = drawn_words(gap.plot_tolerance(zone, labels=labels))
    assert (
        words.index("Advertising")
        < words.index("Installation")
        < words.index("Support")
        < words.index("billing")
    )
    assert "35% inside" in words and "adequate" in words and "desired" in words
    assert "too few" in drawn_words(gap.plot_tolerance(zone.assign(experience=np.nan)))
    assert "too few" in drawn_words(gap.plot_tolerance(zone.assign(inside=np.nan)))


def test_rewards_carry_class_and_probability_and_count_those_left_out(rewards, labels):
    words = drawn_words(gap.plot_penalty_reward(rewards, labels=labels))
    assert "Basic (91%)" in words and "Indifferent (100%)" in words
    assert (
        words.index("Basic")
        < words.index("Performance")
        < words.index("Excitement")
        < words.index("Indifferent")
    )
    few = gap.plot_penalty_reward(rewards, every=False)
    assert (
        "Indifferent" not in drawn_words(few)
        and "Not drawn: 2 touchpoints that show neither." in few.note
    )
    none = rewards[rewards["class"] == "indifferent"]
    assert "Indifferent" in drawn_words(gap.plot_penalty_reward(none, every=False))


def test_a_long_journey_loses_its_headings(gaps):
    assert "aware" in drawn_words(journey.plot_gaps(gaps, stages={"aware": "aware"}))
    long = pd.concat([gaps] * 4, ignore_index=True)
    picture = journey.plot_gaps(long, stages={"aware": "aware"})
    assert "aware" not in drawn_words(picture)
    # 24 touchpoints leave half of a printed page (259 mm high, 80 % of 176 mm wide) to what they
    # mean.
    kiosk = journey.plot_gaps(
        pd.concat([gaps.assign(touchpoint="short")] * 24, ignore_index=True).head(24)
    )
    assert kiosk.height * 25.4 * (0.8 * 176 / (7.2 * 25.4)) < 130
    assert kiosk.narrow_height > kiosk.height


class Fit:
    center = 4.0

    def __init__(self, grid):
        self.grid = grid

    def predict(self, expectation, experience):
        n = 0 if experience < 2 else 12
        return pd.DataFrame(
            [
                {
                    "estimate": experience,
                    "conf_low": experience - 1,
                    "conf_high": experience + 1,
                    "n": n,
                }
            ]
        )

    def surface_grid(self):
        return self.grid


def test_the_explorer_follows_its_sliders_and_its_view(grid, quantities):
    box = explorers.explore_surface(Fit(grid), quantities=quantities, language="pt-BR")
    expectation, experience, view, answer, about = box.children
    assert expectation.description == "Expectativa"
    experience.value = 5.0
    assert (
        "Expectativa 4,0, experiência 5,0: “satisfaction” esperado de 5,00 (intervalo de 95%: 4,00"
        " a 6,00)." in answer.value
    )
    assert "palpite" not in answer.value
    flat = answer.value
    view.value = "3d"
    assert answer.value != flat and "Linha cheia" in answer.value
    experience.value = 1.5
    assert "palpite" in answer.value
    assert (
        "espera-se “satisfaction” de 4,30 em 4,3, 5,80 em 5,8 e 7,00 em 7,0" in about.value
        and "a1 = " in about.value
    )
    assert all("white-space: normal" in one.value for one in (answer, about))
    assert isinstance(
        explorers.explore_surface(Fit(grid), quantities=Refusal(ModelError("no"))), Html
    )
