"""What ratings show against their declaration: an NPS on another scale, a wave with another
question, copies, weights that rule, zeros beside 1 to 5, and how people answered.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.study.read.made_up import N, about, answers, faults


def nps(*given: int | float, n: int = 40) -> pd.DataFrame:
    return answers(n).assign(nps=[given[i % len(given)] for i in range(n)])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((10, 9, 9, 8, 7, 6, 5, 1, 10, 3), "and 4 answered 1 (about 4 zeros"),
        ((5, 4, 4, 3, 2, 1), "are 1 to 5: was it asked on 0 to 10"),
        ((4, 4, 3, 2, 1), "are 1 to 4: was it asked on 0 to 10"),
        ((3, 2, 1, 3), "are 1 to 3: are they groups, or smileys"),
        ((1, 2), "are 1 or 2: was it a yes or no"),
        ((0, 1, 1), "are 0 or 1: was it a yes or no"),
        ((0, 10, 10), "are 0 or 10: was it a yes or no"),
        ((7, 6, 5, 7, 4), "are 4 to 7: was it asked on 0 to 10"),
        ((0, 5, 4, 3, 5), "are 0 to 5: was it asked on 0 to 10"),
    ],
)
def test_an_nps_on_another_scale_is_said_with_its_counts(given, words):
    (found,) = about(nps(*given), "NPS question")
    assert words in found.problem and found.severity == "warning"
    for answer, count in nps(*given)["nps"].value_counts().items():
        assert f"{answer} ({count})" in found.value


@pytest.mark.parametrize(
    "given",
    [(10, 9, 8, 0, 5), (10, 9), (9, 8, 10), (8, 7, 9), (10, 9, 8, 7, 2, 3, 4, 5), (8, 7, 6, 9, 5)],
)
def test_an_nps_that_may_be_on_0_to_10_is_not(given):
    assert about(nps(*given), "NPS") == []


def test_few_answers_prove_nothing():
    assert about(nps(5, 4, 3, n=6), "NPS") == []
    assert about(nps(10, 1, 9, n=6), "NPS") == []


def test_an_nps_of_decimals_is_said():
    outcome = {"r": {"kind": "nps", "column": "nps", "scale": "slider"}}
    scales = {"rate": {"min": 1, "max": 5}, "slider": {"min": 0, "max": 10, "whole": False}}
    points = {"q0": {"experience": "q0", "scale": "rate"}}
    keys = {"outcomes": outcome, "scales": scales, "touchpoints": points}
    (found,) = about(nps(8.5, 9, 10, 2, 0), "decimals in an NPS", **keys)
    assert found.value == "8.5" and len(found.rows) == 8


@pytest.mark.parametrize(
    "names",
    [
        (1, 2, 3),
        (3, 2, 1),
        (0, 1, 2),
        ("Detractor", "Passive", "Promoter"),
        ("detrator", "neutro", "promotor"),
        (0, 0, 1),
        (-100, 0, 100),
    ],
)
def test_the_group_of_an_nps_is_named_with_the_question_it_was_made_from(names):
    frame = answers(60)
    groups = np.array(names)[np.digitize(frame["nps"], [7, 9])]
    frame = frame.assign(Q3=frame["nps"], nps=groups, plus=frame["q0"] + 1)
    (found,) = about(frame, "NPS group")
    assert found.fix == "name the column of the question: Q3"


def test_a_0_to_10_beside_ratings_is_no_source_of_groups():
    assert about(answers().assign(other=answers(seed=9)["nps"]), "NPS") == []


def two_waves(**changed):
    """Four waves' worth of answers in two, the second with columns changed by name."""
    one, two = answers(N, seed=3), answers(N, seed=4)
    return pd.concat([one, two.assign(**changed)], ignore_index=True).assign(
        wave=["W1"] * N + ["W2"] * N
    )


def test_two_columns_that_changed_places_in_a_wave_are_named():
    two = answers(N, seed=4)
    frame = two_waves(q1=two["q6"], q6=two["q1"])
    (found,) = about(frame, "exchanged", wave="wave")
    assert found.column == "q1, q6" and "in wave W2" in found.problem


def test_waves_that_moved_all_together_did_not_change_places():
    two = answers(N, seed=4)
    shifted = {f"q{i}": (two[f"q{i}"] + 1).clip(upper=5) for i in range(8)}
    assert about(two_waves(**shifted), "wave W2", wave="wave") == []
    assert about(two_waves(), "wave W", wave="wave") == []


def test_a_wave_on_another_scale_is_said():
    two = answers(N, seed=4)
    frame = two_waves(q2=two["q2"] * 2)
    keys = {"scales": {"rate": {"min": 1, "max": 10}}, "wave": "wave"}
    (found,) = about(frame, "did the scale change", **keys)
    assert found.column == "q2" and "in wave W1, and on 2 to 10 in wave W2" in found.problem


def test_a_wave_whose_scale_was_turned_is_said():
    two = answers(N, seed=4)
    (found,) = about(two_waves(q2=6 - two["q2"]), "opposite", wave="wave")
    assert found.column == "q2" and "in wave W2" in found.problem


def test_effort_and_experience_that_changed_places_are_named_together():
    frame = answers()
    frame = frame.assign(q0=6 - frame["q0"])
    points = {"shop": {"experience": "q0", "effort": "q1"}, "web": "q2"}
    (found,) = about(frame, "better experience goes with lower", touchpoints=points)
    assert "q1" in found.fix and "swapped" in found.fix


@pytest.mark.parametrize("n", [40, N])
@pytest.mark.parametrize("with_id", [True, False])
def test_copies_under_other_ids_are_counted(n, with_id):
    frame = answers(n, k=12)
    frame = pd.concat([frame, frame.iloc[[3, 7, 11]]], ignore_index=True)
    frame["stamp"] = pd.date_range("2026-03-01", periods=len(frame), freq="7min").astype(str)
    frame["seconds"] = np.random.default_rng(0).permutation(len(frame)) + 300
    keys = {"respondent": "id"} if with_id else {}
    (found,) = about(frame.assign(id=range(len(frame))), "the same answers as another row", **keys)
    assert found.rows == (3, 7, 11, n, n + 1, n + 2)
    assert "all 14 columns" in found.problem


@pytest.mark.parametrize("words", ["me gustó la tienda, visita {}", "voltaria à loja {} vezes"])
def test_a_comment_that_stands_twice_makes_few_answers_telling(words):
    frame = answers(20, k=3).assign(why=[words.format(i) for i in range(20)])
    frame = pd.concat([frame, frame.iloc[[4]]], ignore_index=True)
    (found,) = about(frame, "the same answers as another row")
    assert found.rows == (4, 20)


def test_rows_that_are_alike_by_chance_or_habit_are_no_copies():
    few = answers(2_000, k=3)
    assert few.duplicated().any() and about(few, "the same answers") == []
    habit = answers(N, k=12)
    habit.loc[:9, [f"q{i}" for i in range(12)]] = 5
    habit.loc[:9, "nps"], habit.loc[:9, "segment"] = 10, "Sul"
    assert habit.duplicated().sum() == 9 and about(habit, "the same answers") == []


def test_near_copies_among_many_ratings_are_counted():
    frame = answers(N, k=24)
    copies = frame.iloc[[5, 6]].copy()
    copies["q3"], copies["nps"] = 6 - copies["q3"], 3
    copies["segment"] = "Centro"
    frame = pd.concat([frame, copies], ignore_index=True)
    (found,) = about(frame, "90% or more of their ratings")
    assert found.rows == (5, 6, N, N + 1)


def test_one_weight_that_rules_is_said_with_the_effective_sample():
    frame = answers(100).assign(w=1.0)
    frame.loc[4, "w"] = 50.5
    (found,) = about(frame, "Kish", weight="w")
    assert found.rows == (4,) and found.value == "50.5"
    assert "34% of the sum of 100 weights, which count as 8.4 equal ones" in found.problem
    usual = answers(N).assign(w=np.random.default_rng(0).lognormal(0, 0.6, N))
    assert about(usual, "Kish", weight="w") == []


@pytest.mark.parametrize("top", [5, 7])
def test_few_zeros_beside_1_to_5_are_asked_about(top):
    frame = answers(N, top=top)
    frame.loc[[8, 9], "q1"] = 0
    keys = {"scales": {"rate": {"min": 0, "max": top}}}
    (found,) = about(frame, "0 stands", **keys)
    assert (found.column, found.rows) == ("q1", (8, 9))


def test_a_scale_that_uses_its_0_is_not():
    frame = answers(N)
    frame[[f"q{i}" for i in range(8)]] -= 1
    assert about(frame, "0 stands", scales={"rate": {"min": 0, "max": 5}}) == []


def test_zeros_of_the_unhappiest_are_no_missing_answers():
    frame, keys = answers(N), {"scales": {"rate": {"min": 1, "max": 5, "no_answer": [0]}}}
    worst = frame["nps"].nsmallest(30).index
    (found,) = about(
        frame.assign(q0=frame["q0"].where(~frame.index.isin(worst), 0)), "0 is", **keys
    )
    assert found.column == "q0"
    anyone = frame.assign(q0=frame["q0"].where(frame.index >= 30, 0))
    assert about(anyone, "0 is declared", **keys) == []


def test_straight_lining_is_counted_and_nobody_left_out():
    frame = answers(N)
    frame.loc[[3, 50, 51], [f"q{i}" for i in range(8)]] = 3
    (found,) = about(frame, "straight-lining")
    assert f"3 of {N} respondents" in found.problem and found.rows == (3, 50, 51)
    assert about(answers(N, k=5).assign(q0=3, q1=3, q2=3, q3=3, q4=3), "straight-lining") == []


@pytest.mark.parametrize(
    "header",
    [
        "Duration (in seconds)",
        "Tempo total",
        "duração",
        "Duración (segundos)",
        "interviewtime",
        "Time taken",
    ],
)
def test_speeders_are_counted(header):
    times = np.random.default_rng(1).normal(600, 60, N).round()
    times[[2, 9]] = 45
    (found,) = about(answers().assign(**{header: times}), "speeders")
    assert (found.column, found.rows) == (header, (2, 9))
    assert f"2 of {N} respondents" in found.problem


@pytest.mark.parametrize(
    ("start", "end"),
    [("StartDate", "EndDate"), ("Hora de início", "Hora de conclusão"), ("start", "end")],
)
def test_speeders_are_told_from_start_and_end(start, end):
    began = pd.Series(pd.date_range("2026-03-01", periods=N, freq="7min"))
    took = np.random.default_rng(1).normal(600, 60, N).round()
    took[5] = 30
    frame = answers().assign(
        **{start: began.astype(str), end: (began + pd.to_timedelta(took, unit="s")).astype(str)}
    )
    (found,) = about(frame, "speeders")
    assert found.rows == (5,) and found.column == f"{start} – {end}"


@pytest.mark.parametrize("header", ["tempo de espera", "flight duration", "tempo de entrega"])
def test_other_times_are_not_the_interviews(header):
    times = np.random.default_rng(1).lognormal(4, 1, N).round()
    assert faults(answers().assign(**{header: times})) == []


FALLING = {1: "Muito satisfeito", 2: "Satisfeito", 4: "Insatisfeito", 5: "Muito insatisfeito"}
MIXED = {1: "Strongly disagree", 2: "Agree", 3: "Neutral", 4: "Strongly agree", 5: "Disagree"}


@pytest.mark.parametrize(
    ("labels", "reverse", "words"),
    [
        (FALLING, False, "the words fall as the codes rise"),
        (FALLING, True, ""),
        (MIXED, False, "the order of the words is not that of their codes"),
        ({1: "Péssimo", 3: "Regular", 5: "Ótimo"}, False, ""),
        ({1: "Never", 5: "Always"}, False, ""),
    ],
)
def test_words_that_run_against_their_codes_are_said(labels, reverse, words):
    scales = {"rate": {"min": 1, "max": 5, "labels": labels, "reverse": reverse}}
    found = [fault for fault in faults(answers(), scales=scales) if "words" in fault.problem]
    assert len(found) == (8 if words else 0)
    assert all(words in fault.problem for fault in found)


def test_effort_and_kano_may_run_the_other_way():
    labels = {1: "I like it", 3: "Neutral", 5: "I dislike it"}
    scales = {"kano": {"min": 1, "max": 5, "labels": labels}, "rate": {"min": 1, "max": 5}}
    points = {"a": {"functional": "q0", "dysfunctional": "q1"}, "b": "q2"}
    assert not about(answers(), "words fall", scales=scales, touchpoints=points)


def test_a_heap_of_zeros_beyond_the_thin_end_is_no_answer():
    """A 0 for "never used" that many gave, declared as the lowest rating."""
    frame = answers(N, top=5).assign(q7=lambda f: f["q7"].clip(3, 5))
    frame.loc[:90, [f"q{i}" for i in range(7)]] = 0
    frame = frame.replace({f"q{i}": {1: 3, 2: 3} for i in range(8)})
    assert about(frame, "0 stands", scales={"rate": {"min": 0, "max": 5}})


@pytest.mark.parametrize(("least", "most"), [(0, 5), (1, 7)])
def test_a_scale_whose_end_nobody_answered_is_asked_about(least, most):
    (found,) = about(answers(N), "was it asked so?", scales={"rate": {"min": least, "max": most}})
    assert found.problem.startswith(f"all 1920 answers on the scale {least}–{most} are 1 to 5")
    assert about(answers(N), "was it asked so?") == []


def test_a_scale_that_is_too_narrow_is_said_once_and_not_for_each_answer():
    found = [one for one in faults(answers(N, top=7)) if one.severity == "error"]
    (one,) = found
    assert one.column == "q0, q1, q2 …" and {*one.value.split(", ")} == {"6", "7"}
    assert "`min` and `max`" in one.fix
