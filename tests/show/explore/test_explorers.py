"""Explorers follow every choice, and say why where the data cannot carry one."""

from types import SimpleNamespace

import pandas as pd
import pytest

import cxlab as cx
from cxlab.errors import ModelError
from cxlab.result import Result
from cxlab.show.explore.explorers import (
    explore_drivers,
    explore_journey,
    explore_segments,
    explore_surface,
)


@pytest.fixture
def fit():
    def predict(expectation, experience):
        n = 0 if experience < 2 else 12
        row = {
            "estimate": experience,
            "conf_low": experience - 1,
            "conf_high": experience + 1,
            "n": n,
        }
        return pd.DataFrame([row])

    return SimpleNamespace(center=4.0, predict=predict)


def test_the_explorer_follows_its_sliders_and_its_view(fit, grid, quantities, monkeypatch):
    made = Result.of(grid, "surface_grid")
    monkeypatch.setattr(cx.gap, "surface_grid", lambda fit: made)
    box = explore_surface(fit, quantities=quantities, language="pt-BR")
    expectation, experience, view, answer, about = box.children
    assert expectation.description == "Expectativa"
    experience.value = 5.0
    assert (
        "Previsão de “satisfaction”: 5,00 (intervalo de 95%: 4,00 a 6,00) com expectativa 4,0 e"
        " experiência 5,0." in answer.value
    )
    assert "extrapolação" not in answer.value
    flat = answer.value
    view.index = 1
    assert answer.value != flat and "Linha cheia" in answer.value
    experience.value = 1.5
    assert "extrapolação" in answer.value
    assert (
        "a previsão de “satisfaction” é de 4,30 em 4,3, 5,80 em 5,8 e 7,00 em 7,0" in about.value
        and "a1 = " in about.value
    )
    for one in (answer, about):
        assert "white-space: normal" in one.value and "anywhere" not in one.value


def test_a_refused_surface_says_why(fit, monkeypatch):
    def refused(fit):
        raise ModelError("{n} respondents are too few", n=3)

    monkeypatch.setattr(cx.gap, "surface_grid", refused)
    assert "Not shown: 3 respondents are too few" in explore_surface(fit).value


def test_a_fit_of_any_form_has_a_surface():
    fit = cx.fit_gap(cx.simulate_study(200, seed=1), "delivery", form="difference")
    *_, answer, about = explore_surface(fit).children
    assert "with expectation" in answer.value and "Where experience equals" in about.value


@pytest.fixture
def asked(shares, monkeypatch):
    """What was asked of stand-ins for `fit_loyalty` and `importance`."""
    asked = []

    def fit(study, outcome=None, family="ols", missing=None):
        if family == "binary":
            raise ModelError(
                "outcome {outcome}: nobody answered it here; choose another", outcome=outcome
            )
        return SimpleNamespace(
            glance=lambda: pd.DataFrame({"missing": [missing or "usage"]}),
            choice=(outcome, family, missing),
        )

    def rank(model, method="lmg", n_boot=0, seed=None):
        asked.append((*model.choice, method, n_boot))
        if method == "beta":
            return shares.assign(rank=[1, 2, 4, 3, 5])
        return shares

    monkeypatch.setattr(cx, "fit_loyalty", fit)
    monkeypatch.setattr(cx, "importance", rank)
    return asked


@pytest.fixture
def study():
    outcomes = pd.DataFrame({"outcome": ["recommend", "satisfaction"], "kind": ["nps", "csat"]})
    return SimpleNamespace(
        outcomes=outcomes,
        labels=lambda language: {"recommend": "Would recommend", "support": "Support"},
        codebook=SimpleNamespace(main_outcome="recommend"),
    )


def test_the_explorer_sets_each_choice_beside_the_first_and_gives_reasons(asked, study):
    box = explore_drivers(study)
    outcome, family, missing, method, answer = box.children
    assert [one.value for one in (outcome, family, missing, method)] == [
        "recommend",
        "ols",
        "usage",
        "lmg",
    ]
    assert asked == [("recommend", "ols", "usage", "lmg", 200)]
    assert "Support: 40%" in answer.value and "Rank at first" not in answer.value
    method.value = "beta"
    assert "New among the top three: billing; no longer there: store." in answer.value
    assert "Rank at first" in answer.value and "white-space: normal" in answer.value
    family.value = "binary"
    assert (
        '<p class="refused">Not shown: outcome Would recommend: nobody answered it here.</p>'
        in answer.value
    )
    assert "<p>choose another</p>" in answer.value
    family.value = "ordinal"
    assert asked[-1] == ("recommend", "ordinal", "usage", "beta", 200)
    family.value, method.value = "ols", "lmg"
    assert len(asked) == 3  # what is known is not computed again
    assert "Rank at first" not in answer.value


def test_an_explorer_without_a_first_ranking_says_why(study, monkeypatch):
    def nothing(*_args, **_keys):
        raise ModelError("this study declares no outcome to explain")

    monkeypatch.setattr(cx, "fit_loyalty", nothing)
    box = explore_drivers(study, language="pt-BR")
    assert (
        "Não apresentado: este estudo não declara nenhum resultado a explicar."
        in box.children[-1].value
    )
    assert box.children[0].description == "Resultado"


@pytest.fixture(scope="module")
def aurora():
    return cx.simulate_study(300, seed=3, design="telecom")


def test_the_explorer_of_a_journey_shows_whose_journey_is_chosen_and_hands_the_call_back(aurora):
    outcome, whose, level, answer = explore_journey(aurora, language="pt-BR").children
    assert [value for _name, value in whose.options] == ["", "plan", "region", "channel"]
    assert (
        "cx.journey.journey_map(study, cx.fit_loyalty(study, &#34;recommend&#34;))" in answer.value
    )
    assert "pontos de NPS associados" in answer.value and [*level.options] == [("–", "")]
    whole = answer.value
    whose.value = "plan"
    assert [value for _name, value in level.options] == ["Pré-pago", "Controle", "Pós-pago"]
    assert "by=&#34;plan&#34;" in answer.value and answer.value != whole
    level.value = "Pós-pago"
    after = answer.value
    outcome.value = "satisfaction"
    assert "Satisfação" in answer.value and answer.value != after
    whose.value = ""
    assert [*level.options] == [("–", "")] and "by=" not in answer.value


def test_what_is_rated_is_shown_before_what_it_goes_with(aurora):
    box = explore_journey(aurora)
    seen = []
    box.children[-1].observe(lambda change: seen.append(change["new"]), names="value")
    box.children[0].value = "loyalty"
    computing, rated, modelled = seen
    assert "Computing" in computing and "The journey on one map" in rated
    assert "Effect" not in rated and "Effect" in modelled


def test_an_outcome_that_no_model_can_explain_gives_its_reason():
    frame = pd.DataFrame({"a": [1, 5, 6, 7] * 20, "y": [5] * 80})
    outcomes = {"y": {"kind": "csat", "column": "y", "scale": "s"}}
    study = cx.Study.from_frame(frame, {"a": "a"}, outcomes, scales={"s": {"min": 1, "max": 7}})
    *_controls, answer = explore_journey(study).children
    assert "Not shown" in answer.value and "Traceback" not in answer.value


def test_the_explorer_of_segments_shows_each_number_of_profiles_and_hands_the_call_back():
    study = cx.simulate_study(300, seed=17, design="insurance")
    number, answer = explore_segments(study, language="pt-BR", n_boot=50).children
    assert number.description == "Perfis" and number.value == 3
    assert [value for _name, value in number.options] == [2, 3, 4, 5, 6, 7, 8]
    first = answer.value
    assert "se dividem em 3 perfis" in first and "Agilidade no sinistro" in first
    assert "segment_profile(study, found, classes=3, n_boot=50, seed=0)" in first
    number.value = 2
    assert "classes=2" in answer.value and answer.value != first


def test_a_study_without_classes_has_its_reason_in_place_of_an_explorer(aurora):
    assert "declares no classes" in explore_segments(aurora).value
