"""A report is one story: the reader of `story.py` finds reports that contradict themselves, and
finds nothing in those of the sample clients and of real surveys.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import cxlab as cx
from cxlab.show.page import html, tables
from cxlab.show.words.catalogue import MESSAGES, WORDS
from cxlab.show.words.wording import Wording, as_is, message, percent
from tests.show.story import RULES, Facts, Report, contradictions, of_batch

ROOT = Path(__file__).resolve().parents[2]
FORM = message(WORDS["forms"]["P"], outcome="Loyalty")


def said(_: Wording, *phrases) -> str:
    return str(html.paragraph(_.say(phrases)))


def ratio(key: str, low: str, high: str):
    places = {"ratio": as_is("1.5"), "low": as_is(low), "high": as_is(high)}
    return message(MESSAGES["ratio"][key], **places)


def figure(title: str, alt: str) -> str:
    return (
        f'<figure><figcaption class="title">{title}</figcaption><img src="x" alt="{alt}"></figure>'
    )


def mapped(_: Wording) -> str:
    title = _(
        "{outcome} by expectation and experience: {touchpoint}", outcome="Loyalty", touchpoint="App"
    )
    return said(_, FORM) + figure(title, "-")


def metric(level: str, estimate: float, outcome: str = "recommend") -> pd.DataFrame:
    row = {"outcome": outcome, "metric": "nps", "group": "wave", "level": level, "n": 400}
    row |= {"estimate": estimate, "conf_low": estimate - 4, "conf_high": estimate + 4}
    return pd.DataFrame([row])


def nps(level: str, value: str):
    places = {"value": as_is(value), "interval": as_is("30 to 41"), "level": percent(0.95)}
    whole = level == "all"
    return message(MESSAGES["nps"][whole][False], group=as_is(level), n=400, **places)


def change(side: int, value: str):
    places = {"level": as_is("W1 → W2"), "value": as_is(value)}
    return message(MESSAGES["change"][side], outcome=as_is("Spend"), **places)


def reason(_: Wording) -> str:
    error = cx.ModelError("this study has no outcome that anybody answered")
    return str(html.refused(error, _))


def twice_by_stage(_: Wording) -> str:
    staged = message(MESSAGES["by_stage"]["many"], count=30)
    return said(_, staged, message(MESSAGES["ranks"][False]))


def highest(_: Wording) -> str:
    none = message(MESSAGES["differences"]["several"]["none"], segment=as_is("Region"), n=10)
    words = {
        "en": "Region: highest among North (41), lowest among South (30).",
        "pt-BR": "Region: maior em Norte (41), menor em Sul (30).",
    }
    return str(html.points([words[_.language], *_.say([none])]))


GAPS = pd.DataFrame(
    {
        "touchpoint": ["app", "shop", "phone"],
        "estimate": [-1.0, -0.9, 0.1],
        "conf_low": [-1.2, -1.1, -0.1],
        "conf_high": [-0.8, -0.7, 0.3],
        "p_holm": [0.001, 0.001, 0.5],
    }
)
SCORES = pd.DataFrame(
    {
        "touchpoint": ["app", "shop"],
        "experience": [5.0, 4.9],
        "conf_low": [4.8, 4.7],
        "conf_high": [5.2, 5.1],
    }
)
SHARES = pd.DataFrame({"touchpoint": ["app", "shop"], "rank_low": [1, 1], "rank_high": [2, 2]})
FORMS = pd.DataFrame({"form": ["P", "E+P"], "chosen": [False, True]})

# A report that breaks one rule, by the rule; with what its results hold.
BROKEN: dict[str, tuple[Callable[[Wording], str], Facts]] = {
    "no_ratio_where_only_experience_counts": (
        lambda _: said(_, FORM, ratio("more", "1.2", "2.4")),
        Facts(),
    ),
    "no_ratio_where_it_may_be_chance": (lambda _: said(_, ratio("more", "0", "3")), Facts()),
    "no_map_that_is_not_to_be_read": (mapped, Facts()),
    "no_claim_on_the_gap_where_only_experience_counts": (
        lambda _: said(_, FORM, message(MESSAGES["slopes"]["a3"][-1], value=as_is("−1.1"))),
        Facts(),
    ),
    "the_chosen_form_is_the_one_that_is_told": (
        lambda _: said(_, FORM),
        Facts({"compare_gap_forms": [FORMS]}),
    ),
    "no_share_reaches_the_limit_that_it_misses": (
        lambda _: said(
            _,
            message(
                "Possibly among the top three (in brackets: share of new samples): {items}.",
                items=as_is("App (95%)"),
            ),
        ),
        Facts(),
    ),
    "no_p_value_is_below_the_limit_that_it_misses": (
        lambda _: said(
            _,
            message(
                MESSAGES["failed"]["expectation"],
                p=as_is("0.049" if _.language == "en" else "0,049"),
            ),
        ),
        Facts(),
    ),
    "no_weak_measure_reaches_the_usual_least": (
        lambda _: said(
            _,
            message(
                MESSAGES["gap_reliability"][True],
                n=90,
                value=as_is("0.70" if _.language == "en" else "0,70"),
            ),
        ),
        Facts(),
    ),
    "more_than_half_is_more_than_half": (
        lambda _: said(
            _, message(MESSAGES["ceiling"]["many"], count=1, total=9, share=percent(0.5))
        ),
        Facts(),
    ),
    "a_change_is_called_chance_by_its_interval": (
        lambda _: said(_, change(1, "3 points (−1 to 7)")),
        Facts(),
    ),
    "an_estimate_lies_in_its_interval": (
        lambda _: said(_, message(MESSAGES["slopes"]["a2"][1], value=as_is("0 (0 to 0)"))),
        Facts(),
    ),
    "no_group_is_highest_where_none_differs": (highest, Facts()),
    "no_touchpoint_is_strongest_beside_its_equal": (
        lambda _: said(_, message(MESSAGES["experience"][1][False], items=as_is("App 5"))),
        Facts({"experience_scores": [SCORES]}),
    ),
    "no_driver_is_first_whose_rank_is_not": (
        lambda _: said(
            _, message(MESSAGES["weighs_most"], outcome=as_is("NPS"), items=as_is("App"))
        ),
        Facts({"importance": [SHARES]}),
    ),
    "a_stage_is_no_touchpoint": (twice_by_stage, Facts()),
    "a_reason_is_printed_once": (lambda _: reason(_) + reason(_), Facts()),
    "a_figure_has_one_value": (
        lambda _: str(tables.cards(_, metric("W4", 33))) + said(_, nps("W4", "36")),
        Facts(),
    ),
    "a_headline_is_of_the_last_wave": (
        lambda _: said(_, nps("all", "36")),
        Facts(waves=["W1", "W2"]),
    ),
    "people_are_counted_as_people": (
        lambda _: f'<ul class="facts"><li>{_("{n} respondents", n=900)}</li></ul>',
        Facts(people=300),
    ),
    "money_keeps_its_unit": (
        lambda _: said(_, change(0, "+1 (−15 to +17)")),
        Facts(units={"spend": "BRL"}, labels={"spend": "Spend"}),
    ),
    "counts_are_those_of_the_table": (
        lambda _: said(_, message(MESSAGES["gaps"][-1]["many"], count=3, total=3)),
        Facts({"gap_scores": [GAPS]}),
    ),
    "as_many_are_named_as_counted": (
        lambda _: said(_, message(MESSAGES["zone"]["below"], count=3, total=9, items=["a", "b"])),
        Facts(),
    ),
    "one_is_no_plural": (
        lambda _: {"en": "<p>At 1 touchpoints.</p>", "pt-BR": "<p>Em 1 pontos de contato.</p>"}[
            _.language
        ],
        Facts(),
    ),
    "none_is_to_be_fixed_where_one_is": (
        lambda _: said(
            _,
            message(MESSAGES["priorities"]["fix_first"][0], items=["App"]),
            message("No touchpoint combines a high weight with a poor experience."),
        ),
        Facts(),
    ),
    "a_level_is_the_one_computed": (
        lambda _: str(tables.cards(_, metric("all", 33))),
        Facts(conf_level=0.9),
    ),
    "a_sentence_has_two_numbers_at_most": (
        lambda _: "<p>App 1, shop 2 and phone 3.</p>",
        Facts(),
    ),
    "a_paragraph_has_four_sentences_at_most": (lambda _: f"<p>{'All is told. ' * 5}</p>", Facts()),
    "a_reason_takes_one_line": (
        lambda _: str(html.refused(cx.ModelError("this study has " + "no outcome " * 12), _)),
        Facts(),
    ),
    "association_has_one_verb": (
        lambda _: {"en": "<p>It goes with loyalty.</p>", "pt-BR": "<p>Acompanha a lealdade.</p>"}[
            _.language
        ],
        Facts(),
    ),
    "one_of_ten_is_written_in_digits": (
        lambda _: {"en": "<p>At one of 10 stages.</p>", "pt-BR": "<p>Em uma de 10 etapas.</p>"}[
            _.language
        ],
        Facts(),
    ),
    "nothing_is_shown_that_shows_nothing": (
        lambda _: figure("Answers", "Share of each answer. 0–10: 100%."),
        Facts(),
    ),
}


def test_every_rule_has_a_report_that_breaks_it():
    assert set(BROKEN) == set(RULES) and len(BROKEN) >= 20


@pytest.mark.parametrize("language", ["en", "pt-BR"])
@pytest.mark.parametrize("rule", BROKEN)
def test_a_report_that_contradicts_itself_is_found(rule, language):
    """Protects the reader, without which a sound result would mean nothing."""
    make, facts = BROKEN[rule]
    report = Report.read(language, make(Wording(language)), facts)
    assert {name for name, _ in contradictions(report)} == {rule}


@pytest.mark.slow
@pytest.mark.parametrize("client", ["aurora", "ipe", "jatoba", "pitanga", "quadrante"])
def test_no_sample_report_contradicts_itself(sample_reports, client):
    study = cx.read_study(ROOT / "data" / client)
    assert_one_story(of_batch(study, sample_reports, client))


@pytest.mark.slow
@pytest.mark.parametrize("survey", ["kiosk", "sfo"])
def test_no_report_on_a_real_survey_contradicts_itself(shared, real_reports, survey):
    study = cx.read_study(ROOT / "tests" / "studies" / survey, allow_outside=shared)
    assert_one_story(of_batch(study, real_reports, survey))


def assert_one_story(reports: dict[str, Report]) -> None:
    assert set(reports) == {"en", "pt-BR"}
    for language, report in reports.items():
        assert {"gap_scores", "metrics", "experience_scores"} & set(report.facts.results)
        assert contradictions(report) == [], language
