"""The surface in words: what cannot be located is given no number."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.show.plot.surface import plot_surface
from cxlab.show.say import gap_models as say
from tests.show.drawn import drawn
from tests.show.said import said


def test_surface_sides_and_where_it_turns(quantities):
    lines = said(say.say_surface(quantities, center=4.0))
    assert lines == [
        (
            "Where expectation and experience rise together, the outcome rises too (a1 = +0.50"
            " (+0.30 to +0.70))."
        ),
        (
            "Along that rise the outcome curves downwards: it gains less and less, or falls in"
            " the end (a2 = −0.40 (−0.60 to −0.20))."
        ),
        (
            "Where experience falls below expectation, the outcome is lower; where it exceeds it,"
            " higher (a3 = −0.60 (−0.80 to −0.40))."
        ),
        (
            "The outcome curves downwards as expectation and experience part (a4 = −0.80 (−1.00"
            " to −0.60))."
        ),
        (
            "Among the answers given, the outcome is highest at expectation 4.5 (4.3 to 4.7) and"
            " experience 5.2 (5.0 to 5.4)."
        ),
        (
            "Its ridge runs in the direction of the line on which experience equals expectation"
            " (slope 0.90 (0.60 to 1.20))."
        ),
    ]
    assert said(say.say_surface(quantities))[4].endswith(
        "expectation +0.5 (+0.3 to +0.7) and experience +1.2 (+1.0 to +1.4), counted from the"
        " centre of the scale."
    )
    lowest = quantities.assign(
        estimate=quantities["estimate"].where(~quantities["term"].isin(["a2", "a4"]), 0.5)
    )
    assert "the outcome is lowest" in said(say.say_surface(lowest, center=4.0))[4]
    turned = quantities.assign(
        boot_high=quantities["boot_high"].where(quantities["term"] != "p11", 0.95)
    )
    assert "Its ridge is turned away" in said(say.say_surface(turned))[-1]
    bare = quantities[quantities["term"].isin(["a1", "a3"])]
    assert len(said(say.say_surface(bare))) == 2


def test_bends_are_neither_told_nor_drawn_where_the_form_has_none(quantities, grid):
    """Protects from a map that the reader is then told not to read."""
    for form in ("P", "P+P^2", "E+P", "asymmetric"):
        flat = pd.DataFrame({"form": ["quadratic", form], "chosen": [False, True]})
        assert said(say.say_surface(quantities, forms=flat)) == []
        assert drawn(plot_surface, grid, forms=flat) is None
    for form in ("quadratic", "rising_ridge"):
        curved = pd.DataFrame({"form": ["P", form], "chosen": [False, True]})
        assert len(said(say.say_surface(quantities, forms=curved))) > 4, "a ridge is a bend"
        assert drawn(plot_surface, grid, forms=curved) is not None


@pytest.mark.parametrize(
    ("note", "words"),
    [
        ("undefined_point", "has no turning point"),
        ("uncertain", "do not locate the turning point"),
        ("saddle", "(saddle)"),
        ("outside_data", "lies outside the answers given"),
    ],
)
def test_a_point_that_is_not_there_has_no_number(quantities, note, words):
    frame = quantities.assign(
        note=quantities["note"].where(~quantities["term"].isin(["x0", "y0"]), note)
    )
    for language in ("en", "pt-BR"):
        sentence = said(say.say_surface(frame, center=4.0), language=language)[-2]
        assert not any(character.isdigit() for character in sentence)
    assert words in said(say.say_surface(frame, center=4.0))[-2]


@pytest.mark.parametrize("note", ["undefined_axes", "uncertain"])
def test_of_an_axis_that_is_not_there_nothing_is_said(quantities, note):
    frame = quantities.assign(
        note=quantities["note"].where(~quantities["term"].isin(["p10", "p11"]), note)
    )
    for language, ridge in (("en", "ridge"), ("pt-BR", "crista")):
        lines = said(say.say_surface(frame), language=language)
        assert lines == said(say.say_surface(quantities), language=language)[:-1]
        assert not any(ridge in one for one in lines)
    unplaced = quantities.assign(
        note=quantities["note"].where(quantities["term"] != "p10", "uncertain")
    )
    assert said(say.say_surface(unplaced))[-1] == (
        "The direction of its ridge is 0.90 (0.60 to 1.20), where 1 is the line on which experience"
        " equals expectation."
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
    assert said(say.say_congruence(checklist()))[0].startswith(
        "These data are consistent with the claim that meeting the expectation is best in itself,"
        " whatever its level"
    )
    broad = said(say.say_congruence(checklist(a1="")))
    assert broad[0].endswith(
        "the level of both counts as well: it changes as both rise together (a1 = +0.50 (+0.20 to"
        " +0.80), not 0)."
    )
    assert broad[1].startswith(
        "In a small sample a condition may hold only because its interval is wide"
    )
    none = said(say.say_congruence(checklist(p10="", a3="", a1="")))
    assert none == [
        "It cannot be claimed here that meeting the expectation exactly is best in itself: the"
        " ridge lies beside the line on which the two are equal (p10 = +0.50 (+0.20 to +0.80); it"
        " should be 0); where the two are equal, the outcome still rises or falls with which of"
        " them is higher (a3 = +0.50 (+0.20 to +0.80); it should be 0)."
    ]
    vague = said(say.say_congruence(checklist(p10="uncertain", p11="uncertain")))
    assert vague == [
        "It cannot be claimed here that meeting the expectation exactly is best in itself: these"
        " data are not precise enough for all of the conditions."
    ]
