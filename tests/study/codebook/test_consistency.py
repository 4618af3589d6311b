"""A column in two roles, a name for two things, and what is declared and stands nowhere: refused or
said, never read in silence.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlab as cx

N = 60
FRAME = pd.DataFrame(
    {
        "p": [4, 5, 6] * 20,
        "q": [1, 4, 7, 2] * 15,
        "nps": [10, 9, 2, 5, 7, 0] * 10,
        "x": ["u", "v"] * 30,
    }
)
KEYS = {
    "touchpoints": {"t": {"experience": "p", "scale": "s"}},
    "outcomes": {"r": {"kind": "nps", "column": "nps"}},
    "scales": {"s": {"min": 1, "max": 7}},
}


def study(frame=FRAME, **keys) -> cx.Study:
    return cx.Study.from_frame(frame, **(KEYS | keys))


def said(made: cx.Study) -> list[str]:
    return [notice.value for notice in made.notices if notice.value]


CLASHES = {
    "weight, outcome": {"weight": "nps"},
    "weight, touchpoint": {"weight": "p"},
    "weight, segment": {"weight": "x", "segments": ["x"]},
    "account, wave": {"account": "x", "wave": "x"},
    "segment, wave": {"segments": ["x"], "wave": "x"},
    "segment, account": {"segments": ["x"], "account": "x"},
    "segment, outcome": {"segments": ["nps"]},
    "respondent, account": {"respondent": "x", "account": "x"},
    "comment, segment": {"segments": ["x"], "comments": {"c": {"column": "x"}}},
    "expectation, experience": {"touchpoints": {"t": {"experience": "p", "expectation": "p"}}},
    "nps on another outcome's column": {
        "outcomes": KEYS["outcomes"] | {"o": {"kind": "score", "column": "nps", "scale": "s"}}
    },
}


@pytest.mark.parametrize("pair", CLASHES)
def test_a_column_in_two_roles_is_refused_with_both(pair):
    with pytest.raises(cx.StudyError, match="plays several roles .*;.*: keep one of them"):
        study(**CLASHES[pair])


def test_a_split_may_be_the_channel_of_a_touchpoint():
    made = study(segments=["x"], touchpoints={"t": {"experience": "p", "channel": "x"}})
    assert made.levels("x") == ["u", "v"]


def test_an_outcome_made_of_touchpoints_is_described_and_not_explained():
    points = {"a": "p", "b": "q"}
    index = {"i": {"kind": "score", "columns": ["p", "q"], "scale": "s"}}
    made = study(touchpoints=points, outcomes=index)
    assert sum("answers several questions" in notice.problem for notice in made.notices) == 2
    assert cx.metrics(made)["n"].tolist() == [N]
    with pytest.raises(cx.ModelError, match="i and a rest on the same answers"):
        cx.fit_loyalty(made)


@pytest.mark.parametrize("digits", [6, 1])
def test_an_index_computed_before_is_found_by_its_fit(digits):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.integers(1, 8, (200, 3)), columns=list("abc"))
    frame["i"] = frame.mean(axis=1).round(digits)
    scales = KEYS["scales"] | {"i": {"min": 1, "max": 7, "whole": False}}
    points = {t: {"experience": t, "scale": "s"} for t in "abc"}
    outcomes = {"i": {"kind": "score", "column": "i", "scale": "i"}}
    made = study(frame, touchpoints=points, outcomes=outcomes, scales=scales)
    with pytest.raises(cx.ModelError, match="it follows from what is to explain it"):
        cx.fit_loyalty(made)


@pytest.mark.parametrize(
    "keys",
    [
        {"touchpoints": {"self": "p"}},
        {"touchpoints": {"intercept": "p"}},
        {"segments": ["t"], "touchpoints": {"t": "p"}},
        {"segments": ["contact"]},
        {"segments": ["wave"], "wave": "x"},
        {"wave": "x", "waves": ["u", "v", "u"]},
        {"waves": ["u", "v"]},
        {"segments": {"x": {"levels": {"u": "One", "v": "One"}}}},
    ],
)
def test_a_name_for_two_things_is_refused(keys):
    frame = FRAME.assign(**dict.fromkeys(["t", "contact", "wave"], "a"))
    with pytest.raises(cx.StudyError):
        study(frame, **keys)


@pytest.mark.parametrize(
    "name", ["wave", "account", "all", "group", "a:b", "a[b]", "a+b", "n", "self x"]
)
def test_a_split_may_have_a_name_of_the_house(name):
    frame = FRAME.rename(columns={"x": name})
    made, plain = study(frame, segments=[name]), study(segments=["x"])
    assert cx.nps(made, by=name)["estimate"].tolist() == cx.nps(plain, by="x")["estimate"].tolist()
    terms = cx.fit_loyalty(made, controls=[name]).tidy()["term"].tolist()
    assert terms == ["intercept", "t", f"{name}[v]"]
    assert cx.say(cx.nps(made, by=name), language="pt-BR")


def test_waves_that_miss_one_are_refused_and_those_not_there_are_said():
    with pytest.raises(cx.StudyError, match="'v'"):
        study(wave="x", waves=["u"])
    made = study(wave="x", waves=["v", "u", "w"])
    assert (said(made), made.wave_order) == (["w"], ["v", "u"])


NOWHERE = {
    "Q": {"segments": {"x": {"levels": {"u": "U", "v": "V", "Q": "?"}}}},
    "z": {"include": [{"column": "x", "not_in": ["z"]}]},
    "y": {"recode": {"x": {"y": "u"}}},
    "h": {"scales": {"s": {"min": 1, "max": 7}, "h": {"min": 0, "max": 100}}},
    "late": {"stages": [{"stage": "late"}]},
}


@pytest.mark.parametrize("value", NOWHERE)
def test_what_is_declared_and_stands_nowhere_is_said(value):
    keys = {"segments": ["x"]} | NOWHERE[value]
    assert said(study(**keys)) == [value]


def test_one_word_for_two_answers_cannot_be_read_back():
    for labels in ({"1": "Bad", "2": "Bad"}, {"1": "2"}, {"9": "Bad"}):
        with pytest.raises(cx.StudyError, match="labels: "):
            study(scales={"s": {"min": 1, "max": 7, "labels": labels}})


def test_text_numbers_and_dates_have_one_form():
    days = pd.to_datetime(["2026-02-01", "2026-01-01"]).repeat(30)
    accents = ["Sa\u0303o"] * 30 + ["S\u00e3o"] * 30
    frame = FRAME.assign(day=days, city=accents, band=[2.0, 10.0, np.nan] * 20)
    made = study(frame, wave="day", segments=["city", "band"])
    assert made.wave_order == ["2026-01-01", "2026-02-01"]
    assert (made.levels("city"), made.levels("band")) == (["S\u00e3o"], ["2", "10"])
    text = FRAME.assign(band=["2.0", "10.0", ""] * 20, version=["2.0", "2.1"] * 30)
    made = study(text, segments=["band", "version"])
    assert (made.levels("band"), made.levels("version")) == (["2", "10"], ["2.0", "2.1"])


def test_a_mask_is_true_false_a_function_or_a_query():
    made = study(segments=["x"])
    n = int((FRAME["nps"] >= 9).sum())
    high = made.outcome("r") >= 9
    for mask in (high, high.to_numpy(), lambda s: s.outcome("r") >= 9, "r >= 9"):
        assert made.where(mask).n == n
    assert made.where("x == 'u' and t > 4").n == ((FRAME["x"] == "u") & (FRAME["p"] > 4)).sum()
    assert made.where(high.astype(object).where(high, np.nan)).n == n
    foreign = high.set_axis(high.index + 1)
    for mask in (high.astype(str), high.astype(int), foreign, "r >=", "nobody == 1", "True"):
        with pytest.raises(cx.ModelError):
            made.where(mask)


def test_what_a_study_or_a_fit_hands_out_changes_nothing_in_it():
    made = cx.simulate_study(n=200, seed=3)
    fit = cx.fit_gap(made, "delivery")
    for owner, names in (
        (made, ("truth", "responses", "weights", "segments", "touchpoints", "outcomes", "index")),
        (fit, ("params", "cov", "ratings", "dropped")),
        (fit.design, ("x", "y", "reason", "touchpoint")),
    ):
        for name in names:
            held, before = getattr(owner, name), repr(getattr(owner, name))
            try:
                if hasattr(held, "iloc"):
                    held.iloc[0] = held.iloc[-1]
                    held["new"] = 0
                held.clear() if isinstance(held, dict) else None
            except (TypeError, ValueError, IndexError):
                pass
            assert repr(getattr(owner, name)) == before, name
    for held in (made.codebook.scales, made.codebook.segments, made.codebook.outcomes[0].label):
        with pytest.raises(TypeError):
            held["new"] = 1
