"""Explorers follow every choice, say why where the data cannot carry one, and hand back the result
with the call that gives it.
"""

from __future__ import annotations

import re
import threading
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.errors import ModelError


@pytest.fixture(scope="module")
def shop():
    return cx.simulate_study(200, seed=1)


@pytest.fixture(scope="module")
def aurora():
    return cx.simulate_study(200, seed=3, design="telecom")


def words_of_pictures(explorer):
    """What is read out instead of each picture: of the wide one and of the narrow one."""
    return re.findall(r'<img class="(?:wide|narrow)"[^>]* alt="([^"]*)"', shown(explorer))


def control(explorer, description):
    """The control that is called so."""
    (found,) = [one for one in explorer.controls if one.description == description]
    return found


def shown(explorer):
    """The answer, once it is there."""
    explorer.result  # noqa: B018
    return explorer.answer.value


def same(explorer, study, **more):
    """Whether the call that is handed back gives the result that is handed back."""
    again = eval(explorer.call, {"cx": cx, "study": study, **more})
    pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(explorer.result))
    return True


def test_the_surface_of_a_fit_follows_its_sliders_and_its_view(shop):
    fit = cx.fit_gap(shop, "delivery")
    quantities = cx.surface(fit, n_boot=0)
    box = cx.explore.surface(fit, quantities=quantities, language="pt-BR")
    assert [one.description for one in box.controls] == ["Expectativa", "Experiência", "Vista"]
    control(box, "Experiência").value = 5.0
    assert "com expectativa 4,0 e experiência 5,0." in shown(box) and "a1 = " in shown(box)
    assert same(box, shop, fit=fit)
    flat = shown(box)
    control(box, "Vista").index = 1
    assert shown(box) != flat
    control(box, "Experiência").value = 1.0
    control(box, "Expectativa").value = 1.0
    assert "extrapolação" in shown(box)


def test_the_surface_of_a_study_follows_touchpoint_outcome_and_whose_answers(aurora):
    box = cx.explore.surface(aurora)
    control(box, "Touchpoint").value = "network"
    control(box, "Outcome").value = "loyalty"
    control(box, "Whose answers").value = "plan"
    control(box, "Group").value = "Pós-pago"
    assert 'study.group("plan") == "Pós-pago"' in box.call and same(box, aurora)
    assert "Where experience equals" in shown(box)
    expectation = control(box, "Expectation")
    assert (expectation.field.min, expectation.handle.max) == (1, 7)
    assert expectation.value == expectation.handle.value == 4


def test_a_fit_without_a_surface_says_why(shop, monkeypatch):
    def refused(fit):
        raise ModelError("{n} respondents are too few", n=3)

    fit = cx.fit_gap(shop, "delivery", form="difference")
    assert "with expectation" in shown(cx.explore.surface(fit))
    monkeypatch.setattr(cx.gap, "surface_grid", refused)
    box = cx.explore.surface(fit)
    assert "Not shown: 3 respondents are too few" in shown(box)
    assert (box.result, box.call) == (None, "")


@pytest.fixture
def asked(shares, monkeypatch):
    """What was asked of stand-ins for `fit_loyalty` and `importance`."""
    asked = []

    def fit(study, outcome=None, family="ols", missing=None):
        if family == "binary":
            raise ModelError(
                "outcome {outcome}: nobody answered it here; choose another", outcome=outcome
            )
        if family == "mixed":
            raise ZeroDivisionError("an accident")
        return (outcome, family, missing)

    def rank(model, method="lmg", n_boot=0, seed=None):
        asked.append((*model, method, n_boot))
        return shares.assign(rank=[1, 2, 4, 3, 5]) if method == "beta" else shares.copy()

    monkeypatch.setattr(cx, "fit_loyalty", fit)
    monkeypatch.setattr(cx, "importance", rank)
    return asked


@pytest.fixture
def study():
    outcomes = pd.DataFrame({"outcome": ["recommend", "satisfaction"], "kind": ["nps", "csat"]})
    return SimpleNamespace(
        outcomes=outcomes,
        labels=lambda language: {"recommend": "Would recommend", "support": "Support"},
        codebook=SimpleNamespace(main_outcome="recommend", segments={}, wave=None),
    )


def test_shares_come_before_their_intervals_and_stand_beside_the_first(asked, study):
    box = cx.explore.drivers(study)
    assert "Support: 40%" in shown(box) and "Rank at first" not in shown(box)
    assert asked == [("recommend", "ols", None, "lmg", 0), ("recommend", "ols", None, "lmg", 200)]
    control(box, "Weight counted by").value = "beta"
    assert "New among the top three: billing; no longer there: store." in shown(box)
    assert "Rank at first" in shown(box)
    control(box, "Missing answers").value = "usage"
    shown(box)
    assert asked[-1] == ("recommend", "ols", "usage", "beta", 200) and len(asked) == 6
    control(box, "Missing answers").value = ""
    control(box, "Weight counted by").value = "lmg"
    assert "Rank at first" not in shown(box)
    assert len(asked) == 6 or asked[6:] == asked[2:4]  # what is known is not computed again


def test_a_refusal_gives_its_reason_and_a_fault_is_not_hidden(asked, study):
    box = cx.explore.drivers(study)
    control(box, "Model").value = "binary"
    why = "Not shown: outcome Would recommend: nobody answered it here; choose another."
    assert f'<p class="refused">{why}</p>' in shown(box) and box.result is None
    control(box, "Model").value = "mixed"
    assert "an accident" in shown(box) and "Traceback" in shown(box)
    control(box, "Model").value = "ols"
    assert "Support: 40%" in shown(box)


def test_a_new_choice_and_the_button_end_a_long_computation(asked, study, shares, monkeypatch):
    started, ended = threading.Event(), threading.Event()

    def endless(model, method="lmg", n_boot=0, seed=None):
        if method == "beta":
            return shares
        started.set()
        try:
            while True:
                threading.Event().wait(0.001)
        finally:
            ended.set()

    monkeypatch.setattr(cx, "importance", endless)
    box = cx.explore.drivers(study)
    assert started.wait(10) and "Computing" in box.answer.value
    control(box, "Weight counted by").value = "beta"
    assert "Support: 40%" in shown(box) and ended.is_set()
    started.clear()
    control(box, "Weight counted by").value = "lmg"
    assert started.wait(10)
    box.stop()
    assert box.result is None and "Stopped" in box.answer.value
    control(box, "Weight counted by").value = "beta"
    assert box.result is not None


def test_the_ranking_of_a_group_is_that_of_its_respondents(shop):
    box = cx.explore.drivers(shop, n_boot=50, language="pt-BR")
    control(box, "De quem são as respostas").value = "channel"
    assert same(box, shop) and 'study.group("channel")' in box.call
    assert box.result["n"].iloc[0] < 150


def test_the_explorer_of_a_journey_shows_whose_journey_is_chosen(aurora):
    box = cx.explore.journey(aurora, language="pt-BR")
    _outcome, by, level = box.controls
    assert [value for _name, value in by.options] == ["", "plan", "region", "channel"]
    assert "pontos de NPS associados" in shown(box) and [*level.options] == [("–", "")]
    assert same(box, aurora)
    whole = shown(box)
    by.value = "plan"
    assert [value for _name, value in level.options] == ["Pré-pago", "Controle", "Pós-pago"]
    level.value = "Pós-pago"
    assert shown(box) != whole and same(box, aurora)
    assert {*box.result["level"]} == {"Pós-pago"}
    by.value = ""
    assert level.disabled and [*level.options] == [("–", "")]
    box.stop()


def test_what_is_rated_is_shown_before_what_it_goes_with(aurora):
    box, seen = cx.explore.journey(aurora), []
    box.answer.observe(lambda change: seen.append(change["new"]), names="value")
    shown(box)
    seen.clear()
    box.controls[0].value = "loyalty"
    shown(box)
    computing, rated, modelled = seen
    assert "Computing" in computing and "The journey on one map" in rated
    assert "Effect" not in rated and "Effect" in modelled


def test_an_outcome_that_no_model_can_explain_gives_its_reason():
    frame = pd.DataFrame({"a": [1, 5, 6, 7] * 20, "y": [5] * 80})
    outcomes = {"y": {"kind": "csat", "column": "y", "scale": "s"}}
    study = cx.Study.from_frame(frame, {"a": "a"}, outcomes, scales={"s": {"min": 1, "max": 7}})
    box = cx.explore.journey(study)
    assert "Not shown" in shown(box) and "Traceback" not in shown(box)


def test_better_ratings_are_told_in_points_and_in_money(aurora):
    box = cx.explore.what_if(aurora, language="pt-BR")
    care = control(box, "Atendimento")
    for one in box.controls[3:]:
        one.value = 0
    assert "mova um controle deslizante" in shown(box) and box.result is None
    care.handle.value = 0.5
    assert care.field.value == 0.5 and "R$" in shown(box) and same(box, aurora)
    assert {"amount", "estimate"} <= {*box.result}


def test_a_study_that_tells_no_money_says_so_below_the_points(shop):
    box = cx.explore.what_if(shop)
    assert "higher is associated" in shown(box) and "Not shown" in shown(box)
    assert "money=" not in box.call and same(box, shop)


@pytest.mark.parametrize(
    ("language", "words"), [("en", "it takes 830 answers"), ("pt-BR", "são necessárias 830")]
)
def test_the_error_of_an_nps_follows_its_sliders(language, words):
    box = cx.explore.nps_error(language=language)
    box.controls[2].value = 17
    assert words in shown(box) and same(box, None)
    box.controls[1].value = 90
    assert box.result is None


def test_what_subtraction_finds_of_a_small_made_up_study_is_shown():
    box = cx.explore.disclosure(language="pt-BR")
    assert "revelaria um grupo oculto" in shown(box) and box.result["told"].notna().sum() == 1
    least = control(box, "Mínimo de respostas por grupo")
    least.value = 4
    assert "nada precisa ser ocultado" in shown(box)
    assert box.result["reason"].eq("").all()


def test_subtraction_finds_the_very_mean_of_a_hidden_group(aurora):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"y": rng.integers(0, 11, 120), "plan": [*"aaaab" * 24]})
    frame.loc[:5, "plan"] = "c"
    frame["city"] = [*"xyz" * 40]
    outcomes = {"y": {"kind": "nps", "column": "y"}}
    study = cx.Study.from_frame(frame, {}, outcomes, segments=["plan", "city"])
    found = cx.explore.subtraction(study, "y", ["plan", "city"]).set_index("level")
    assert found.loc["c", "told"] == pytest.approx(frame.loc[frame["plan"] == "c", "y"].mean())
    assert found.loc["c", "reason"] == "few" and (found["reason"] == "tells").any()
    same = cx.explore.subtraction(study, "y", ["city"])
    assert same["told"].isna().all() and same["reason"].eq("").all()


def test_a_batch_leaves_the_answer_without_controls(shop, monkeypatch):
    import cxlab.show.explore.explorer as frame

    request = {"content": {"allow_stdin": False}}
    kernel = SimpleNamespace(get_parent=lambda: request)
    monkeypatch.setattr(frame, "get_ipython", lambda: SimpleNamespace(kernel=kernel))
    box = cx.explore.surface(cx.fit_gap(shop, "delivery"))
    left = box._repr_mimebundle_()
    assert {*left} == {"text/plain", "text/html"} and left["text/plain"] == box.call
    assert "<img" in left["text/html"] and "Expectation: 4.0." in left["text/html"]


def test_every_control_has_words_that_a_screen_reader_says(aurora):
    for box in (cx.explore.what_if(aurora), cx.explore.disclosure(), cx.explore.nps_error()):
        assert all(one.description for one in box.controls)
        shown(box)


def test_the_explorer_of_segments_shows_each_number_of_profiles(aurora):
    study = cx.simulate_study(300, seed=17, design="insurance")
    box = cx.explore.segments(study, language="pt-BR", n_boot=50)
    number = control(box, "Perfis")
    assert number.value == 3
    assert [value for _name, value in number.options] == [2, 3, 4, 5, 6, 7, 8]
    first = shown(box)
    assert "se dividem em 3 perfis" in first and "Agilidade no sinistro" in first
    wide, narrow = words_of_pictures(box)
    assert wide == narrow and wide.startswith("O que mais distingue cada um")
    assert same(box, study)
    number.value = 2
    assert "classes=2" in box.call and shown(box) != first
    assert "declares no classes" in shown(cx.explore.segments(aurora))


def test_the_explorer_of_constructs_follows_its_target_and_whose_answers(aurora):
    study = cx.simulate_study(400, seed=17, design="insurance")
    box = cx.explore.constructs(study, language="pt-BR", n_boot=50)
    target = control(box, "Construto")
    assert target.value == "bond" and len(box.result) == 5
    first = shown(box)
    assert same(box, study)
    wide, narrow = words_of_pictures(box)
    assert wide == narrow and wide.startswith("Cada ponto a mais")
    target.value = "content"
    assert len(box.result) == 4 and shown(box) != first
    assert "model" in shown(cx.explore.constructs(aurora))
