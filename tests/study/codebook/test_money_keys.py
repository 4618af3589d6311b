"""Is what a study says of customers who leave, spend and cost held to be sound, and a duration
never taken for an answer?
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlab as cx

FRAME = pd.DataFrame(
    {
        "nps": [9, 3, 8, 10, 6, 7],
        "q": [5, 6, 4, 3, 6, 2],
        "spend": [10.5, 20, 30, 40, 50, 60],
        "months": ["12,5", "3", "7", "12,5", "", "1"],
        "since": ["2", "0", "1", "0", "0", "0"],
        "left": ["0", "1", "1", "0", "1", ""],
    }
)
STAY = {"kind": "duration", "column": "months", "event": "left", "unit": "month"}
SCALES = {"s": {"min": 1, "max": 7}}
CARE = {"care": {"experience": "q", "scale": "s"}}


def study(stay: dict | None = None, **keys) -> cx.Study:
    outcomes = {"recommend": {"kind": "nps", "column": "nps"}}
    outcomes["spend"] = {"kind": "amount", "column": "spend", "unit": "BRL"}
    outcomes["stay"] = STAY | (stay or {})
    frame = FRAME.assign(months=FRAME["months"].str.replace(",", "."))
    keys.setdefault("money", {"outcome": "stay", "horizon": 12})
    return cx.Study.from_frame(frame, CARE, outcomes, scales=SCALES, **keys)


def test_a_duration_is_read_with_who_left_and_from_when_on():
    found = study({"entry": "since"}).duration("stay")
    expected = {
        "time": [12.5, 3, 7, 12.5, np.nan, 1],
        "entry": [2.0, 0, 1, 0, 0, 0],
        "event": [0, 1, 1, 0, 1, np.nan],
    }
    pd.testing.assert_frame_equal(found, pd.DataFrame(expected))
    assert (study().duration("stay")["entry"] == 0).all()


def test_a_duration_is_no_answer_anywhere():
    one = study()
    assert "stay" not in set(one.outcomes["outcome"]) | set(cx.metrics(one)["outcome"])
    assert one.codebook.main_outcome == "recommend"
    for asks in (lambda: one.outcome("stay"), lambda: cx.fit_loyalty(one, "stay")):
        error = pytest.raises(cx.ModelError, asks).value
        assert type(error).__name__ == "NotAskedError"
        assert "how long those stay who are still there is not known" in str(error)
    with pytest.raises(cx.ModelError, match="spend is no outcome of kind duration"):
        one.duration("spend")
    page = cx.Page(one, ["en"], seed=1, n_boot=50)
    assert "stay" not in page.rated


@pytest.mark.parametrize(
    ("stay", "keys", "message"),
    [
        ({"event": None}, {}, "a duration needs event:, the column that tells who left"),
        (
            {"unit": "quarter"},
            {},
            "a duration is one column, counted in unit: day or week or month or year",
        ),
        ({"scale": "s"}, {}, "a duration has no scale"),
        ({"kind": "amount", "event": None, "entry": "since"}, {}, "event: and entry: belong to an"),
        ({"kind": "nps", "event": None, "measured": "after"}, {}, "measured: belongs to an amount"),
        ({}, {"money": {"outcome": "recommend"}}, "money.outcome: 'recommend' is no outcome of"),
        (
            {},
            {"money": {"outcome": "stay", "horizon": 12, "spend": "recommend"}},
            "money.spend: 'recommend' is no outcome of kind amount",
        ),
        ({}, {"money": {"outcome": "stay"}}, "money: a duration needs horizon:"),
        (
            {},
            {"money": {"outcome": "spend", "cost_of": {"store": 3}}},
            "money.cost_of: 'store' is no touchpoint of this study",
        ),
        ({}, {"money": {"outcome": "spend", "margin": 40}}, "less than or equal to 1"),
        (
            {},
            {"money": {"outcome": "spend", "cost_of": {"care": -3}}},
            "greater than or equal to 0",
        ),
        ({}, {"targets": {"stay": 12}}, "targets.stay: outcome 'stay' is a duration, which is no"),
        ({}, {"report": {"outcome": "stay"}}, "report.outcome: outcome 'stay' is a duration"),
        ({"event": "spend"}, {}, None),
        ({"event": "nps"}, {}, None),
    ],
)
def test_what_cannot_be_meant_is_refused_when_it_is_declared(stay, keys, message):
    if message is None:  # who left may be an outcome of its own
        study({**stay, "event": {"column": stay["event"], "yes": ["10", "10.5"]}}, **keys)
        return
    with pytest.raises(cx.StudyError, match=message):
        study(stay, **keys)


def test_an_event_that_nobody_has_is_said_and_a_time_below_nothing_refused():
    told = study({"event": {"column": "left", "yes": ["gone"]}})
    (notice,) = (one for one in told.notices if "event, stay" in str(one.problem))
    assert "no respondent answered it" in str(notice.problem) and notice.value == "gone"
    frame = FRAME.assign(months=["1", "-2", "3", "4", "5", "6"])
    with pytest.raises(cx.StudyError, match=r"months.*'?-2"):
        cx.Study.from_frame(frame, {}, {"stay": STAY}, scales=SCALES)


def test_a_written_study_keeps_its_money(tmp_path):
    made = cx.simulate_study(60, seed=11, design="telecom")
    again = cx.read_study(cx.write_study(made, tmp_path / "telecom"))
    assert again.codebook.money == made.codebook.money
    pd.testing.assert_frame_equal(again.duration("stay"), made.duration("stay"))
