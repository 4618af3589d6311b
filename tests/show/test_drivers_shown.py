"""How sure and how large, in words and pictures: never more than the table carries, and never a
cause.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.show.say.checks import say_diagnosis, say_method, say_moderation, say_reliability
from cxlab.show.say.drivers import (
    say_drivers,
    say_effects,
    say_methods,
    say_missing,
    say_ranks,
    say_what_if,
)
from tests.show.conftest import ranked
from tests.show.said import said


def test_ranks_are_sure_possible_or_silent(shares, labels):
    frame = shares.assign(p_top3=[1.0, 0.97, 0.6, 0.4, 0.03])
    assert said(say_ranks(frame), labels=labels) == [
        (
            "Among the top three in at least 95% of new samples of customers: Support and"
            " Installation."
        ),
        (
            "Possibly among the top three (in brackets: share of new samples):"
            f" {labels['store']} (60%) and billing (40%)."
        ),
    ]
    assert said(say_ranks(shares.assign(p_top3=0.6)))[0].startswith(
        "No touchpoint is certain to be among the top three: in new samples"
    )
    assert said(say_ranks(shares.drop(columns="p_top3"))) == said(say_ranks(shares.head(3))) == []


def test_effects_are_told_in_nps_points_and_held_against_a_second_model(effects, labels):
    lines = said(say_effects(effects), labels=labels)
    assert lines == [
        (
            "Each additional point in the rating is associated with these NPS points, the other"
            " touchpoints held constant: Support (+8.0), Installation (+6.0) and Advertising"
            " (−3.0)."
        ),
        ("A second model, for ordered answers, confirms these figures."),
        (
            "At 2 of 5 touchpoints the association is not statistically significant, which does"
            " not mean that there is none."
        ),
    ]
    apart = effects.assign(
        estimate=effects["estimate"].where(
            (effects["model"] == "ols") | (effects["touchpoint"] != "support"), 2.0
        )
    )
    assert said(say_effects(apart))[1].endswith(
        "gives another figure for support (+2.0); rely on the smaller one."
    )
    alone = effects[effects["measure"] == "outcome"]
    assert (
        said(say_effects(alone, top=1))[0]
        == "Each additional point in the rating is associated with these differences in"
        " “recommend”, the other touchpoints held constant: support +0.40 (+0.30 to +0.50)."
    )
    assert not any("second model" in one for one in said(say_effects(alone)))


def test_an_effect_is_claimed_only_after_holm(effects):
    none = effects.assign(p_holm=0.06)
    assert said(say_effects(none)) == [
        "At none of the 5 touchpoints does the experience have a statistically significant"
        " association with “recommend”."
    ]
    assert "support" not in said(say_effects(none))[0]


def test_a_model_that_could_not_be_fitted_is_neither_told_nor_drawn(effects):
    gone = effects.assign(
        estimate=effects["estimate"].where(effects["model"] == "ols"),
        conf_low=np.nan,
        conf_high=np.nan,
    )
    assert not any("second model" in one for one in said(say_effects(gone)))
    without_points = effects.assign(
        estimate=effects["estimate"].where(effects["measure"] == "outcome")
    )
    assert "differences in “recommend”" in said(say_effects(without_points))[0]


def test_probabilities_are_told_in_percentage_points(effects):
    binary = effects[effects["measure"] == "outcome"].assign(
        measure="probability", model="binary", outcome="repurchase"
    )
    assert (
        "percentage points of “repurchase”, the other touchpoints held constant: support +40.0"
        " (+30.0 to +50.0)" in said(say_effects(binary, top=1))[0]
    )


def test_what_if_tells_the_ceiling_and_promises_nothing(changed, labels):
    assert said(say_what_if(changed), labels=labels) == [
        (
            "A rating 0.5 points higher is associated with these NPS points over all respondents:"
            " Support (+3.3; +2.3 to +4.3) and Installation (+3.0; +2.0 to +4.0)."
        ),
        "All of them together: +6.3 (+5.3 to +7.3).",
        ("Ratings already at the top cannot rise, so the average rises by less: Support (+0.41)."),
        (
            "These figures compare customers with one another; only a trial can tell whether"
            " loyalty would follow a change."
        ),
    ]
    alone = said(say_what_if(changed[changed["touchpoint"] != "install"]), labels=labels)
    assert not any("together" in one for one in alone)
    apart = said(
        say_what_if(
            changed.assign(asked=changed["asked"].where(changed["touchpoint"] != "install", 1.0))
        )
    )
    assert [one.partition(" higher")[0] for one in apart[:2]] == [
        "A rating 0.5 points",
        "A rating 1.0 point",
    ]


def test_methods_agree_or_not(methods, labels):
    assert said(say_methods(methods), labels=labels) == [
        "The weight was measured by 3 methods.",
        "Always among the top three: Support and Installation; the other positions change.",
        "Support is always in first place.",
    ]
    same = methods[methods["method"] != "beta"]
    assert (
        said(say_methods(same))[1]
        == "The top three are always the same: support, install and store."
    )
    other = methods.assign(
        rank=methods["rank"].where(methods["method"] != "beta", 6 - methods["rank"])
    )
    assert said(say_methods(other))[1:] == [
        "Always among the top three: install and store; the other positions change.",
        "In first place: support (2 of 3) and store (1 of 3).",
    ]
    none = ranked(
        "method",
        {"lmg": [1, 2, 3, 4, 5], "johnson": [1, 2, 4, 3, 5], "beta": [5, 4, 3, 2, 1]},
        [9] * 3,
    )
    assert "The order changes with the method: use it only as an indication." in said(
        say_methods(none)
    )


def test_methods_and_treatments_are_held_against_the_same_first_three(methods, treatments):
    lines = said(say_methods(methods, treatments=treatments))
    assert lines == [
        "The weight was measured by 3 methods.",
        "Missing answers were treated in 2 ways (n = 800 to 1,150).",
        "Always among the top three: support and install; the other positions change.",
        "In first place: support (4 of 5) and install (1 of 5).",
        "Treatments that these data do not allow: missing ratings estimated (multiple imputation).",
    ]


def test_treatments_of_missing_answers_are_counted_and_the_impossible_named(treatments):
    assert said(say_missing(treatments)) == [
        "Missing answers were treated in 2 ways (n = 800 to 1,150).",
        "The top three are always the same: install, support and store.",
        "In first place: install (1 of 2) and support (1 of 2).",
        "Treatments that these data do not allow: missing ratings estimated (multiple imputation).",
    ]
    repeats = treatments.assign(n=1150)
    assert not any("do not allow" in one for one in said(say_missing(repeats)))
    assert said(say_missing(repeats[repeats["missing"] != "usage"])) == [
        "No rating is missing, so the treatment of missing answers makes no difference."
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
    assert said(say_diagnosis(DOUBTS)) == [
        (
            "More than a tenth of the respondents could not be included (70 never used a"
            " touchpoint): the ranking describes the others."
        ),
        "Few customers met these touchpoints, so their weight is uncertain: store and ads.",
        "61% give the highest answer, so differences between them cannot be seen.",
        (
            "More than half give these touchpoints the highest rating, so their weight may look"
            " smaller than it is: billing."
        ),
    ]
    sound = DOUBTS[DOUBTS["verdict"] == "ok"]
    assert said(say_diagnosis(sound)) == ["The usual checks of the model found no problem."]


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
    untold = {
        code for code in codes if "no problem" in said(say_diagnosis(noted.assign(note=code)))[0]
    }
    assert untold == {"robust_errors", "not_tested"} and len(codes) > 15


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
    lines = said(say_moderation(moderated([0.01, 0.2, np.nan]), slopes=slopes))
    assert lines == [
        (
            "The weight differs by “plan” at 1 of 2 touchpoints, by a statistically significant"
            " amount (adjusted for multiple comparisons): support."
        ),
        (
            "support, associated with each additional point: Basic (+0.20; +0.10 to +0.30) and"
            " Premium (+0.60; +0.50 to +0.70)."
        ),
    ]
    assert said(say_moderation(moderated([0.2, 0.2, 0.2])))[0].startswith(
        "By “plan” there is no statistically significant difference in weight at any of 3"
    )
    numeric = slopes.assign(level=["low", "high"], pooled=np.nan)
    assert said(say_moderation(moderated([0.01, 0.2, 0.2]), slopes=numeric))[1].startswith(
        "support, associated with each additional point: one standard deviation below the mean"
        " (+0.15"
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
    ("keys", "lines"),
    [
        (
            {},
            [
                "image: its 3 questions are consistent and measure one thing (alpha 0.86 (0.83 to"
                " 0.88), omega 0.87, n = 600)."
            ],
        ),
        (
            {"items": 2, "omega": np.nan, "note": "two_items"},
            [
                "image: its 2 questions are consistent (alpha 0.86 (0.83 to 0.88), n = 600);"
                " omega is not given, because there are only two questions and a factor needs"
                " three."
            ],
        ),
        (
            {"alpha": 0.5, "verdict": "caution"},
            [
                "image: its 3 questions are not consistent (alpha 0.50 (0.83 to 0.88), below 0.7,"
                " n = 600), so its associations look weaker than they are."
            ],
        ),
        (
            {"alpha": np.nan, "omega": np.nan, "verdict": "unsafe", "note": "too_few", "n": 7},
            [
                "image: the consistency of its 3 questions cannot be calculated, because too few"
                " respondents answered all the questions (n = 7)."
            ],
        ),
    ],
)
def test_reliability_says_why_a_figure_is_not_given(keys, lines):
    assert said(say_reliability(reliable(**keys))) == lines


def test_a_question_against_the_others_is_called_out():
    assert (
        said(say_reliability(reliable(note="against_the_rest")))[-1]
        == "image: one question runs against the others: was it coded the other way round?"
    )


def test_a_scale_asked_in_several_roles_names_the_role():
    both = pd.concat([reliable(role="experience"), reliable(role="expectation")], ignore_index=True)
    assert [one.split(":")[0] for one in said(say_reliability(both), language="pt-BR")] == [
        "image (experiência)",
        "image (expectativa)",
    ]


@pytest.mark.parametrize("language", ["en", "pt-BR"])
def test_no_sentence_speaks_of_causes(shares, effects, changed, methods, treatments, language):
    lines = [
        *said(say_drivers(shares, top=5), language=language),
        *said(say_ranks(shares), language=language),
        *said(say_effects(effects), language=language),
    ]
    lines += [
        *said(say_what_if(changed), language=language),
        *said(say_methods(methods), language=language),
        *said(say_missing(treatments), language=language),
    ]
    for word in ("cause", "lead to", "impact", "drive", "causa", "impact", "leva a", "gera"):
        assert not any(word in one for one in lines), word


def test_parts_of_a_sum_are_not_told_as_what_is_explained(shares):
    """Simple correlations count what touchpoints share more than once: their sum was told as 147%
    of the differences.
    """
    lines = said(say_drivers(shares.assign(method="zero_order", share=shares["share"] * 4), top=5))
    assert (
        lines[0]
        == "Simple correlations: shares of their sum, which is not what the touchpoints explain"
        " together (n = 1,150)."
    )
    assert lines[1] == "support: 40% of the sum (rank in new samples of customers: 1)."
    assert not any("explained" in one for one in lines)
    assert said(say_drivers(shares.assign(method="pratt")))[0].startswith(
        "All touchpoints together explain 40%"
    )


def test_mcfaddens_r_squared_is_not_told_as_a_share_of_differences(shares):
    lines = said(say_drivers(shares.assign(method="lmg", model="ordinal")))
    assert (
        lines[0]
        == "All touchpoints together reach a McFadden R² of 40%, which is not a share of the"
        " variation between customers (n = 1,150)."
    )


@pytest.mark.parametrize(
    ("fitted", "words"),
    [
        (
            "loyalty: ols",
            "Method: least squares of “recommend” on the experience at all touchpoints",
        ),
        ("loyalty: ordinal probit", "Method: ordinal model of “recommend”"),
        ("loyalty: binary logit, Firth", "Method: logistic regression of “recommend” (yes or no)"),
        ("loyalty: mixed", "with a level for each account (n = 549; standard errors HC3)."),
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
    lines = said(say_method(glance))
    assert words in lines[0] and lines[1].startswith(
        "Missing ratings are estimated many times over"
    )
    assert said(say_method(glance.assign(missing="usage")))[1].startswith(
        "Customers who never used a touchpoint are included"
    )
