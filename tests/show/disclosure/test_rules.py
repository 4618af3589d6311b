from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from scipy.optimize import linprog

from cxlab.errors import ModelError
from cxlab.result import Result
from cxlab.show.disclosure.classes import close_parts
from cxlab.show.disclosure.rules import coarse_points, merge_small
from cxlab.show.disclosure.threshold import at_least, suppress, suppressed


def by_level(*n, group="wave"):
    return pd.DataFrame(
        {
            "outcome": "x",
            "group": group,
            "level": [f"w{i}" for i in range(len(n))],
            "estimate": 1.0,
            "n": list(n),
            "rank": 1,
        }
    )


def test_primary_suppression_blanks_every_number_and_keeps_the_row():
    frame = by_level(4, 7, 90)
    result = suppress(frame, 10)
    assert result["n"].isna().tolist() == [True, True, False]
    assert result[["estimate", "rank"]].isna().all(axis=1).tolist() == [True, True, False]
    assert result["level"].tolist() == ["w0", "w1", "w2"]
    assert frame["n"].tolist() == [4, 7, 90], "the caller's frame is not touched"


def test_nobody_is_nobody_and_all_is_no_part():
    assert suppress(by_level(0, 20, 90), 10)["n"].tolist() == [0, 20, 90]
    everyone = by_level(4, 20).assign(group="all", level="all", touchpoint=["a", "b"])
    assert suppress(everyone, 10)["n"].isna().tolist() == [True, False]


def test_a_frame_without_levels_has_the_primary_rule_only():
    assert suppress(pd.DataFrame({"touchpoint": ["a", "b"], "n": [3, 30]}), 10)[
        "n"
    ].isna().tolist() == [True, False]
    with pytest.raises(KeyError):
        suppress(pd.DataFrame({"a": [1]}))


def test_count_of_suppressed():
    hidden = suppress(by_level(4, 20, 90), 10).assign(metric="nps")
    hidden.loc[1, "estimate"] = np.nan  # so that the first cannot be computed
    assert suppressed(hidden, None, "a refusal") == 2


def of_nps(frame: pd.DataFrame) -> Result:
    return Result.of(frame, "distribution", settings={"outcome_kind": "nps"})


@given(st.lists(st.integers(0, 60), min_size=11, max_size=11))
def test_merged_bins_hold_enough_and_lose_nothing(counts):
    total = sum(counts)
    frame = pd.DataFrame(
        {"outcome": "x", "value": range(11), "share": np.array(counts) / max(total, 1), "n": counts}
    )
    if total < 10:
        with pytest.raises(ModelError) as caught:
            merge_small(of_nps(frame), 10)
        assert (
            str(caught.value)
            == f"{total} respondents are too few to show a result; at least 10 are needed"
        )
        return
    result = merge_small(of_nps(frame), 10)
    assert (result["n"] >= 10).all()
    assert result["n"].sum() == total
    assert np.isclose(result["share"].sum(), 1.0)


def test_bins_stay_on_their_side_of_the_nps_classes(distribution):
    result = merge_small(of_nps(distribution), 10)
    assert result["level"].tolist() == ["0–3", "4", "5", "6", "7", "8", "9", "10"]


def test_bins_cross_the_classes_of_an_nps_where_one_is_small():
    """With the score shown, promoters read off the figure would give the four detractors away."""
    n = [0, 1, 0, 1, 0, 1, 1, 30, 60, 50, 40]
    frame = pd.DataFrame(
        {"outcome": "x", "value": range(11), "share": np.array(n) / sum(n), "n": n}
    )
    result = merge_small(of_nps(frame), 10)
    ends = [text.split("–")[-1] for text in result["level"]]
    assert "6" not in ends and "8" not in ends and result["n"].sum() == sum(n)


def test_counts_of_a_blanked_question_are_blank():
    """The table of states would say "answered: 4" beside a row that says nothing."""
    states = pd.DataFrame(
        {
            "touchpoint": ["a", "b"],
            "answered": [4, 90],
            "not_used": [90, 4],
            "no_answer": [0, 0],
            "not_asked": [0, 0],
        }
    )
    result = suppress(states, 10)
    assert result.iloc[0, 1:].isna().all() and result.iloc[1, 1:].tolist() == [90, 4, 0, 0]


def test_many_answers_fall_into_round_classes_of_one_width():
    values = np.linspace(20.3, 79.9, 400)
    frame = pd.DataFrame({"outcome": "x", "value": values, "share": 1 / 400, "n": 1})
    assert merge_small(frame, 10)["level"].tolist() == [
        "20–<30",
        "30–<40",
        "40–<50",
        "50–<60",
        "60–<70",
        "70–80",
    ]
    quarters = pd.DataFrame(
        {"outcome": "x", "value": np.arange(1, 5.25, 0.25), "share": 1 / 17, "n": 20}
    )
    assert merge_small(quarters, 10)["level"].tolist() == [
        "1–<1.5",
        "1.5–<2",
        "2–<2.5",
        "2.5–<3",
        "3–<3.5",
        "3.5–<4",
        "4–<4.5",
        "4.5–5",
    ]


def test_points_of_few_respondents_are_not_drawn(gap_points):
    result = coarse_points(gap_points, 10)
    assert result.to_dict("records") == [
        {"expectation": 5.0, "experience": 4.0, "n": 30},
        {"expectation": 6.0, "experience": 5.0, "n": 15},
    ]


def test_a_whole_result_on_few_respondents_is_refused():
    frame = pd.DataFrame({"n": [12, 12]})
    assert at_least(frame, 10) is frame
    with pytest.raises(ModelError) as caught:
        at_least(frame, 20)
    assert (
        str(caught.value) == "12 respondents are too few to show a result; at least 20 are needed"
    )


KANO = ["must_be", "one_dimensional", "attractive", "indifferent", "reverse", "questionable"]


def kano_row(*counts: int) -> pd.DataFrame:
    m, o, a, i, _r, _q = counts
    return pd.DataFrame(
        [
            dict(zip(KANO, counts, strict=True))
            | {
                "touchpoint": "t",
                "better": (a + o) / (m + o + a + i),
                "better_low": 0.1,
                "worse": -(o + m) / (m + o + a + i),
                "n": sum(counts),
            }
        ]
    )


def test_small_classes_of_kano_cannot_be_had_by_subtraction():
    """Of 60 answers three are hidden beside six: nine people, whose sum is what the shown leave of
    n; the next smallest goes too.
    """
    result = close_parts(kano_row(30, 3, 6, 21, 0, 0), KANO, 10).iloc[0]
    assert result[KANO].isna().tolist() == [False, True, True, True, False, False]
    assert result[["better", "better_low", "worse"]].isna().all(), (
        "CS+ times the shown counts would give them back"
    )
    assert result["n"] == 60


def test_kano_without_small_classes_is_shown_whole():
    assert close_parts(kano_row(30, 12, 16, 21, 10, 0), KANO, 10).iloc[0].notna().all()


def test_classes_that_cs_does_not_count_leave_it_shown():
    result = close_parts(kano_row(30, 12, 16, 21, 9, 4), KANO, 10).iloc[0]
    assert result[["reverse", "questionable"]].isna().all()
    assert result[["better", "worse", *KANO[:4]]].notna().all()


@given(
    st.lists(st.integers(0, 40), min_size=6, max_size=6).filter(lambda counts: sum(counts) >= 10)
)
def test_what_is_hidden_of_kano_is_nobody_or_many(counts):
    result = close_parts(
        kano_row(*(one + (place == 0) for place, one in enumerate(counts))), KANO, 10
    ).iloc[0]
    shown = result[KANO].dropna()
    assert not ((shown > 0) & (shown < 10)).any()
    assert result["n"] - shown.sum() == 0 or result["n"] - shown.sum() >= 10


def test_a_few_outside_their_zone_are_not_told():
    frame = pd.DataFrame(
        {
            "touchpoint": ["a", "b"],
            "below": [0.04, 0.3],
            "inside": [0.94, 0.5],
            "above": [0.02, 0.2],
            "n": [100, 100],
        }
    )
    result = close_parts(frame, ["below", "inside", "above"], 10)
    assert result.loc[0, ["below", "inside", "above"]].isna().all()
    assert result.loc[1].notna().all()


@given(
    st.lists(st.integers(0, 60), min_size=11, max_size=11),
    st.sampled_from([(0, 7), (7, 9), (9, 11)]),
    st.integers(2, 10),
)
def test_the_score_and_the_bins_do_not_give_a_small_class_away(counts, small, min_cell):
    """An attack on an NPS: how many gave each answer, from the bins of the figure, the score in
    whole points and the shares that are shown.
    """
    counts = [
        count // 20 if small[0] <= value < small[1] else count for value, count in enumerate(counts)
    ]
    n, classes = sum(counts), (sum(counts[:7]), sum(counts[7:9]), sum(counts[9:]))
    if n < 4 * min_cell or not any(0 < one < min_cell for one in classes):
        return
    score = 100 * (classes[2] - classes[0]) / n
    answers = pd.DataFrame(
        {"outcome": "x", "value": np.arange(11.0), "share": np.array(counts) / n, "n": counts}
    )
    bins = merge_small(of_nps(answers[answers["n"] > 0]), min_cell)
    ends = [*bins["value"].tolist()[1:], 11.0]
    sums = np.array(
        [
            [float(low <= value < high) for value in range(11)]
            for low, high in zip(bins["value"], ends, strict=True)
        ]
    )
    points = np.array([-1.0] * 7 + [0.0] * 2 + [1.0] * 2) * 100 / n
    shown = round(score)
    for part, size in zip((slice(0, 7), slice(7, 9), slice(9, 11)), classes, strict=True):
        if 0 < size < min_cell:
            aim = np.zeros(11)
            aim[part] = 1.0
            low, high = (
                sign
                * linprog(
                    sign * aim,
                    A_ub=[points, -points],
                    b_ub=[shown + 0.5, 0.5 - shown],
                    A_eq=sums,
                    b_eq=bins["n"],
                    bounds=(0, None),
                    method="highs",
                ).fun
                for sign in (1, -1)
            )
            assert high - low >= 1, "a reader must be left with more than one number"
