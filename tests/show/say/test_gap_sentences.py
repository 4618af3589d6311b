"""What is said of gap models: each claim only where its row carries it, each doubt with its reason,
in both languages.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.models.describe.kano import KINDS
from cxlab.models.gap.fit_gap import FORMS
from cxlab.models.gap.penalty_reward import CLASSES
from cxlab.show.disclosure.threshold import suppress
from cxlab.show.page.html import paragraph
from cxlab.show.say import gap_models as gap, touchpoints as score
from cxlab.show.say.touchpoints import say_kano, say_penalty_reward
from cxlab.show.words import text
from tests.show.said import said


def test_every_form_and_class_has_words_in_both_languages():
    for identifier in [*FORMS, *CLASSES, *KINDS]:
        english, portuguese = (
            text.name_of(identifier, None, language) for language in ("en", "pt-BR")
        )
        assert english != identifier and portuguese not in (english, identifier), identifier


def test_forms_say_what_fits_why_and_how_the_gap_fares(contest):
    meaning, fares, why = said(gap.say_gap_forms(contest))
    assert meaning.startswith(
        "The association with “satisfaction” is curved, in the experience and by what was expected"
    )
    assert (
        why == "Of 23 models “Full surface (curved)” is expected to predict new answers best; next"
        " comes “Full surface (curved twice)” (explained in these answers: 60.0% and 60.5%)."
    )
    assert (
        fares
        == "The plain gap score explains 51.0% of the variation in “satisfaction”; the adopted"
        " model explains 60.0% (n = 600)."
    )


def test_a_simpler_runner_up_is_named_with_what_it_explains(contest):
    rivals = contest[contest["form"].isin(["P", "E+P", "quadratic", "difference"])]
    assert said(gap.say_gap_forms(rivals))[2] == (
        "Of 4 models “Full surface (curved)” is expected to predict new answers best; next comes"
        " “Expectation and experience, each with its own weight” (explained in these answers: 60.0%"
        " and 53.5%)."
    )


def test_every_form_can_win_in_both_languages(contest):
    assert set(contest["form"]) == set(FORMS)
    for form in contest["form"]:
        for language in ("en", "pt-BR"):
            won = contest.assign(chosen=contest["form"] == form)
            lines = said(gap.say_gap_forms(won), language=language)
            assert len(lines) == 3 and all("{" not in one for one in lines), form


def test_a_form_taken_for_one_that_explains_hardly_more_says_so(contest):
    simple = contest.assign(
        chosen=contest["form"] == "E+P",
        r_squared=contest["r_squared"].where(contest["form"] != "E+P", 0.59),
    )
    assert said(gap.say_gap_forms(simple))[2] == (
        "“Full surface (curved)” fits better, but explains hardly more than “Expectation"
        " and experience, each with its own weight” (60.0% against 59.0% of the variation), which"
        " is simpler and therefore adopted."
    )


def test_the_simplest_of_a_tie_says_so_by_aicc_and_by_cross_validation(contest):
    tie = contest.assign(
        chosen=contest["form"] == "E+P",
        aicc=contest["aicc"].where(contest["form"] != "E+P", 1861.9),
    )
    assert (
        "is adopted as the simplest model that is expected to predict new answers about as well as"
        " the best of 23, “Full surface (curved)” (explained in these answers: 53.5% and 60.0%)."
        in said(gap.say_gap_forms(tie))[2]
    )
    weighted = contest.assign(aicc=np.nan, aicc_weight=np.nan, chosen=contest["form"] == "P")
    assert (
        "“Experience only” is adopted as the simplest model that is expected to predict new answers"
        " about as well as the best of 23" in said(gap.say_gap_forms(weighted))[2]
    )
    best = weighted.assign(chosen=contest["form"] == "cubic")
    assert said(gap.say_gap_forms(best))[2].startswith(
        "Of 23 models “Full surface (curved twice)” is expected to predict new answers best; next"
    )


@pytest.mark.parametrize("language", ["en", "pt-BR"])
def test_no_claim_about_expectation_passes_a_closed_gate(contest, losses, language):
    """The form is one of experience, forms that hold expectation are no rivals, and neither losses
    nor gains nor their ratio nor bends of the map are told.
    """
    closed = contest.assign(chosen=contest["form"] == "P+P^2", p_expectation=0.4)
    meaning, fares, left_out, why = said(gap.say_gap_forms(closed), language=language)
    rows = losses.assign(p_expectation=0.4)
    told = said(gap.say_disconfirmation(rows), language=language)
    assert told == said(gap.say_disconfirmation(losses, forms=closed), language=language)
    assert len(told) == 2 and "2.1" not in " ".join(told) and "2,1" not in " ".join(told)
    if language == "en":
        assert meaning.startswith(
            "Only the experience is associated with “satisfaction”, and along"
        )
        assert "(p = 0.400, adjusted for all touchpoints)" in left_out
        assert "Of 4 models" in why and "surface" not in why
        assert "what counts is the experience: each point less is associated with −1.30" in told[0]
        assert told[1].startswith("Each point of experience counts more where it is poor")
    level = said(gap.say_disconfirmation(rows, forms=closed.assign(chosen=contest["form"] == "P")))
    assert level[1].startswith("Exceeding expectation shows no association of its own either")


def test_error_of_measurement_is_told_once_where_it_may_feign_a_claim(contest):
    for reliability, words in ((np.nan, "is not known"), (0.82, "with a reliability of 0.82")):
        doubtful = contest.assign(reliability=reliability)
        lines = said(gap.say_gap_forms(doubtful))
        assert [words in line for line in lines] == [False, True, False]
        alone = doubtful.assign(chosen=contest["form"] == "P")
        assert not any("measurement error" in one for one in said(gap.say_gap_forms(alone)))
    assert not any("measurement error" in one for one in said(gap.say_gap_forms(contest)))


@pytest.mark.parametrize(
    ("terms", "form", "words"),
    [
        (dict(asymmetry=(0.1, -0.3, 0.5)), None, "no more than the curve of the experience itself"),
        (dict(slope_difference=(0.2, -0.2, 0.6)), None, "do not allow a conclusion on whether"),
        ({}, "E+P", "a model that separates them explains hardly more"),
        ({}, "quadratic", "weighs 2.1 times as much"),
    ],
)
def test_a_ratio_is_told_only_where_losses_weigh_more_beside_the_curve(
    losses, contest, terms, form, words
):
    forms = None if form is None else contest.assign(chosen=contest["form"] == form)
    assert words in said(gap.say_disconfirmation(changed(losses, **terms), forms=forms))[2]


def test_disconfirmation_tells_cost_worth_and_ratio(losses, labels):
    assert said(gap.say_disconfirmation(losses), labels=labels) == [
        (
            "Among customers with the same expectation, each point below it is associated with"
            " −1.50 (−1.70 to −1.30) on the scale of “Recomendação” (n = 600)."
        ),
        (
            "Exceeding expectation is associated with a higher “Recomendação”: +0.70 (+0.50 to"
            " +0.90) on its scale for each point above."
        ),
        "Falling short of expectation weighs 2.1 times as much as exceeding it (interval 1.4 to"
        " 3.2).",
    ]
    alone = losses[losses["term"] != "expectation"]
    assert said(gap.say_disconfirmation(alone))[0].startswith(
        "Each point below expectation is associated with −1.50"
    )


def changed(frame, **terms):
    frame = frame.copy()
    for term, ends in terms.items():
        frame.loc[frame["term"] == term, ["estimate", "conf_low", "conf_high"]] = ends
    return frame


@pytest.mark.parametrize(
    ("terms", "place", "words"),
    [
        (
            dict(gain=(0.2, -0.3, 0.7), loss_ratio=(7.5, np.nan, np.nan)),
            1,
            "Exceeding expectation has no statistically significant association with “recommend”",
        ),
        (
            dict(gain=(0.2, -0.3, 0.7), loss_ratio=(7.5, np.nan, np.nan)),
            2,
            "but the ratio has no upper limit",
        ),
        (
            dict(
                gain=(0.2, -0.3, 0.7),
                loss_ratio=(7.5, np.nan, np.nan),
                slope_difference=(1.3, -0.1, 2.0),
            ),
            2,
            "do not allow a conclusion on whether",
        ),
        (
            dict(gain=(-0.5, -0.8, -0.2), loss_ratio=(-3.0, np.nan, np.nan)),
            1,
            "is associated with a lower “recommend”, not a higher one: −0.50 (−0.80 to −0.20)",
        ),
        (
            dict(gain=(-0.5, -0.8, -0.2), loss_ratio=(-3.0, np.nan, np.nan)),
            2,
            "No ratio of the two is given",
        ),
        (
            dict(loss=(0.1, -0.2, 0.4), loss_ratio=(0.1, -0.3, 0.6)),
            0,
            "falling short of it has no statistically significant association with “recommend”",
        ),
        (
            dict(
                loss=(0.1, -0.2, 0.4),
                loss_ratio=(0.1, -0.3, 0.6),
                slope_difference=(-0.6, -0.9, -0.3),
                asymmetry=(-0.5, -0.9, -0.1),
            ),
            2,
            "which has 0.1 times its weight (interval −0.3 to 0.6)",
        ),
    ],
)
def test_a_ratio_without_an_end_has_no_number(losses, terms, place, words):
    lines = said(gap.say_disconfirmation(changed(losses, **terms)))
    assert words in lines[place]
    if any(ends[1] != ends[1] for ends in terms.values()):
        assert not any(character.isdigit() for character in lines[2])


def test_many_models_name_the_touchpoints_beyond_chance_and_those_without_a_model(labels):
    frame = pd.DataFrame(
        {
            "touchpoint": ["ads", "store", "support"],
            "term": ["a3", "a3", ""],
            "p_holm": [0.2, 0.01, np.nan],
            "note": ["", "", "few"],
            "p_expectation": [0.01, 0.01, np.nan],
        }
    )
    hostile = labels["store"]
    assert said(gap.say_gaps_models(frame), labels=labels) == [
        (
            "“Expectation above experience: slope” is statistically significant at 1 of 2"
            " touchpoints, where expectation counts even when the experience is known (adjusted"
            f" for multiple comparisons): {hostile}."
        ),
        "No model could be fitted at Support.",
    ]
    for none in (frame.assign(p_holm=0.5), frame.assign(p_expectation=0.5)):
        assert "at none of 2 touchpoints" in said(gap.say_gaps_models(none))[0]
    level = frame.assign(term=frame["term"].replace("a3", "a1"), p_expectation=0.5)
    assert (
        "significant at 1 of 2 touchpoints (adjusted"
        in said(gap.say_gaps_models(level, term="a1"))[0]
    )
    with pytest.raises(KeyError, match="no term 'b9' in this result: choose one of a3"):
        said(gap.say_gaps_models(frame, term="b9"))


def test_tolerance_calls_below_and_above_only_what_is_beyond_chance(zone, labels):
    assert said(score.say_tolerance(zone), labels=labels) == [
        "Experience is below what customers call adequate at 1 of 5 touchpoints: Installation.",
        "Experience is above what customers desire at 1 of 5 touchpoints: Advertising.",
        "Depending on the touchpoint, 35% to 65% of customers are inside their own zone.",
    ]
    calm = zone.assign(msa_high=1.0, mss_low=-1.0)
    assert (
        said(score.say_tolerance(calm))[0]
        == "At none of the 5 touchpoints is the experience significantly outside the zone of"
        " tolerance."
    )
    assert "of 4 touchpoints" in said(score.say_tolerance(suppress(zone, 10)))[0]


def test_servqual_reliability_and_ceiling():
    indices = pd.DataFrame(
        {
            "metric": ["servqual", "servperf", "servqual_weighted"],
            "estimate": [-0.64, 4.84, -0.78],
            "conf_low": [-0.72, 4.77, -0.85],
            "conf_high": [-0.57, 4.9, -0.7],
            "n": 600,
        }
    )
    assert said(score.say_servqual(indices)) == [
        (
            "Mean gap over all touchpoints (SERVQUAL, n = 600), in scale points: −0.64 (−0.72 to"
            " −0.57)."
        ),
        ("The same gap weighted by stated importance: −0.78 (−0.85 to −0.70)."),
        "Mean experience (SERVPERF): 4.84 (4.77 to 4.90).",
    ]
    worth = pd.DataFrame(
        {
            "term": ["expectation", "experience", "gap"],
            "estimate": [0.8, 0.8, 0.52],
            "note": ["", "", "unreliable"],
            "n": 248,
        }
    )
    assert said(score.say_gap_reliability(worth, only_warning=True))[0].startswith(
        "Warning: the gap is not reliable enough for individual customers (reliability 0.52, usual"
    )
    sound = worth.assign(note="")
    assert said(score.say_gap_reliability(sound, only_warning=True)) == []
    assert said(score.say_gap_reliability(sound))[0].endswith(
        "is reliable enough for individual customers (reliability 0.52, n = 248)."
    )
    ceiling = pd.DataFrame(
        {"touchpoint": ["ads", "store"], "estimate": [0.4, 0.8], "note": ["", "ceiling"], "n": 300}
    )
    assert said(score.say_expectation_ceiling(ceiling))[0].startswith(
        "Warning: at 1 of 2 touchpoints more than half of the customers (up to 80%) expected the"
    )
    assert said(score.say_expectation_ceiling(ceiling.head(1))) == [
        "40% of customers expected the top of the scale, which can be met but not exceeded."
    ]


def test_sources_of_expectation_part_the_clear_from_the_unclear():
    terms = ["intercept", "previous_expectation", "previous_experience", "word_of_mouth", "plan[b]"]
    frame = pd.DataFrame(
        {
            "term": terms,
            "estimate": [1.0, 0.35, 0.25, 0.1, -0.4],
            "conf_low": [0.5, 0.27, 0.18, -0.1, -0.6],
            "conf_high": [1.5, 0.43, 0.31, 0.3, -0.2],
        }
    )
    assert said(
        score.say_expectation_sources(frame), labels={"word_of_mouth": "Word of mouth"}
    ) == [
        (
            "Among customers with the same experience in the previous wave, each additional point"
            " of expectation then is associated with +0.35 (+0.27 to +0.43) in today's"
            " expectation."
        ),
        (
            "Among customers with the same expectation in the previous wave, each additional"
            " point of experience then is associated with +0.25 (+0.18 to +0.31) in today's"
            " expectation."
        ),
        "plan: b: each additional point is associated with −0.40 (−0.60 to −0.20) in today's"
        " expectation.",
        "No statistically significant association with today's expectation: Word of mouth.",
    ]


def test_classes_come_with_how_surely_they_were_reached(rewards, labels):
    lines = said(say_penalty_reward(rewards), labels=labels)
    assert (
        lines[0]
        == "Where the rating is low, “Recomendação” is lower; a high rating makes little difference"
        f" (basic): {labels['store']} (91%)."
    )
    assert (
        lines[1] == "Where the rating is low, “Recomendação” is lower; where it is high, higher"
        " (performance): Installation (72%)."
    )
    assert lines[3].startswith(
        "In brackets: how often new samples of customers give the same class"
    )
    assert lines[4].startswith(
        "At 2 of 5 touchpoints neither a low nor a high rating has a statistically significant"
    )
    assert (
        said(say_penalty_reward(rewards, asked=7))[-1]
        == "Left out: 2 of 7 touchpoints, with too few low or too few high ratings."
    )
    assert said(say_penalty_reward(rewards, asked=5)) == said(say_penalty_reward(rewards))
    sure = rewards[rewards["class"].isin(["basic", "excitement"])]
    assert len(said(say_penalty_reward(sure))) == 2
    plain = rewards.drop(columns=[f"p_{name}" for name in CLASSES])
    assert said(say_penalty_reward(plain))[0].endswith("(basic): store.")


def test_kano_names_a_class_only_where_it_leads_clearly(wants, rewards, labels):
    lines = said(say_kano(wants, rewards=rewards), labels=labels)
    assert lines == [
        f"Taken for granted (must-be): {labels['store']}.",
        "The more the better (one-dimensional): Installation.",
        "Makes no difference to the largest group (indifferent): Support.",
        "At 1 of 4 touchpoints no class leads clearly.",
        (
            "What customers say and what is associated with their loyalty give the same class at"
            " 2 of 4 touchpoints."
        ),
    ]
    assert (
        said(say_kano(wants), language="pt-BR", labels=labels)[1]
        == "Quanto mais, melhor (unidimensional): Installation."
    )
    few = suppress(wants.assign(n=[109, 4, 60, 97]), 10)
    assert not any("Installation" in one for one in said(say_kano(few), labels=labels))


def test_shares_of_the_zone_that_are_hidden_are_not_told(zone):
    hidden = zone.assign(below=np.nan, inside=np.nan, above=np.nan)
    assert said(score.say_tolerance(hidden)) == said(score.say_tolerance(zone))[:-1]


def test_nothing_is_said_to_cause_and_labels_stay_text(
    contest, losses, zone, rewards, wants, labels
):
    lines = [
        *said(gap.say_gap_forms(contest), labels=labels),
        *said(gap.say_disconfirmation(losses), labels=labels),
        *said(score.say_tolerance(zone), labels=labels),
        *said(say_penalty_reward(rewards), labels=labels),
        *said(say_kano(wants, rewards=rewards), labels=labels),
    ]
    assert not any(
        word in one.lower()
        for one in lines
        for word in ("cause", "effect of", "leads to", "impact")
    )
    assert "<script" not in str(paragraph(lines))
