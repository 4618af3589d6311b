"""Profiles of customers in sentences, in a picture and on a page: short, in both languages, and of
nobody alone.
"""

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.study.indicators import with_profiles


@pytest.fixture(scope="module")
def study():
    return cx.simulate_study(300, seed=17, design="insurance")


@pytest.fixture(scope="module")
def found(study):
    return cx.segments.find_segments(study, most=4)


@pytest.fixture(scope="module")
def profile(study, found):
    return cx.segments.segment_profile(study, found, n_boot=60)


def page_of(study, **report):
    frame = study.responses
    book = study.codebook.model_dump(exclude_unset=True, by_alias=True)
    keys = {key: book[key] for key in ("scales", "classes", "segments")}
    points = {"app": {"experience": "app_p", "scale": "agree7"}}
    outcomes = {"recommend": {"kind": "nps", "column": "nps"}}
    study = cx.Study.from_frame(frame, points, outcomes, report=report, **keys)
    return cx.Page(study, ["en"], n_boot=60)


@pytest.mark.parametrize(
    ("verdicts", "english", "portuguese"),
    [
        (["", "chosen"], "Customers fall into 2 profiles", "se dividem em 2 perfis"),
        (["chosen", ""], "do not fall into distinct profiles", "não se dividem em perfis"),
        (["", "unstable"], "There are no stable profiles", "Não há perfis estáveis"),
    ],
)
def test_how_many_profiles_there_are_is_one_sentence(found, verdicts, english, portuguese):
    table = found.head(2).assign(verdict=verdicts)
    for language, expected in (("en", english), ("pt-BR", portuguese)):
        (said,) = cx.say(table, kind="find_segments", language=language)
        assert expected in said and "n = 300" in said


def test_each_profile_is_told_by_the_answer_that_sets_it_apart(profile):
    (said,) = cx.say(profile, language="pt-BR")
    for name in ("Preço", "Proteção", "Praticidade"):
        assert f"{name} (" in said
    first = profile[profile["level"] == "1"]
    apart = first.loc[(first["estimate"] - first["estimate_all"]).idxmax()]
    assert f"{apart['estimate']:.0%}; total de clientes {apart['estimate_all']:.0%}" in said


def test_the_doubt_about_who_belongs_where_is_said(profile):
    (said,) = cx.say(profile, kind="doubt")
    of_class = profile.drop_duplicates("level")
    share = np.average(of_class["misplaced"], weights=of_class["n_class"])
    assert f"about {share:.0%} belong to another" in said and "somewhat larger" in said


def test_the_picture_holds_every_question_and_profile(profile):
    picture = cx.plot(profile, language="en")
    drawn = picture.svg()
    for words in ("Protection (", "A broker I know", "decisive"):
        assert words in drawn
    assert "beyond the margin of error" in picture.note and "n = " in picture.note
    assert picture.svg(narrow=True) != drawn
    many = pd.concat(
        [profile, profile.assign(level=profile["level"].map({"1": "4", "2": "5", "3": "6"}))]
    )
    assert "5 (" in cx.plot(many, kind="segment_profile").svg()


def test_a_report_has_two_sentences_and_a_picture(study):
    page = page_of(study)
    found = page(cx.segments.find_segments)
    profiles = page(cx.segments.segment_profile, found)
    shown = str(page.section("profiles", found.say(), profiles).worded(page.words()))
    assert shown.count("<p>") <= 3 and shown.count("<figure") == 1
    assert "What kinds of customers are there?" in shown


def test_without_stable_profiles_nothing_is_drawn_and_the_reason_stands_once(study):
    rng = np.random.default_rng(0)
    noise = {
        name: rng.permutation(study.responses[name]) for name in study.codebook.classes.indicators
    }
    frame = study.responses.assign(**noise)
    classes = {"indicators": [*noise]}
    outcomes = {"recommend": {"kind": "nps", "column": "nps"}}
    page = cx.Page(cx.Study.from_frame(frame, {}, outcomes, classes=classes), ["en"])
    found = page(cx.segments.find_segments)
    profiles = page(cx.segments.segment_profile, found)
    shown = str(page.section("profiles", found.say(), profiles).worded(page.words()))
    assert "do not fall into distinct profiles" in shown and "<figure" not in shown
    assert "Not shown" not in shown


def test_a_study_that_declares_no_classes_has_no_section():
    page = cx.Page(cx.simulate_study(200, seed=1), ["en"])
    found = page(cx.segments.find_segments)
    profiles = page(cx.segments.segment_profile, found)
    assert not str(page.section("profiles", found.say(), profiles).worded(page.words()))


def test_a_question_that_few_of_a_class_answered_is_blank_for_all_classes(study):
    frame = study.responses
    first = next(iter(study.codebook.classes.indicators))
    page = page_of(study)
    split = cx.segments.with_segments(page.study, cx.segments.find_segments(page.study, most=4))
    mine = split.group("profile") == "3"
    asked = ~mine | (mine.cumsum() <= 6)
    page = page_of(cx.Study.from_frame(frame, {}, (), **_keys(study, frame, first, asked)))
    found = page(cx.segments.find_segments, most=4)
    shown = page(cx.segments.segment_profile, found).frame
    rows = shown[shown["question"] == first]
    assert rows[["estimate", "conf_low", "estimate_all", "n"]].isna().all(axis=None)
    assert shown.loc[shown["question"] != first, "estimate"].notna().all()
    assert rows["class_share"].notna().all()


def _keys(study, frame, first, asked):
    frame[first] = frame[first].where(asked, "")
    book = study.codebook.model_dump(exclude_unset=True, by_alias=True)
    return {key: book[key] for key in ("scales", "classes", "segments")}


def test_where_single_answers_are_protected_no_profile_is_shown(study):
    page = page_of(study, protect="answers")
    shown = page(cx.segments.segment_profile, page(cx.segments.find_segments, most=4))
    assert "not shown where single answers are protected" in shown.reason


def test_a_study_by_profiles_is_disclosed_like_any_split(study, found):
    split = with_profiles(study, pd.Series("1", study.index).where(study.index > 4, "2"))
    table = cx.Page(split, ["en"])(cx.metrics, "recommend", by="profile").frame.set_index("level")
    assert table.loc["2", "estimate":].isna().any()
