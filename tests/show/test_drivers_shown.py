"""How sure and how large, in words and pictures: never more than the table carries, and never a
cause.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.errors import ModelError
from cxlab.show.explore import explorers
from cxlab.show.page.html import Html
from cxlab.show.page.refusals import Refusal
from cxlab.show.plot import importance, rankings
from tests.show.conftest import ranked


def drawn_words(picture) -> str:
    return " ".join(ET.fromstring(picture.svg()).itertext())


def test_ranks_are_sure_possible_or_silent(shares, labels):
    frame = shares.assign(p_top3=[1.0, 0.97, 0.6, 0.4, 0.03])
    assert cx.say_ranks(frame, labels=labels) == [
        (
            "In new samples of customers these would be among the first three at least 95% of the"
            " time: Support and Installation."
        ),
        (
            f"These may or may not be among the first three: {labels['store']} (60%) and billing"
            " (40%)."
        ),
    ]
    assert cx.say_ranks(shares.assign(p_top3=0.6))[0].startswith(
        "No touchpoint is surely among the first three"
    )
    assert cx.say_ranks(shares.drop(columns="p_top3")) == cx.say_ranks(shares.head(3)) == []


def test_the_picture_of_ranks_counts_what_it_leaves_out(shares):
    whole, part = rankings.plot_ranks(shares), rankings.plot_ranks(shares, most=2)
    assert "50% in the top 3" in drawn_words(whole) and "ads" in drawn_words(whole)
    assert "store" not in drawn_words(part) and "The first 2 of 5 touchpoints." in part.note
    assert "support: rank 1, in new samples 1 to 1." in whole.alt
    bare = shares.drop(columns=["rank_low", "rank_high", "p_top3"])
    assert "support: rank 1." in rankings.plot_ranks(bare).alt


def test_effects_are_told_in_nps_points_and_held_against_a_second_model(effects, labels):
    said = cx.say_effects(effects, labels=labels)
    assert said == [
        (
            "One scale point better goes with these NPS points, the other touchpoints held equal:"
            " Support +8.0 (+6.0 to +10.0), Installation +6.0 (+4.0 to +8.0) and Advertising −3.0"
            " (−5.0 to −1.0)."
        ),
        (
            "A second model, which takes the answers as steps in order and not as distances, gives"
            " figures within these ranges."
        ),
        (
            "At 2 of 5 touchpoints the data show no clear effect, which does not say that there is"
            " none."
        ),
    ]
    apart = effects.assign(
        estimate=effects["estimate"].where(
            (effects["model"] == "ols") | (effects["touchpoint"] != "support"), 2.0
        )
    )
    assert cx.say_effects(apart)[1].endswith(
        "gives another figure at support +2.0: count on the smaller one."
    )
    alone = effects[effects["measure"] == "outcome"]
    assert (
        cx.say_effects(alone, top=1)[0]
        == "One scale point better goes with these points of “recommend”, the other touchpoints"
        " held equal: support +0.40 (+0.30 to +0.50)."
    )
    assert not any("second model" in one for one in cx.say_effects(alone))


def test_an_effect_is_claimed_only_after_holm(effects):
    none = effects.assign(p_holm=0.06)
    assert cx.say_effects(none) == [
        "At none of the 5 touchpoints does a better experience go with “recommend” in a way that"
        " these data can show."
    ]
    assert "support" not in cx.say_effects(none)[0]


def test_a_model_that_could_not_be_fitted_is_neither_told_nor_drawn(effects):
    gone = effects.assign(
        estimate=effects["estimate"].where(effects["model"] == "ols"),
        conf_low=np.nan,
        conf_high=np.nan,
    )
    assert not any("second model" in one for one in cx.say_effects(gone))
    assert "Ordinal model" not in drawn_words(rankings.plot_effects(gone))
    without_points = effects.assign(
        estimate=effects["estimate"].where(effects["measure"] == "outcome")
    )
    assert "points of “recommend”" in cx.say_effects(without_points)[0]


def test_probabilities_are_told_in_percentage_points(effects):
    binary = effects[effects["measure"] == "outcome"].assign(
        measure="probability", model="binary", outcome="repurchase"
    )
    assert (
        "percentage points of “repurchase”, the other touchpoints held equal: support +40.0 (+30.0"
        " to +50.0)" in cx.say_effects(binary, top=1)[0]
    )
    assert "Percentage points for one scale point more" in drawn_words(
        rankings.plot_effects(binary)
    )


def test_both_models_stand_side_by_side_in_the_picture(effects):
    words = drawn_words(rankings.plot_effects(effects))
    assert "Least squares" in words and "Ordinal model" in words and "+8.0 (+6.0 to +10.0)" in words
    few = rankings.plot_effects(effects, most=3)
    # the largest, whatever their sign
    assert "ads" in drawn_words(few) and "billing" not in drawn_words(few)


def test_what_if_tells_the_ceiling_and_promises_nothing(changed, labels):
    assert cx.say_what_if(changed, labels=labels) == [
        (
            "0.5 points better goes with these NPS points over all respondents: Support +3.3 (+2.3"
            " to +4.3) and Installation +3.0 (+2.0 to +4.0)."
        ),
        "All of these together: +6.3 (+5.3 to +7.3).",
        (
            "Ratings that are at the top already cannot rise, so on average they rise by less:"
            " Support +0.41."
        ),
        (
            "These figures compare customers with one another. Whether loyalty would follow a"
            " change, only a trial can tell."
        ),
    ]
    alone = cx.say_what_if(changed[changed["touchpoint"] != "install"], labels=labels)
    assert not any("together" in one for one in alone)
    apart = cx.say_what_if(
        changed.assign(asked=changed["asked"].where(changed["touchpoint"] != "install", 1.0))
    )
    assert [one[:17] for one in apart[:2]] == ["0.5 points better", "1.0 points better"]


def test_methods_agree_or_not(methods, labels):
    assert cx.say_methods(methods, labels=labels) == [
        "Weight was counted in 3 different ways.",
        "Among the first three each time: Support and Installation. The other places change.",
        "Support always comes first.",
    ]
    same = methods[methods["method"] != "beta"]
    assert (
        cx.say_methods(same)[1]
        == "The first three are the same each time: support, install and store."
    )
    other = methods.assign(
        rank=methods["rank"].where(methods["method"] != "beta", 6 - methods["rank"])
    )
    assert cx.say_methods(other)[1:] == [
        "Among the first three each time: install and store. The other places change.",
        "In first place: support in 2 of 3 and store in 1 of 3.",
    ]
    none = ranked(
        "method",
        {"lmg": [1, 2, 3, 4, 5], "johnson": [1, 2, 4, 3, 5], "beta": [5, 4, 3, 2, 1]},
        [9] * 3,
    )
    assert (
        "No touchpoint is among the first three each time: do not build on this ranking."
        in cx.say_methods(none)
    )


def test_methods_and_treatments_are_held_against_the_same_first_three(methods, treatments):
    said = cx.say_methods(methods, treatments)
    assert said == [
        "Weight was counted in 3 different ways.",
        "Missing answers were treated in 2 ways, which leave 800 to 1,150 answers to rank by.",
        "Among the first three each time: support and install. The other places change.",
        "In first place: support in 4 of 5 and install in 1 of 5.",
        "Not possible with these answers: missing ones estimated (multiple imputation).",
    ]


def test_treatments_of_missing_answers_are_counted_and_the_impossible_named(treatments):
    assert cx.say_missing(treatments) == [
        "Missing answers were treated in 2 ways, which leave 800 to 1,150 answers to rank by.",
        "The first three are the same each time: install, support and store.",
        "In first place: install in 1 of 2 and support in 1 of 2.",
        "Not possible with these answers: missing ones estimated (multiple imputation).",
    ]
    repeats = treatments.assign(n=1150)
    assert not any("Not possible" in one for one in cx.say_missing(repeats))
    assert cx.say_missing(repeats[repeats["missing"] != "usage"]) == [
        "No rating is missing, so there is nothing that its treatment could change."
    ]


DOUBTS = pd.DataFrame(
    [
        ("rows_used", "", 420.0, "caution", "many_left_out"),
        ("rows_left_out", "", 70.0, "caution", "rating_not_used"),
        ("rows_left_out", "", 9.0, "ok", "outcome_not_answered"),
        ("users", "store", 25.0, "caution", "few_users"),
        ("users", "ads", 28.0, "caution", "few_users"),
        ("vif", "support", 3.0, "ok", ""),
        ("outcome_ceiling", "", 0.61, "caution", "ceiling"),
        ("touchpoint_ceiling", "billing", 0.55, "caution", "ceiling"),
        ("heteroscedasticity", "", 9.0, "ok", "robust_errors"),
    ],
    columns=["check", "touchpoint", "statistic", "verdict", "note"],
)


def test_a_diagnosis_tells_what_doubt_means_and_nothing_where_there_is_none():
    assert cx.say_diagnosis(DOUBTS) == [
        (
            "More than a tenth of those who answered could not be used (70 never used a"
            " touchpoint): the ranking describes the others."
        ),
        "Few met these touchpoints, so their weight is uncertain: store and ads.",
        "61% give the highest answer: what sets them apart from one another cannot be seen.",
        (
            "More than half give these touchpoints the highest rating, so their weight may look"
            " smaller than it is: billing."
        ),
    ]
    sound = DOUBTS[DOUBTS["verdict"] == "ok"]
    assert cx.say_diagnosis(sound) == [
        "The usual checks of the model raise no doubt about this ranking."
    ]


def test_every_code_of_a_doubt_has_its_sentence():
    """The codes as `diagnose` documents them; those that only an analyst needs raise no doubt."""
    table = cx.diagnose.__doc__.split("====\n")[2]
    # a row a check; its notes stand after the last semicolon
    rows = re.sub(r"\n {20,}", " ", table).splitlines()
    listed = {note for row in rows for note in row.split("; ")[-1].split(", ")}
    codes = {note for note in listed if re.fullmatch("[a-z_]+", note)}
    noted = pd.DataFrame(
        {"check": "vif", "touchpoint": ["", "billing"], "statistic": 0.6, "verdict": "caution"}
    )
    untold = {code for code in codes if "no doubt" in cx.say_diagnosis(noted.assign(note=code))[0]}
    assert untold == {"robust_errors", "not_tested"} and len(codes) > 15


def test_the_picture_of_rankings_has_a_column_for_each_way(methods, treatments, labels):
    picture = rankings.plot_rankings(methods, labels=labels)
    assert (
        "Shapley" in drawn_words(picture)
        and "Support: rank 1 (Shapley shares (LMG)), 1 (Relative weights (Johnson)) and 1"
        " (Standardised slopes)."
        in picture.alt
    )
    second = rankings.plot_rankings(treatments, language="pt-BR")
    assert (
        second.title == "A ordem com cada tratamento das respostas ausentes"
        and "imputação" not in drawn_words(second)
    )


def moderated(p_holm: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "touchpoint": ["support", "install", "store"],
            "group": "plan",
            "statistic": 3.0,
            "df": 1,
            "p_value": 0.001,
            "p_holm": p_holm,
        }
    )


def test_moderation_names_only_what_survives_holm():
    slopes = pd.DataFrame(
        {
            "touchpoint": "support",
            "level": ["Basic", "Premium"],
            "pooled": [0.2, 0.6],
            "pooled_low": [0.1, 0.5],
            "pooled_high": [0.3, 0.7],
        }
    )
    slopes = slopes.assign(slope=[0.15, 0.65], slope_low=0.0, slope_high=0.8)
    said = cx.say_moderation(moderated([0.01, 0.2, np.nan]), slopes)
    assert said == [
        (
            "The weight differs by “plan” beyond chance at 1 of 2 touchpoints (adjusted for their"
            " number, Holm): support."
        ),
        (
            "support, one scale point better: Basic +0.20 (+0.10 to +0.30) and Premium +0.60 (+0.50"
            " to +0.70)."
        ),
    ]
    assert cx.say_moderation(moderated([0.2, 0.2, 0.2]))[0].startswith(
        "At none of 3 touchpoints does the weight differ"
    )
    numeric = slopes.assign(level=["low", "high"], pooled=np.nan)
    assert cx.say_moderation(moderated([0.01, 0.2, 0.2]), numeric)[1].startswith(
        "support, one scale point better: one standard deviation below the mean +0.15"
    )


def reliable(**keys) -> pd.DataFrame:
    row = {
        "construct": "image",
        "role": "construct",
        "items": 3,
        "alpha": 0.86,
        "alpha_low": 0.83,
        "alpha_high": 0.88,
        "omega": 0.87,
        "verdict": "ok",
        "n": 600,
        "note": "",
    }
    return pd.DataFrame([row | keys])


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            {},
            [
                "image: its 3 questions measure one thing (alpha 0.86 (0.83 to 0.88), omega 0.87, n"
                " = 600)."
            ],
        ),
        (
            {"items": 2, "omega": np.nan, "note": "two_items"},
            [
                "image: its 2 questions go together (alpha 0.86 (0.83 to 0.88), n = 600); omega is"
                " not given, because it has two questions only, and a factor needs three."
            ],
        ),
        (
            {"alpha": 0.5, "verdict": "caution"},
            [
                "image: its 3 questions hardly measure one thing (alpha 0.50 (0.83 to 0.88), below"
                " 0.7, n = 600), so what goes with it looks weaker than it is."
            ],
        ),
        (
            {"alpha": np.nan, "omega": np.nan, "verdict": "unsafe", "note": "too_few", "n": 7},
            [
                "image: how well its 3 questions go together cannot be known; too few answered all"
                " of its questions (n = 7)."
            ],
        ),
    ],
)
def test_reliability_says_why_a_figure_is_not_given(keys, said):
    assert cx.say_reliability(reliable(**keys)) == said


def test_a_question_against_the_others_is_called_out():
    assert (
        cx.say_reliability(reliable(note="against_the_rest"))[-1]
        == "image: one question runs against the others: was it coded the other way round?"
    )


def test_a_scale_asked_in_several_roles_names_the_role():
    both = pd.concat([reliable(role="experience"), reliable(role="expectation")], ignore_index=True)
    assert [one.split(":")[0] for one in cx.say_reliability(both, language="pt-BR")] == [
        "image (experiência)",
        "image (expectativa)",
    ]


@pytest.mark.parametrize("language", ["en", "pt-BR"])
def test_no_sentence_speaks_of_causes(shares, effects, changed, methods, treatments, language):
    said = [
        *cx.say_drivers(shares, top=5, language=language),
        *cx.say_ranks(shares, language=language),
        *cx.say_effects(effects, language=language),
    ]
    said += [
        *cx.say_what_if(changed, language=language),
        *cx.say_methods(methods, language=language),
        *cx.say_missing(treatments, language=language),
    ]
    for word in ("cause", "lead to", "impact", "drive", "causa", "impact", "leva a", "gera"):
        assert not any(word in one for one in said), word


@pytest.mark.parametrize(
    "function",
    [
        cx.say_effects,
        cx.say_what_if,
        cx.say_methods,
        cx.say_missing,
        cx.say_diagnosis,
        cx.say_moderation,
        cx.say_reliability,
        cx.say_ranks,
    ],
)
def test_every_sentence_function_answers_a_refusal(function):
    assert function(
        Refusal(ModelError("this study declares no outcome to explain")), language="pt-BR"
    ) == ["Não mostrado: este estudo não declara nenhum resultado a explicar."]


# ---- other methods in the picture of drivers


def test_drivers_by_another_method_say_what_the_part_is_of(shares):
    assert "Part of all squared simple correlations" in drawn_words(
        importance.plot_drivers(shares.assign(method="zero_order"))
    )
    assert "Part of what is explained" in drawn_words(importance.plot_drivers(shares))


def test_parts_of_a_sum_are_not_told_as_what_is_explained(shares):
    """Simple correlations count what touchpoints share more than once: their sum was told as 147%
    of the differences.
    """
    said = cx.say_drivers(shares.assign(method="zero_order", share=shares["share"] * 4), top=5)
    assert (
        said[0]
        == "Simple correlations: parts of their sum, which is not what the touchpoints explain"
        " together (n = 1,150)."
    )
    assert (
        said[1]
        == "support: 40% (36% to 44%) of the sum; in new samples of customers its rank would be 1."
    )
    assert not any("explained" in one for one in said)
    assert cx.say_drivers(shares.assign(method="pratt"))[0].startswith(
        "All touchpoints together explain 40%"
    )


def test_mcfaddens_r_squared_is_not_told_as_a_share_of_differences(shares):
    said = cx.say_drivers(shares.assign(method="lmg", model="ordinal"))
    assert (
        said[0] == "All touchpoints together reach a McFadden R² of 40%, which is no share of the"
        " differences between customers (n = 1,150)."
    )


def test_a_negative_part_stays_inside_the_picture(shares):
    negative = shares.assign(
        method="pratt",
        share_relative=[0.7, 0.4, 0.3, 0.1, -0.47],
        relative_low=[0.6, 0.3, 0.2, 0.0, -0.6],
    )
    assert "−50%" in drawn_words(importance.plot_drivers(negative)).split()


def test_without_a_bootstrap_no_bar_is_explained(shares):
    bare = shares.drop(columns=["relative_low", "relative_high", "rank_low", "rank_high", "p_top3"])
    assert "intervals" not in importance.plot_drivers(bare).note
    assert "intervals" in importance.plot_drivers(shares).note


# ---- the explorer


def a_study():
    outcomes = pd.DataFrame({"outcome": ["recommend", "satisfaction"], "kind": ["nps", "csat"]})
    return SimpleNamespace(
        outcomes=outcomes,
        labels=lambda language: {"recommend": "Would recommend", "support": "Support"},
        codebook=SimpleNamespace(main_outcome="recommend"),
    )


def test_the_explorer_sets_each_choice_beside_the_first_and_gives_reasons(shares):
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

    box = explorers.explore_drivers(a_study(), fit, rank)
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
    assert "New among the first three: billing; no longer there: store." in answer.value
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


def test_an_explorer_without_a_first_ranking_says_why():
    def nothing(*_args, **_keys):
        raise ModelError("this study declares no outcome to explain")

    box = explorers.explore_drivers(a_study(), nothing, nothing, language="pt-BR")
    assert (
        "Não mostrado: este estudo não declara nenhum resultado a explicar."
        in box.children[-1].value
    )
    assert (
        isinstance(box.children[0].description, str) and box.children[0].description == "Resultado"
    )


def test_drivers_and_ranks_answer_a_refusal():
    for plot in (rankings.plot_ranks, rankings.plot_effects, rankings.plot_rankings):
        assert isinstance(plot(Refusal(ModelError("no")), language="en"), Html)


@pytest.mark.parametrize(
    ("fitted", "words"),
    [
        ("loyalty: ols", "by least squares on 549 answers (standard errors HC3"),
        ("loyalty: ordinal probit", "by a model of its ordered answers on 549"),
        ("loyalty: binary logit, Firth", "yes or no, is explained"),
        ("loyalty: mixed", "with a level of its own for each account"),
    ],
)
def test_the_method_is_told_as_it_was(fitted, words):
    glance = pd.DataFrame(
        [
            {
                "outcome": "recommend",
                "model": fitted,
                "n": 549,
                "covariance": "HC3",
                "missing": "mice",
            }
        ]
    )
    said = cx.say_method(glance)
    assert words in said[0] and said[1].startswith("Ratings that were refused are estimated")
    assert cx.say_method(glance.assign(missing="usage"))[1].startswith(
        "Who never used a touchpoint stays in"
    )
