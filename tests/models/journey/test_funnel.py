"""The funnel: shares of all and of those at the step before, the worked example, what is refused,
and what a page shows of it.
"""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

import cxlab as cx
from cxlab.errors import NotAskedError

STEPS = {"aware": "a", "appeal": "b", "act": "c"}
OUTCOME = {"recommend": {"kind": "nps", "column": "nps"}}


def study_of(frame, funnel=STEPS, **keys):
    return cx.Study.from_frame(frame, {}, keys.pop("outcomes", ()), funnel=funnel, **keys)


def nested(n, shares, seed=0):
    """A column a step, each for a part of those at the step before."""
    rng, at, columns = np.random.default_rng(seed), np.ones(n, bool), {}
    for name, share in shares.items():
        at = at & (rng.random(n) < share)
        columns[name] = np.where(at, 1, 2)
    return pd.DataFrame(columns)


@pytest.fixture(scope="module")
def frame():
    made = nested(800, {"a": 0.9, "b": 0.8, "c": 0.3})
    rng = np.random.default_rng(1)
    return made.assign(plan=rng.choice(["basic", "plus"], 800), w=rng.lognormal(0, 0.5, 800))


def test_the_worked_example_of_par_and_bar():
    """Kotler, Kartajaya & Setiawan (2017): of 100, 90 are aware, 20 buy, 9 advocate."""
    columns = {"a": 90, "c": 20, "d": 9}
    frame = pd.DataFrame({k: [1] * n + [2] * (100 - n) for k, n in columns.items()})
    study = study_of(frame, {"aware": "a", "act": "c", "advocate": "d"})
    table = cx.journey.action_ratios(study).set_index("metric")["conversion"]
    assert table.to_dict() == pytest.approx({"par": 20 / 90, "bar": 0.1})


def test_shares_and_their_intervals_are_wilsons(frame):
    table = cx.journey.funnel(study_of(frame)).set_index("step")
    sizes = (frame[["a", "b", "c"]] == 1).sum().to_numpy()
    np.testing.assert_allclose(table["reach"], sizes / 800)
    ends = proportion_confint(sizes, 800, method="wilson")
    np.testing.assert_allclose(table[["reach_low", "reach_high"]].T, ends, rtol=1e-9)
    np.testing.assert_allclose(table["conversion"].iloc[1:], sizes[1:] / sizes[:-1])
    ends = proportion_confint(sizes[1:], sizes[:-1], method="wilson")
    shown = table[["conversion_low", "conversion_high"]].iloc[1:]
    np.testing.assert_allclose(shown.T, ends, rtol=1e-9)
    assert table["n_before"].tolist() == [800, *sizes[:-1]]


def test_of_a_nested_funnel_conversions_multiply_to_the_reach(frame):
    table = cx.journey.funnel(study_of(frame), n_boot=0)
    assert np.prod(table["conversion"].iloc[1:]) * table["reach"].iloc[0] == pytest.approx(
        table["reach"].iloc[-1]
    )


def test_weights_of_one_size_change_nothing_and_twice_the_rows_at_half_weight_no_share(frame):
    plain = cx.journey.funnel(study_of(frame))
    weighted = cx.journey.funnel(study_of(frame, weight={"column": "w", "kind": "sampling"}))
    rescaled = frame.assign(w=frame["w"] * 7)
    same = cx.journey.funnel(study_of(rescaled, weight={"column": "w", "kind": "sampling"}))
    pd.testing.assert_frame_equal(pd.DataFrame(weighted), pd.DataFrame(same), rtol=1e-9)
    at = frame["a"] == 1
    np.testing.assert_allclose(
        weighted["conversion"].iloc[1], np.average(frame["b"][at] == 1, weights=frame["w"][at])
    )
    assert not np.allclose(plain["reach"], weighted["reach"])


def test_the_lowest_conversion_is_named_only_where_it_is_sure(frame):
    table = cx.journey.funnel(study_of(frame), seed=2)
    assert table["p_lowest"].iloc[2] == 1 and table["p_lowest"].iloc[1] == 0
    assert "Largest drop-off, with the share that goes on: Appeal → Act (3" in " ".join(
        cx.say(cx.journey.funnel(study_of(frame, stages="five_a")))
    )
    alike = nested(300, {"a": 0.9, "b": 0.5, "c": 0.5}, seed=7)
    said = " ".join(cx.say(cx.journey.funnel(study_of(alike), seed=1)))
    assert (
        "Candidates for the largest drop-off, with the share that goes on: a" in said
        and "→" in said
    )


def test_the_chance_of_the_lowest_is_that_of_resamples(frame):
    """By a bootstrap of the respondents, written out."""
    close = nested(400, {"a": 0.9, "b": 0.6, "c": 0.55}, seed=8)
    table = cx.journey.funnel(study_of(close), n_boot=20_000, seed=1)
    rng, at = np.random.default_rng(0), (close == 1).to_numpy()
    drawn = at[rng.integers(0, len(at), (4000, len(at)))].sum(axis=1)
    conversions = drawn[:, 1:] / drawn[:, :-1]
    share = (conversions.argmin(axis=1) == 1).mean()
    assert table["p_lowest"].iloc[2] == pytest.approx(share, abs=0.03)


def test_a_step_may_be_an_outcome_or_later_answers_of_one_question():
    """Answers in rising order: 1 heard of it, 2 looked at it, 3 bought it."""
    frame = pd.DataFrame({"q": [0, 1, 2, 3, 3, 3] * 10, "nps": [0, 3, 6, 8, 9, 10] * 10})
    steps = {
        "aware": {"column": "q", "yes": [1, 2, 3]},
        "appeal": {"column": "q", "yes": [2, 3]},
        "act": {"column": "q", "yes": [3]},
        "advocate": {"outcome": "recommend", "at_least": 9},
    }
    table = cx.journey.funnel(study_of(frame, steps, outcomes=OUTCOME), n_boot=0)
    assert (table["reach"] * 60).round().tolist() == [50, 40, 30, 20]
    floats = study_of(frame.astype(float), steps, outcomes=OUTCOME)
    assert floats.funnel.equals(study_of(frame, steps, outcomes=OUTCOME).funnel)


def test_who_was_not_asked_has_not_reached_the_step():
    routed = pd.DataFrame({"a": [1, 1, 1, 2] * 10, "b": [1, 2, 1, None] * 10})
    table = cx.journey.funnel(study_of(routed, {"aware": "a", "act": "b"}), n_boot=0)
    assert table["conversion"].iloc[1] == pytest.approx(2 / 3)


def test_a_conversion_is_held_against_its_benchmark_only_as_far_as_its_interval_tells(frame):
    steps = {
        "aware": "a",
        "appeal": {"column": "b", "benchmark": 0.7},  # 78 of 100 go on
        "act": {"column": "c", "benchmark": 0.3},
    }
    table = cx.journey.funnel(study_of(frame, steps), n_boot=0)
    assert table["benchmark"].tolist()[1:] == [0.7, 0.3]
    assert table["verdict"].tolist() == ["", "above", "open"]
    assert "More customers go on than the benchmark: aware → appeal (78% against 70%)." in " ".join(
        cx.say(table)
    )
    steps["act"] = {"column": "c", "benchmark": 0.45}
    low = cx.journey.funnel(study_of(frame, steps), n_boot=0)
    assert low["verdict"].iloc[2] == "below"
    assert "Seguem adiante menos clientes" in " ".join(cx.say(low, language="pt-BR"))
    assert "benchmark" not in cx.journey.funnel(study_of(frame))


def test_groups_stand_in_their_order(frame):
    study = study_of(frame, segments=["plan"])
    table = cx.journey.funnel(study, by="plan")
    assert table["level"].unique().tolist() == ["basic", "plus"]
    alone = cx.journey.funnel(study.where(study.group("plan") == "plus"), n_boot=0)
    mine = table[table["level"] == "plus"]
    np.testing.assert_allclose(mine["conversion"], alone["conversion"])
    assert cx.say(table)[0].startswith("basic: ")


def test_a_larger_step_is_refused_with_both_counts(frame):
    study = study_of(frame, {"aware": "b", "act": "a"})
    more, fewer = (frame["a"] == 1).sum(), (frame["b"] == 1).sum()
    with pytest.raises(cx.ModelError, match=f"{more} respondents reached act and {fewer} the step"):
        cx.journey.funnel(study)


def test_without_a_funnel_it_was_not_asked(frame):
    plain = cx.Study.from_frame(frame, {"t": "a"}, scales={"s": {"min": 1, "max": 2}})
    for estimator in (cx.journey.funnel, cx.journey.action_ratios):
        with pytest.raises(NotAskedError, match="declares no funnel"):
            estimator(plain)
    with pytest.raises(NotAskedError, match="neither a step act nor a step advocate"):
        cx.journey.action_ratios(study_of(frame, {"aware": "a", "appeal": "b"}))


DECLARED = {
    "benchmark": (
        {"aware": "a", "act": {"column": "c", "benchmark": 40}},
        "should be less than 1",
    ),
    "one step": ({"aware": "a"}, "one step is no funnel"),
    "neither": ({"aware": "a", "act": {"yes": [1]}}, "give either column"),
    "both": (
        {"aware": "a", "act": {"column": "b", "outcome": "recommend", "at_least": 9}},
        "give either column",
    ),
    "no least": ({"aware": "a", "act": {"outcome": "recommend"}}, "at_least: go together"),
    "no such outcome": (
        {"aware": "a", "act": {"outcome": "love", "at_least": 9}},
        "outcome 'love' is not declared",
    ),
    "no such column": ({"aware": "a", "act": "z"}, "no such column"),
    "an id of an outcome": ({"aware": "a", "recommend": "b"}, "is used twice among"),
}


@pytest.mark.parametrize("what", DECLARED)
def test_a_funnel_is_declared_in_full_or_refused(frame, what):
    steps, message = DECLARED[what]
    with pytest.raises(cx.StudyError, match=message):
        study_of(frame.assign(nps=5), steps, outcomes=OUTCOME)


def test_an_answer_that_nobody_gave_is_said(frame):
    study = study_of(frame, {"aware": "a", "act": {"column": "c", "yes": [1, 7]}})
    assert any("under funnel" in n.problem and n.value == "7" for n in study.notices)


def test_a_page_hides_conversions_of_few_and_what_would_tell_them(frame):
    """Of three groups one has few at the first step: its next row, and one more, are blank."""
    small = frame.assign(plan=["x"] * 30 + ["y"] * 370 + ["z"] * 400)
    small.loc[:29, ["a", "b", "c"]] = 2
    small.loc[:4, ["a", "b"]] = 1
    page = cx.Page(study_of(small, segments=["plan"]), ["en"], seed=1, n_boot=0)
    everybody, split = page(cx.journey.funnel), page(cx.journey.funnel, by="plan")
    assert everybody.frame["conversion"].iloc[1:].notna().all()
    step = split.frame[split.frame["step"] == "appeal"].set_index("level")
    # Two shares of all would tell the share of those at the step before.
    assert step["reach"].isna().equals(step["conversion"].isna())
    assert step["conversion"].isna().sum() == 2 and step["n"].notna().all()
    assert np.isnan(step.loc["x", "conversion"]) and np.isnan(step.loc["x", "n_before"])


def test_bar_tells_nothing_of_few_buyers(frame):
    """Advocates among the aware, with the buyers among all, would tell those among the buyers."""
    few = nested(300, {"a": 0.9, "c": 0.02, "d": 0.6}, seed=2)
    assert 0 < (few["c"] == 1).sum() < 10
    study = study_of(few, {"aware": "a", "act": "c", "advocate": "d"})
    page = cx.Page(study, ["en"], seed=1, n_boot=0)
    ratios = page(cx.journey.action_ratios).frame.set_index("metric")["conversion"]
    assert ratios.notna().to_dict() == {"par": True, "bar": False}
    assert page(cx.journey.funnel).frame["reach"].notna().tolist() == [True, True, False]


def test_where_single_answers_are_protected_no_step_is_shown(frame):
    study = study_of(frame, report={"protect": "answers"})
    page = cx.Page(study, ["en"], seed=1, n_boot=0)
    shown = page(cx.journey.funnel)
    assert shown.refused and "single answers are protected" in shown.reason
