"""What customers write as a page shows it: in both languages, nothing of few, nothing where single
answers are protected, and only what study.yml declares.
"""

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.show.disclosure.register import Register
from cxlab.show.disclosure.rules import by_word
from cxlab.show.words.catalogue import LANGUAGES

RECOMMEND = {"recommend": {"kind": "nps", "column": "nps"}}
BOOK = {
    "late": {"label": {"en": "Delay", "pt-BR": "Demora"}},
    "rare": {"label": {"en": "Parking", "pt-BR": "Estacionamento"}},
    "torn": {"label": {"en": "Mood", "pt-BR": "Humor"}},
}
CALLS = {"keyness": {}, "codes": {}, "agreement": {}}


def study_of(declared: bool = True, **report) -> cx.Study:
    """240 detractors, 61 of whom write of delay, and 310 promoters, 22 of whom do."""
    late = np.r_[np.arange(240) < 61, np.arange(310) < 22]
    n = len(late)
    frame = pd.DataFrame({"id": range(n), "nps": [2] * 240 + [10] * 310, "q": 4})
    frame["why"] = np.where(late, "muito atraso", "gostei do preço")
    frame.loc[240:249, "why"] += " nojento"  # ten promoters
    frame.loc[0:8, "why"] += " segredo"  # nine detractors
    rng, rows = np.random.default_rng(0), []
    for coder in "ab":
        given = {"late": late, "rare": np.arange(n) < 6, "torn": rng.random(n) < 0.3}
        marked = pd.DataFrame(given)
        codes = [[*marked.columns[row]] or [""] for row in marked.to_numpy()]
        told = pd.DataFrame({"respondent": range(n), "comment": "why", "coder": coder})
        rows.append(told.assign(code=codes).explode("code"))
    why = {"column": "why", "about": "recommend", "language": "pt-BR", "codebook": BOOK}
    return cx.Study.from_frame(
        frame,
        {"shop": "q"},
        RECOMMEND,
        scales={"s": {"min": 1, "max": 7}},
        respondent="id",
        comments={"why": why | {"keyness": declared}},
        coded=pd.concat(rows) if declared else None,
        report=report,
    )


@pytest.fixture(scope="module")
def study():
    return study_of()


@pytest.mark.parametrize("name", CALLS)
def test_each_holds_columns_of_the_glossary_only(study, name):
    table = getattr(cx.comments, name)(study, "why")
    assert set(table.columns) <= set(cx.GLOSSARY) and len(table)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_stands_on_a_page(study, name, language):
    page = cx.Page(study, [language], seed=1, n_boot=60)
    shown = page(getattr(cx.comments, name), "why")
    assert shown, shown.reason
    pieces = [shown.table(), shown.say(), shown.plot()]
    html = str(page.section("voices", *pieces).worded(page.words()))
    assert "<table" in html and "<figure" in html
    for raw in (">disputed<", ">nps_class", ">code_why", ">detractors<", ">late<"):
        assert raw not in html, raw


def test_no_word_of_few_is_shown_whatever_was_counted(study):
    """Protects nine people, where words are counted that fewer than the page's least cell used."""
    counted = cx.comments.keyness(study, "why", min_cell=3)
    shown = by_word(counted, Register(study))
    assert "segredo" in set(counted["word"]) and "segredo" not in set(shown["word"])
    assert "atraso" in set(shown["word"])


def test_a_topic_stands_on_the_side_of_those_who_wrote_of_it(study):
    said = str(cx.say(cx.comments.codes(study, "why")))
    assert "associated with a lower “recommend”: Delay" in said and "a higher" not in said


def test_the_paragraph_of_words_has_both_counts(study):
    """The ratio of 61 of 240 to 22 of 310 is 3.6, with Katz' interval."""
    shown = cx.Page(study, ["en", "pt-BR"])(cx.comments.keyness, "why")
    said = cx.say(shown.value, language="en")
    assert said[0] == (
        "Detractors write of “atraso” 3.6 (2.3 to 5.7) times as often as promoters (61 of 240"
        " against 22 of 310)."
    )
    assert cx.say(shown.value, language="pt-BR")[0] == (
        "Detratores escrevem “atraso” com frequência 3,6 (2,3 a 5,7) vezes a dos promotores (61 de"
        " 240 contra 22 de 310)."
    )


def test_a_word_of_nine_is_not_told_and_one_of_ten_is(study):
    page = cx.Page(study, ["en"])
    words = {*page(cx.comments.keyness, "why").frame["word"]}
    assert "nojento" in words and "segredo" not in words
    careful = cx.Page(study_of(min_cell=20), ["en"])
    assert not {"nojento", "segredo"} & {*careful(cx.comments.keyness, "why").frame["word"]}


def test_a_verdict_never_goes_beyond_the_interval(study):
    """A word that a group does not use has an interval that may reach 1 where its test is clear."""
    found = cx.comments.keyness(study, "why")
    ten = found[found["word"] == "nojento"].iloc[0]
    assert ten["p_value"] < 0.05 and ten["ratio_high"] > 1
    assert "nojento" not in " ".join(cx.say(found))


def test_where_no_word_tells_groups_apart_the_sentence_says_so(study):
    one = cx.comments.keyness(study, "why").query("p_holm > 0.5")
    assert cx.say(one)[0].startswith("No word tells the groups of customers apart")


def test_codes_of_few_have_a_share_and_no_outcome_and_disputed_ones_neither(study):
    """Protects the six who wrote of it, and the reader from what coders read differently."""
    shown = cx.Page(study, ["en"])(cx.comments.codes, "why")
    rows = shown.frame.set_index("level")
    assert rows.loc["late", "estimate"] < 0 and rows.loc["late", "n"] == 83
    assert rows.loc["rare", "used"] == pytest.approx(0.01, abs=0.005)
    assert rows.loc["rare", ["estimate", "figure", "n"]].isna().all()
    assert rows.loc["torn", ["used", "estimate"]].isna().all()
    said = " ".join(cx.say(shown.value))
    assert "Mood" in said.split("do not agree")[1] and "Mood" not in said.split("Not shown")[0]


def test_by_touchpoint_or_stage_a_page_tells_shares_only(study):
    """Protects whoever could be computed from two tables of one comment: the register knows its
    codes alone.
    """
    data = cx.read_study("data/quadrante")
    page = cx.Page(data, ["en"])
    rows = page(cx.comments.codes, "why", each="touchpoint").frame
    assert rows["used"].notna().all() and rows["estimate"].isna().all()


@pytest.mark.parametrize("name", ["keyness", "codes"])
def test_where_single_answers_are_protected_nothing_is_told(name):
    page = cx.Page(study_of(protect="answers"), ["en"])
    shown = page(getattr(cx.comments, name), "why")
    assert not shown and "wrote of what, is not shown" in shown.reason


def test_the_section_tells_what_is_declared_only():
    asked = (cx.comments.keyness, cx.comments.codes, cx.comments.verbatims)

    def html(**keys) -> str:
        page = cx.Page(study_of(**keys), ["en"])
        return str(page.section("voices", page.voices(*asked)).worded(page.words()))

    assert html(declared=False) == ""
    told = html()
    assert "times as often" in told and "What the comments are about" in told
    assert "<blockquote" not in told and "<blockquote" in html(verbatims=1)
    assert "times as often" not in html(declared=False, verbatims=1)


def test_without_stems_a_report_fails_with_what_to_install(study, monkeypatch):
    """Protects the reader from a report that lacks a part on one machine and not on another."""
    import sys

    monkeypatch.setitem(sys.modules, "snowballstemmer", None)
    with pytest.raises(ImportError, match=r"pip install 'cxlab\[comments\]'"):
        cx.Page(study, ["en"])(cx.comments.keyness, "why")


@pytest.mark.parametrize(("language", "name"), [("pt-BR", "Detratores"), ("es", "Detractores")])
def test_a_group_of_few_comments_has_its_name_in_the_readers_language(language, name):
    study = cx.simulate_study(120, seed=3, design="telecom")
    happy = study.where(study.outcome("recommend") > 6)
    reason = cx.Page(happy, [language])(cx.comments.keyness, "why").reason
    assert f"de {name}, " in reason or f"de {name} " in reason
