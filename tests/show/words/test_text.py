from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

import cxlab as cx
from cxlab.errors import ModelError, ReportError
from cxlab.show.page.tables import cards
from cxlab.show.say.metrics import changed_by, say_metrics
from cxlab.show.words import text
from cxlab.show.words.catalogue import catalogue_words, translator
from cxlab.show.words.nouns import of_stages
from cxlab.show.words.wording import (
    Wording,
    as_is,
    confidence,
    digits_for,
    explain,
    in_brackets,
    message,
    named,
    p_value,
    percent,
    ranged,
    term,
)
from tests.show.said import said


@pytest.mark.parametrize(
    ("value", "digits", "english", "portuguese"),
    [
        (4.5, 1, "4.5", "4,5"),
        (-4.25, 2, "−4.25", "−4,25"),
        (1234.0, 0, "1,234", "1.234"),
        (-0.04, 1, "0.0", "0,0"),
        (float("nan"), 1, "–", "–"),
        (None, 1, "–", "–"),
    ],
)
def test_numbers_follow_the_language(value, digits, english, portuguese):
    assert text.number(value, "en", digits) == english
    assert text.number(value, "pt-BR", digits) == portuguese


def test_signs_percentages_intervals_and_p_values():
    assert text.signed(0.3, "en") == "+0.3"
    assert text.signed(-0.3, "en") == "−0.3"
    assert text.signed(0.04, "en") == "0.0"
    assert text.percent(0.4567, "pt-BR", 1) == "45,7%"
    assert text.percent(0.4567, "es", 1) == text.localised("45.7%", "es") == "45,7\xa0%"
    row = {"estimate": 4.0, "conf_low": 3.9, "conf_high": 4.25}
    assert Wording("pt-BR").interval(row) == "3,90 a 4,25"
    assert Wording().interval(row | {"conf_low": float("nan")}) == "–"
    assert text.p_value(0.00001, "pt-BR") == "< 0,001"


def test_days_in_words():
    when = dt.date(2026, 3, 28)
    assert text.day(when, "en") == "28 March 2026"
    assert text.day(when, "pt-BR") == "28 de março de 2026"
    assert text.day(None, "en") == ""


def test_listing():
    assert text.listing([], "en") == ""
    assert text.listing(["a"], "en") == "a"
    assert text.listing(["a", "b", "c"], "pt-BR") == "a, b e c"
    # "y" gives way before the sound of i, not before hie-.
    assert text.listing(["Tienda", "Historia"], "es") == "Tienda e Historia"
    assert text.listing(["Agua", "Hielo"], "es") == "Agua y Hielo"


def test_an_unknown_language_is_refused():
    for call in (
        translator,
        lambda language: text.number(1.0, language),
        lambda language: text.day(None, language),
    ):
        with pytest.raises(ReportError) as caught:
            call("fr")
        assert (
            str(caught.value) == "a report in 'fr' cannot be written: choose one of en, es, pt-BR"
        )


def test_names_come_from_the_study_first():
    assert text.name_of("fix_first", {"fix_first": "Our words"}, "en") == "Our words"
    assert text.name_of("fix_first", None, "pt-BR") == "Corrigir primeiro"
    assert text.name_of("include: usage", None, "pt-BR") == "Filtro em usage"
    assert text.name_of("something else", {}, "en") == "something else"


def test_a_refusal_is_told_in_the_language():
    error = ModelError(
        "outcome {outcome}: all {n} answers are {value:g}; nothing can be explained",
        outcome="nps",
        n=12,
        value=4.5,
    )
    assert (
        explain(error, Wording("en", {"nps": "Recommend"}))
        == "outcome Recommend: all 12 answers are 4.5; nothing can be explained"
    )
    assert (
        explain(error, Wording("pt-BR"))
        == "resultado nps: todas as 12 respostas são 4,5; não há o que explicar"
    )
    # A number keeps the message's own format; what no template fills stays as it is.
    size = ModelError("{share:.1%} of {n} in {kind!r}", share=-0.125, n=1200, kind="nps")
    assert explain(size, Wording("pt-BR")) == "−12,5% of 1200 in 'nps'"
    assert explain(ValueError("no"), Wording()) == "no"


def test_levels_and_terms_are_named_by_their_segment():
    """Protects from a code of one segment read as one of another, and from cxlab's word for a
    level that the study calls by the same name.
    """
    _ = Wording("pt-BR", {"plan": "Plano", "plan[1]": "Básico"})
    assert _.fill(term("plan[1]")) == "Plano: Básico" and _.fill(term("gap")) == "Lacuna"
    assert _.level({"group": "size", "level": "1"}) == "1"
    assert _.level({"group": "size", "level": "P"}) == "P"
    assert _.level({"group": "size", "level": "all"}) == "all"
    assert _.level({"group": "all", "level": "all"}) == "Todos os respondentes"


def test_a_class_of_answers_says_which_end_is_in_it():
    """Protects the reader of "10–20, 20–30", who would count 20 twice."""
    assert [text.answers_name(one, "en") for one in ("0–3", "4", "10–<20", "1.5–<2")] == [
        "0–3",
        "4",
        "10 to under 20",
        "1.5 to under 2",
    ]
    assert [text.answers_name(one, "pt-BR") for one in ("0–3", "10–<20", "1.5–<2")] == [
        "0–3",
        "10 a menos de 20",
        "1,5 a menos de 2",
    ]


@pytest.mark.parametrize(
    ("value", "unit", "language", "said"),
    [
        (1234.5, "BRL", "pt-BR", "R$\xa01.234,50"),
        (1234.5, "BRL", "en", "R$1,234.50"),
        (-3.5, "USD", "en", "−$3.50"),
        (2.5, "horas", "pt-BR", "2,50 horas"),
        (float("nan"), "BRL", "en", "–"),
    ],
)
def test_an_amount_has_its_currency(value, unit, language, said):
    """Protects the reader of a monthly spend from guessing in what it is counted."""
    assert text.amount(value, unit, language) == said


@pytest.mark.parametrize(
    ("start", "end", "english", "portuguese"),
    [
        ((2026, 3, 2), (2026, 3, 28), "2 to 28 March 2026", "2 a 28 de março de 2026"),
        ((2026, 3, 2), (2026, 4, 1), "2 March to 1 April 2026", "2 de março a 1 de abril de 2026"),
        (
            (2025, 12, 2),
            (2026, 1, 3),
            "2 December 2025 to 3 January 2026",
            "2 de dezembro de 2025 a 3 de janeiro de 2026",
        ),
        ((2026, 3, 2), (2026, 3, 2), "2 March 2026", "2 de março de 2026"),
        ((2026, 3, 2), None, "2 March 2026", "2 de março de 2026"),
        (None, None, "", ""),
    ],
)
def test_a_period_says_once_what_its_days_share(start, end, english, portuguese):
    """Protects from "2 de março de 2026 a 28 de março de 2026"."""
    days = [one and dt.date(*one) for one in (start, end)]
    assert text.period(*days, "en") == english and text.period(*days, "pt-BR") == portuguese


@pytest.mark.parametrize(
    ("metric", "size", "english", "portuguese"),
    [
        ("nps", 1, "+1 point", "+1 ponto"),
        ("nps", -5, "−5 points", "−5 pontos"),
        ("csat_top2", 0.01, "+1 percentage point", "+1 ponto percentual"),
        ("score_mean", 1.5, "+1.50 scale points", "+1,50 ponto da escala"),
        ("score_mean", 2.5, "+2.50 scale points", "+2,50 pontos da escala"),
    ],
)
def test_points_are_counted_as_the_language_counts(metric, size, english, portuguese):
    """Protects from "queda de 1 pontos" and from "1,50 pontos"."""
    row = {"metric": metric, "outcome": "y", "estimate": size}
    change = changed_by(row | dict.fromkeys(["conf_low", "conf_high"], float("nan")))
    assert said([change]) == [english] and said([change], "pt-BR") == [portuguese]


def test_an_interval_within_brackets_is_set_apart():
    row = {"touchpoint": "app", "estimate": 5.0, "conf_low": 2.0, "conf_high": 8.0}
    rows = pd.DataFrame([row, row | {"touchpoint": "shop"}])
    assert said([in_brackets("app", ranged(row))]) == ["app (+5.00; +2.00 to +8.00)"]
    assert said([in_brackets("app", as_is("LMG (Shapley)"))]) == ["app (LMG (Shapley))"]
    one, several = (said([message("{items}", items=named(some))]) for some in (rows[:1], rows))
    assert one == ["app +5.00 (+2.00 to +8.00)"] and several == ["app (+5.00) and shop (+5.00)"]


def test_cards_and_sentences_name_the_currency():
    frame = pd.DataFrame({"spend": [100.0, 120.0, 140.0] * 20, "nps": [9, 5, 7] * 20, "q": 4})
    outcomes = {
        "spend": {"kind": "amount", "column": "spend", "unit": "BRL"},
        "recommend": {"kind": "nps", "column": "nps"},
    }
    metrics = cx.metrics(
        cx.Study.from_frame(frame, {"shop": "q"}, outcomes, scales={"s": {"min": 1, "max": 7}})
    )
    assert "R$\xa0120,00" in str(cards(Wording("pt-BR"), metrics))
    sentences = " ".join(said(say_metrics(metrics), language="pt-BR"))
    assert "R$\xa0115,75 a R$\xa0124,25" in sentences
    assert metrics.loc[metrics["metric"] == "nps", "unit"].isna().all()


@pytest.mark.parametrize(("language", "mark"), [("en", "."), ("pt-BR", ",")])
def test_a_rounded_number_does_not_cross_its_limit(language, mark):
    """Protects from "at least 95%: A; may or may not be: B (95%)", from a p "below 0.05" that is
    printed as 0.050, and from an interval that leaves out zero and is printed as reaching it.
    """
    _ = Wording(language)
    for share, words in ((0.9465, "94%"), (0.95, "95%"), (0.9999, "100%"), (0.5, "50%")):
        assert _.fill(percent(share, 0, 0.95)) == words
    for p, words in ((0.0496, "0.049"), (0.05, "0.050"), (0.0504, "0.050"), (0.0004, "< 0.001")):
        assert _.fill(p_value(p)) == words.replace(".", mark)
    row = {"estimate": 0.3, "conf_low": 0.002, "conf_high": 0.6}
    low = _.ranged(row).split("(")[1].split()[0]
    assert low == f"+0{mark}01"
    below = {"estimate": -3.0, "conf_low": -6.0, "conf_high": -0.2}
    assert _.fill(ranged(below, digits=0)).endswith("−1)")
    assert _.fill(confidence(0.975)) == f"97{mark}5%"


@pytest.mark.parametrize(
    ("row", "digits"),
    [
        ((0.5, 0.3, 0.7), 2),
        ((-0.0031, -0.0052, -0.001), 4),
        ((49.6, 48, 51.1), 1),
        ((812, 790, 834), 0),
    ],
)
def test_decimals_follow_a_number_and_its_interval(row, digits):
    assert digits_for(*row) == digits
    exact = digits_for(49.571, 49.568, 49.574)
    assert exact == 3, "an interval of thousandths is not printed as one number"


@pytest.mark.parametrize(
    ("language", "one", "stages"),
    [
        ("en", "At 1 of 1 touchpoint", "At 0 of 2 stages"),
        ("pt-BR", "Em 1 de 1 ponto de contato", "Em 0 de 2 etapas"),
        ("es", "en 1 de 1 punto de contacto", "en 0 de 2 etapas"),
    ],
)
def test_messages_agree_with_number_and_kind(language, one, stages):
    """Protects from "1 touchpoints", and from stages that are called touchpoints."""
    message = "Experience falls short of expectation at {count} of {total} touchpoints."
    told = Wording(language)(message, count=1, total=1)
    assert told.lower().endswith(f"{one}.".lower())
    told = Wording(language, stages=True)(message, count=0, total=2)
    assert told.lower().endswith(f"{stages}.".lower())


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("No touchpoint shows", "Ninguna etapa muestra"),
        ("All touchpoints together explain", "Todas las etapas juntas explican"),
        ("At none of the {total} touchpoints is there", "En ninguna de las {total} etapas hay"),
        ("The touchpoint with the best experience", "La etapa con la mejor experiencia"),
    ],
)
def test_words_around_a_stage_have_its_gender(message, words):
    """Protects from "todos las etapas": a point of contact and a stage differ in gender."""
    known = dict(zip(catalogue_words("en"), catalogue_words("es"), strict=True))
    told = [of_stages(known[one], "es") for one in known if one.startswith(message)]
    assert told and all(one.startswith(words) for one in told)
