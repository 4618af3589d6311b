"""The field's words for a role are understood wherever a role is written, and no hint ever proposes
another role.
"""

from __future__ import annotations

import re

import pandas as pd
import pytest

import cxlab as cx
from cxlab.errors import Fault
from cxlab.study.codebook.roles import ROLE_WORDS, ROLES, nearest, role_of
from cxlab.study.sample import asked, by_touchpoint, ratings

FRAME = pd.DataFrame({"q1": [5, 7, 3, 2], "q2": [1, 2, 3, 4], "nps": [9, 10, 3, 6]})
KEYS = {
    "outcomes": {"recommend": {"kind": "nps", "column": "nps"}},
    "scales": {"agree7": {"min": 1, "max": 7}, "kano": {"min": 1, "max": 7}},
}
STUDY = """\
schema: 1
client: Sample
responses: {file: r.csv}
scales: {agree7: {min: 1, max: 7}, kano: {min: 1, max: 7}}
touchpoints: touchpoints.csv
"""


def named(text: str) -> set[str]:
    """The roles that a hint names."""
    return {role_of(word) for word in re.findall(r"\w+", text)} & set(ROLES)


def study(**touchpoint) -> cx.Study:
    return cx.Study.from_frame(FRAME, {"shop": {"scale": "agree7", **touchpoint}}, **KEYS)


def faults_of(key: str, **others: str) -> list[Fault]:
    with pytest.raises(cx.StudyError) as refused:
        study(**{key: "q1", **others})
    return [fault for fault in refused.value.faults if fault.fix]


def test_the_words_of_the_issue_are_there():
    for role, words in {
        "experience": "perception performance perceived perceived_performance Percepção desempenho",
        "expectation": "desired desired_level expected esperado desejado",
        "adequate": "minimum adequate_level mínimo",
        "importance": "importance_weight importância",
    }.items():
        assert {role_of(word) for word in words.split()} == {role}
    assert set(ROLE_WORDS.values()) == set(ROLES)


@pytest.mark.parametrize("word", ROLE_WORDS)
def test_a_word_of_the_field_is_its_role(word, tmp_path):
    """Protects who declares a perception: as a key of study.yml, as a heading of touchpoints.csv in
    any case, and as an argument.
    """
    role = role_of(word)
    made = study(**{word: "q1"})
    assert made.codebook.touchpoints[0].questions == {role: ("q1",)}
    assert made.rating("shop", word).tolist() == made.rating("shop", role).tolist() == [5, 7, 3, 2]
    assert made.state("shop", role=word).tolist() == ["answered"] * 4
    assert list(ratings(made, "shop", word)) == [role]
    (tmp_path / "study.yml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "r.csv").write_text("q1\n5\n7\n", encoding="utf-8")
    heading = word.replace("_", " ").title()
    table = f"touchpoint,scale,{heading}\nshop,agree7,q1\n"
    (tmp_path / "touchpoints.csv").write_text(table, encoding="utf-8")
    assert cx.read_study(tmp_path).rating("shop", role).tolist() == [5, 7]


def test_what_walks_over_touchpoints_knows_the_words_too():
    made = study(perceived="q1", desired="q2")
    (part,) = by_touchpoint(made, "desejado", "percepção")
    assert list(part.answers) == ["expectation", "experience"]
    assert asked(made, "performance")["touchpoint"].tolist() == ["shop"]
    message = "no touchpoint of this study asks an expectation"
    with pytest.raises(cx.ModelError, match=f"^{message}$") as refused:
        asked(study(perceived="q1"), "desired")
    assert type(refused.value).__name__ == "NotAskedError"


@pytest.mark.parametrize("word", ROLE_WORDS)
def test_two_words_for_one_role_are_refused(word):
    role = role_of(word)
    other = next(one for one, named in ROLE_WORDS.items() if named == role and one != word)
    (fault,) = faults_of(other, **{word: "q2"})
    assert fault.problem == "no such key"
    assert fault.column in (f"touchpoints.shop.{word}", f"touchpoints.shop.{other}")
    assert fault.fix.endswith(f"means {role}, which is declared here already: keep one")


def typing_errors(word: str) -> list[str]:
    """A letter left out, doubled, changed at the end, and two that changed places."""
    return [
        word[:-1],
        word[:3] + word[2:],
        word[:-1] + "z",
        word[:2] + word[3:4] + word[2:3] + word[4:],
    ]


@pytest.mark.parametrize("word", ROLE_WORDS)
def test_no_hint_proposes_another_role(word):
    """Protects the meaning of a column: today's `perception` is never told to be an expectation."""
    role = role_of(word)
    for wrong in {one for one in typing_errors(word) if role_of(one) not in ROLES}:
        for fault in faults_of(wrong):
            assert named(fault.fix) <= {role}, (wrong, fault.fix)
    for place in ({}, {"outcomes": {"recommend": {**KEYS["outcomes"]["recommend"], word: "q1"}}}):
        keys = KEYS | (place or {word: "q1"})
        with pytest.raises(cx.StudyError) as refused:
            cx.Study.from_frame(FRAME, {"shop": {"experience": "q1", "scale": "agree7"}}, **keys)
        assert {name for fault in refused.value.faults for name in named(fault.fix)} <= {role}


def test_a_scale_has_a_minimum_and_no_role():
    with pytest.raises(cx.StudyError, match="did you mean 'min'"):
        cx.Study.from_frame(FRAME, {"a": "q1"}, scales={"s": {"minimum": 1, "min": 1, "max": 7}})


def of_other_roles(role: str) -> list[str]:
    return [f"shop_{word}" for word, other in ROLE_WORDS.items() if other != role]


@pytest.mark.parametrize("role", ROLES)
def test_no_column_of_another_role_is_proposed(role):
    """Protects from a rating read out of the neighbouring question: neither a declared column nor
    one whose name says another role.
    """
    frame = FRAME.rename(columns={"q1": f"shop_{role}_x"})
    frame = frame.assign(**dict.fromkeys(of_other_roles(role), 1))
    with pytest.raises(cx.StudyError) as refused:
        cx.Study.from_frame(frame, {"shop": {role: f"shop_{role}", "scale": "agree7"}}, **KEYS)
    (fault,) = refused.value.faults
    assert fault.fix == f"did you mean 'shop_{role}_x'?"


@pytest.mark.parametrize("word", ROLE_WORDS)
def test_no_name_of_another_role_is_the_nearest(word):
    """The same of every word of the field."""
    others = {name: name for name in of_other_roles(role_of(word))}
    meant = f"shop_{word}_x"
    assert nearest(f"shop_{word}", others) is None
    assert nearest(f"shop_{word}", others | {meant: meant}) == meant


def test_a_declared_column_is_not_proposed_for_another():
    frame = FRAME.rename(columns={"q1": "shop_1", "q2": "shop_2"})
    points = {"shop": {"experience": "shop_3", "expectation": "shop_2", "scale": "agree7"}}
    with pytest.raises(cx.StudyError) as refused:
        cx.Study.from_frame(frame, points, **KEYS)
    assert [fault.fix for fault in refused.value.faults] == ["did you mean 'shop_1'?"]


def test_importance_may_be_asked_on_a_scale_of_its_own(tmp_path):
    """Protects importance on 1–4 beside marks of 1–10: 9 is no answer there, and a mark here."""
    rows = [(i, i % 4 + 1, i % 10 + 1) for i in range(40)] + [(40, 9, 9)]
    text = "\n".join(["id,imp,sat", *(",".join(map(str, row)) for row in rows)])
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    book = """client: A
respondent: id
responses: {file: a.csv}
scales: {mark: {min: 1, max: 10}, weight4: {min: 1, max: 4, no_answer: [9]}}
touchpoints:
  - {touchpoint: shop, scale: mark, importance: imp, importance_scale: weight4, experience: sat}
"""
    (tmp_path / "study.yml").write_text(book, encoding="utf-8")
    study = cx.read_study(tmp_path)
    assert study.rating("shop", "importance").max() == 4
    assert study.rating("shop").iloc[-1] == 9
    told = book.replace("importance: imp, ", "")
    (tmp_path / "study.yml").write_text(told, encoding="utf-8")
    with pytest.raises(cx.StudyError, match="shop: importance_scale, and no importance"):
        cx.read_study(tmp_path)
