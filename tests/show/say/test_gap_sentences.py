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
from cxlab.show.disclosure.rules import suppress
from cxlab.show.page.html import paragraph
from cxlab.show.say import gap, gap_scores as score
from cxlab.show.say.classes import say_kano, say_penalty_reward
from cxlab.show.words import text
from tests.show.said import said


def test_every_form_and_class_has_words_in_both_languages():
    for identifier in [*FORMS, *CLASSES, *KINDS]:
        english, portuguese = (
            text.name_of(identifier, None, language) for language in ("en", "pt-BR")
        )
        assert english != identifier and portuguese not in (english, identifier), identifier


def test_forms_say_what_fits_why_and_how_the_gap_fares(contest):
    meaning, why, fares = said(gap.say_gap_forms(contest))
    assert meaning.startswith("The relation with “satisfaction” bends")
    assert (
        why
        == "By AICc “Full surface (curved)” has 82% of the evidence among 14 forms. “Full surface"
        " (curved twice)” comes next, 3.0 behind: its 4 extra terms explain 60.5% instead of"
        " 60.0%, too little for that many."
    )
    assert (
        fares
        == "The plain gap score explains 51.0% of the differences in “satisfaction”; the form that"
        " fits explains 60.0% (n = 600)."
    )


def test_what_speaks_against_a_simpler_runner_up(contest):
    rivals = contest[contest["form"].isin(["P", "E+P", "quadratic", "difference"])]
    assert (
        "“Expectation and experience, each with its own weight” comes next, 18.5 behind: what it"
        " leaves out is missed (p < 0.001)" in said(gap.say_gap_forms(rivals))[1]
    )
    same = rivals.assign(p_value=np.nan)
    assert said(gap.say_gap_forms(same))[1].endswith(
        "18.5 behind: it explains 53.5% instead of 60.0%."
    )


def test_every_form_can_win_in_both_languages(contest):
    assert set(contest["form"]) == set(FORMS)
    for form in contest["form"]:
        for language in ("en", "pt-BR"):
            won = contest.assign(chosen=contest["form"] == form)
            lines = said(gap.say_gap_forms(won), language=language)
            assert len(lines) == 3 and all("{" not in one for one in lines), form


def test_a_simpler_form_that_does_nearly_as_well_gives_the_meaning(contest):
    near = contest.assign(
        r_squared_cv=contest["r_squared_cv"].where(contest["form"] != "E+P", 0.59)
    )
    assert (
        said(gap.say_gap_forms(near))[0]
        == "Expectation and experience both go with “satisfaction”, but not as equal opposites: a"
        " gap score, which assumes that they are, would mislead. “Full surface (curved)” fits a"
        " little better, but predicts new answers hardly better (59.6% against 59.0% of the"
        " differences): do not build on what it adds."
    )


def test_the_simplest_of_a_tie_says_so_by_aicc_and_by_cross_validation(contest):
    tie = contest.assign(
        chosen=contest["form"] == "E+P",
        aicc=contest["aicc"].where(contest["form"] != "E+P", 1861.9),
    )
    assert (
        "is the simplest of those that AICc cannot tell from the best of 14 forms; “Full surface"
        " (curved)” fits 1.5 better by AICc" in said(gap.say_gap_forms(tie))[1]
    )
    weighted = contest.assign(aicc=np.nan, aicc_weight=np.nan, chosen=contest["form"] == "P")
    assert (
        "is the simplest form that predicts answers not seen before (39.0% of the differences) no"
        " worse, within chance, than the best of 14" in said(gap.say_gap_forms(weighted))[1]
    )
    best = weighted.assign(chosen=contest["form"] == "cubic")
    assert said(gap.say_gap_forms(best))[1].startswith(
        "“Full surface (curved twice)” predicts answers not seen before best (60.0% of the"
        " differences)"
    )


def test_disconfirmation_tells_cost_worth_and_ratio(losses, labels):
    assert said(gap.say_disconfirmation(losses), labels=labels) == [
        (
            "Among customers who expected the same, a point short of expectation goes with −1.50"
            " (−1.70 to −1.30) on the scale of “Recomendação” (n = 600)."
        ),
        (
            "Exceeding expectation goes with more: a point beyond goes with +0.70 (+0.50 to +0.90)"
            " on the scale of “Recomendação”."
        ),
        "Falling short weighs more than exceeding: 2.1 times as much (interval 1.4 to 3.2).",
    ]
    alone = losses[losses["term"] != "expectation"]
    assert said(gap.say_disconfirmation(alone))[0].startswith(
        "A point short of expectation goes with −1.50"
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
            "That exceeding expectation goes with a higher “recommend” cannot be shown",
        ),
        (
            dict(gain=(0.2, -0.3, 0.7), loss_ratio=(7.5, np.nan, np.nan)),
            2,
            "how many times more has no upper end",
        ),
        (
            dict(
                gain=(0.2, -0.3, 0.7), loss_ratio=(7.5, np.nan, np.nan), asymmetry=(1.3, -0.1, 2.0)
            ),
            2,
            "so their ratio has no end",
        ),
        (
            dict(gain=(-0.5, -0.8, -0.2), loss_ratio=(-3.0, np.nan, np.nan)),
            1,
            "Exceeding expectation goes with less, not more",
        ),
        (
            dict(gain=(-0.5, -0.8, -0.2), loss_ratio=(-3.0, np.nan, np.nan)),
            2,
            "has no meaning here",
        ),
        (
            dict(loss=(0.1, -0.2, 0.4), loss_ratio=(0.1, -0.3, 0.6)),
            0,
            "it cannot be shown that falling short goes with a lower “recommend”",
        ),
        (
            dict(loss=(0.1, -0.2, 0.4), loss_ratio=(0.1, -0.3, 0.6)),
            2,
            "a point short has 0.1 times the weight of a point beyond (interval −0.3 to 0.6)",
        ),
        (
            dict(loss_ratio=(1.2, 0.8, 1.9)),
            2,
            "cannot be told: 1.2 times as much, but the interval runs from 0.8 to 1.9",
        ),
    ],
)
def test_a_ratio_without_an_end_has_no_number(losses, terms, place, words):
    lines = said(gap.say_disconfirmation(changed(losses, **terms)))
    assert words in lines[place]
    if any(ends[1] != ends[1] for ends in terms.values()):
        assert not any(character.isdigit() for character in lines[2])


def test_slopes_of_the_gap_alone_are_held_against_the_contest(losses, contest):
    alone = losses[losses["term"] != "expectation"]
    assert said(gap.say_disconfirmation(alone, forms=contest))[3].startswith(
        "These slopes look at the gap alone, which predicts less than “Full surface (curved)”"
        " (51.8% against 59.6%"
    )
    assert len(said(gap.say_disconfirmation(losses, forms=contest))) == 3
    forms = contest.assign(chosen=contest["form"] == "asymmetric")
    assert len(said(gap.say_disconfirmation(alone, forms=forms))) == 3


def test_where_the_experience_alone_counts_short_and_beyond_are_read_as_experience(losses, contest):
    for forms in (
        contest.assign(chosen=contest["form"] == "P"),
        # nearly as well as the one chosen
        contest.assign(r_squared_cv=contest["r_squared_cv"].where(contest["form"] != "P", 0.59)),
    ):
        assert (
            said(gap.say_disconfirmation(losses, forms=forms))[3]
            == "So read a point short as a point less of experience, and a point beyond as a point"
            " more."
        )
    both = contest.assign(chosen=contest["form"] == "E+P")
    assert len(said(gap.say_disconfirmation(losses, forms=both))) == 3


def test_many_models_name_the_touchpoints_beyond_chance_and_those_without_a_model(labels):
    frame = pd.DataFrame(
        {
            "touchpoint": ["ads", "store", "support"],
            "term": ["a3", "a3", ""],
            "p_holm": [0.2, 0.01, np.nan],
            "note": ["", "", "few"],
        }
    )
    hostile = labels["store"]
    assert said(gap.say_gaps_models(frame), labels=labels) == [
        (
            "“Expectation above experience: slope” is beyond chance at 1 of 2 touchpoints,"
            f" adjusted for their number (Holm): {hostile}."
        ),
        "No model could be fitted at Support.",
    ]
    assert "at none of 2 touchpoints" in said(gap.say_gaps_models(frame.assign(p_holm=0.5)))[0]
    with pytest.raises(KeyError, match="no term 'b9' in this result: choose one of a3"):
        said(gap.say_gaps_models(frame, term="b9"))


def test_tolerance_calls_below_and_above_only_what_is_beyond_chance(zone, labels):
    assert said(score.say_tolerance(zone), labels=labels) == [
        "Experience is below what customers call adequate at 1 of 5 touchpoints: Installation.",
        "Experience is above what customers desire at 1 of 5 touchpoints: Advertising.",
        (
            "Fewest customers are inside their own zone at Installation: 35%, with 55% below it and"
            " 10% above it."
        ),
    ]
    calm = zone.assign(msa_high=1.0, mss_low=-1.0)
    assert (
        said(score.say_tolerance(calm))[0]
        == "At all 5 touchpoints experience lies within the zone of tolerance, or too near its ends"
        " to tell."
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
            "Over all touchpoints experience minus expectation is −0.64 (−0.72 to −0.57) scale"
            " points (SERVQUAL, n = 600)."
        ),
        (
            "Counting each touchpoint by how important customers call it, it is −0.78 (−0.85 to"
            " −0.70)."
        ),
        "The experience alone averages 4.84 (4.77 to 4.90) (SERVPERF).",
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
        "Warning: as a measurement of a single customer the gap is weak (reliability 0.52, n = 248"
    )
    sound = worth.assign(note="")
    assert said(score.say_gap_reliability(sound, only_warning=True)) == []
    assert said(score.say_gap_reliability(sound))[0].endswith(
        "is reliable enough (reliability 0.52, n = 248)."
    )
    ceiling = pd.DataFrame(
        {"touchpoint": ["ads", "store"], "estimate": [0.4, 0.8], "note": ["", "ceiling"], "n": 300}
    )
    assert said(score.say_expectation_ceiling(ceiling))[0].startswith(
        "Warning: at 1 of 2 touchpoints more than half of the customers expected the most that the"
        " scale allows (up to 80%, store)."
    )
    assert said(score.say_expectation_ceiling(ceiling.head(1))) == [
        "Up to 40% of customers (at ads) expected the most that the scale allows: they can be met"
        " or disappointed, never exceeded."
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
            "Among customers with the same experience one wave earlier, a point more expected then"
            " goes with +0.35 (+0.27 to +0.43) in today's expectation."
        ),
        (
            "Among customers who expected the same one wave earlier, a point better experienced"
            " then goes with +0.25 (+0.18 to +0.31) in today's expectation."
        ),
        "plan: b: a point more goes with −0.40 (−0.60 to −0.20) in today's expectation.",
        "No association with today's expectation can be shown for: Word of mouth.",
    ]


def test_classes_come_with_how_surely_they_were_reached(rewards, labels):
    lines = said(say_penalty_reward(rewards), labels=labels)
    assert (
        lines[0]
        == "Low ratings go with a lower “Recomendação”, high ones count less or not clearly"
        f" (basic): {labels['store']} (91%)."
    )
    assert (
        lines[1] == "Low ratings go with a lower “Recomendação” and high ones with a higher one"
        " (performance): Installation (72%)."
    )
    assert lines[3].startswith("In brackets: in how many new samples")
    assert lines[4].startswith(
        "At 2 of 5 touchpoints neither low nor high ratings go with “Recomendação”"
    )
    assert (
        said(say_penalty_reward(rewards, asked=7))[-1]
        == "Left out: 2 of 7 touchpoints, which too few customers rated low, or high."
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
        "To the largest group it makes no difference (indifferent): Support.",
        "No class leads clearly at billing (Must-be or One-dimensional).",
        (
            "What customers say and what goes with their loyalty give the same class at 2 of 4"
            " touchpoints."
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
