"""All that a study may ask of contacts at once: every result of the room stands on one page, in
both languages, with columns of the glossary only.
"""

import numpy as np
import pandas as pd
import pytest

import cxlab as cx

POINTS = ("order", "delivery", "support", "invoice")
CALLS = {
    "funnel": {},
    "action_ratios": {},
    "problem_incidence": {"by": "plan"},
    "recovery": {"margin": 5},
    "experience_differences": {"by": "plan"},
    "channel_scores": {},
    "channel_pairs": {"margin": 0.5},
    "channel_consistency": {"margin": 0.5},
    "channel_handoffs": {},
    "compare_parties": {},
    "advice": {},
}

DRAWN = ("recovery", "experience_differences", "channel_scores", "compare_parties", "advice")


@pytest.fixture(scope="module")
def study():
    rng, n = np.random.default_rng(0), 500
    made = {one: np.clip(np.round(5 + rng.normal(0, 1.2, n)), 1, 7) for one in POINTS}
    frame = pd.DataFrame(made)
    frame["id"], frame["brand"] = [f"r{i}" for i in range(n)], "us"
    frame["where"] = rng.choice(["app", "store", "phone", "app|store"], n)
    frame["plan"] = rng.choice(["a", "b", "c"], n)
    frame["nps"] = rng.integers(0, 11, n)
    frame["p"] = rng.choice([1, 2], n, p=[0.4, 0.6])
    frame["s"] = np.where(frame["p"] == 1, rng.choice([1, 2], n), 9)
    frame["f"], frame["r"] = rng.choice([1, 2], n), rng.choice([1, 2], n)
    frame["k"] = rng.choice([1, 2], n, p=[0.8, 0.2])
    frame["c"] = np.where((frame["k"] == 1) & (rng.random(n) < 0.5), 1, 2)
    frame["w"] = rng.lognormal(0, 0.4, n)
    rival = frame.iloc[:300].assign(brand="them")
    for one in POINTS:
        rival[one] = frame[one].iloc[299::-1].to_numpy()
    keys = {
        "scales": {"s": {"min": 1, "max": 7}},
        "respondent": "id",
        "weight": "w",
        "segments": ["plan"],
        "problems": {"had": "p", "resolved": {"column": "s", "no_answer": [9]}},
        "parties": {"column": "brand", "own": "us"},
        "advice": {"friends": "f", "reviews": "r"},
        "funnel": {"ask": "k", "act": "c"},
    }
    points = {one: {"experience": one, "channel": "where"} for one in POINTS}
    both, outcomes = pd.concat([frame, rival], ignore_index=True), {}
    outcomes["recommend"] = {"kind": "nps", "column": "nps"}
    return cx.Study.from_frame(both, points, outcomes, **keys)


def test_the_calls_are_all_of_the_room():
    assert {*CALLS} | {"moments_of_truth", "journey_map", "next_steps"} >= {*cx.journey.__all__}


@pytest.mark.parametrize("name", CALLS)
def test_each_holds_columns_of_the_glossary_only(study, name):
    table = getattr(cx.journey, name)(study, **CALLS[name])
    assert set(table.columns) <= set(cx.GLOSSARY) and len(table)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("language", ["en", "pt-BR"])
def test_each_stands_on_a_page(study, name, language):
    page = cx.Page(study, [language], seed=1, n_boot=50)
    shown = page(getattr(cx.journey, name), **CALLS[name])
    assert shown, shown.reason
    pieces = [shown.table()]
    if name != "channel_pairs":
        pieces.append(shown.say())
    if name in DRAWN:
        pieces.append(shown.plot())
    html = str(page.section("experience", *pieces).worded(page.words()))
    assert "<table" in html and (name not in DRAWN or "<figure" in html)
    ids = ("problem_share", "resolved_share", "channels_used", "step_share", "several", "nps")
    assert not [one for one in ids if f">{one}<" in html]


def test_what_one_page_holds_stands_there_whatever_the_order(study):
    frames = []
    for names in (list(CALLS), list(reversed(CALLS))):
        page = cx.Page(study, ["en"], seed=1, n_boot=50)
        held = {name: page(getattr(cx.journey, name), **CALLS[name]).frame for name in names}
        frames.append(held)
    for name in CALLS:
        pd.testing.assert_frame_equal(frames[0][name], frames[1][name])
