"""Targets: reached, missed or open by the interval of the last wave; what may be declared."""

import pandas as pd
import pytest

import cxlab as cx
from cxlab.errors import NotAskedError
from tests.models.waves_studies import frame_of, study

against = cx.waves.against_targets


def nps_of(target, promoters=120, n=200, **keys):
    """A first wave of detractors, a last one of so many promoters, the others passive."""
    answers = [3] * n + [10] * promoters + [8] * (n - promoters)
    frame = pd.DataFrame({"y": answers, "wave": ["w1"] * n + ["w2"] * n, "p": 4})
    return cx.Study.from_frame(
        frame,
        {"t": {"experience": "p", "scale": "s"}},
        {"y": {"kind": "nps", "column": "y"}},
        scales={"s": {"min": 1, "max": 7}},
        wave="wave",
        targets={"y": target},
        **keys,
    )


@pytest.mark.parametrize(("target", "verdict"), [(40, "reached"), (60, "open"), (75, "missed")])
def test_a_target_is_judged_by_the_interval_of_the_last_wave(target, verdict):
    asked = nps_of(target)
    row = against(asked).iloc[0]
    shown = cx.nps(asked, by="wave").set_index("level").loc["w2"]
    assert (row["verdict"], row["level"], row["target"]) == (verdict, "w2", target)
    columns = ["estimate", "conf_low", "conf_high", "n"]
    assert row[columns].to_list() == shown[columns].to_list()


def test_each_verdict_is_said_in_both_languages():
    said = {one: cx.say(against(nps_of(one)))[0] for one in (40, 60, 75)}
    assert said[40].startswith("y has reached its target of 40: 60 (95% interval ")
    assert said[60].startswith(
        "y shows no statistically significant difference from its target of 60: 60 ("
    )
    assert said[75].startswith("y has not reached its target of 75: 60 (")
    assert cx.say(against(nps_of(75)), language="pt-BR")[0].startswith(
        "y não alcançou a meta de 75"
    )


def test_a_share_and_a_mean_have_their_own_range():
    frame = frame_of(n=80).assign(y=lambda one: one["t"])
    row = against(study(frame, kind="csat", scale="s", targets={"y": 0.5})).iloc[0]
    assert (row["metric"], row["verdict"]) == ("csat_top2", "missed")
    row = against(study(frame, kind="score", scale="s", targets={"y": 4.0})).iloc[0]
    assert row["metric"] == "score_mean"


WRONG = {
    "no such outcome": (
        {"kind": "nps", "targets": {"love": 4}},
        "targets: outcome 'love' is not declared under outcomes",
    ),
    "points": (
        {"kind": "nps", "targets": {"y": 140}},
        "targets.y: 140 is not within -100 to 100",
    ),
    "per cent": (
        {"kind": "csat", "scale": "s", "targets": {"y": 80}},
        "targets.y: 80 is not within 0 to 1; write 0.8 for 80 %",
    ),
    "off the scale": (
        {"kind": "score", "scale": "s", "targets": {"y": 9}},
        "targets.y: 9 is not within 1 to 7",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_target_that_cannot_be_reached_is_refused(what):
    keys, message = WRONG[what]
    frame = frame_of(n=20).assign(y=5)
    with pytest.raises(cx.StudyError) as refused:
        study(frame, **keys)
    assert message in str(refused.value)


def test_without_targets_it_was_not_asked():
    with pytest.raises(NotAskedError, match=r"declare them under targets:, such as \{recommend"):
        against(study(frame_of(n=20)))


def test_a_page_hides_the_verdict_with_the_figure_and_compares_waves_all_the_same():
    page = cx.Page(nps_of(40), ["en"], seed=1, n_boot=0)
    page(cx.metrics, "y", by="wave")
    assert page(against).frame["verdict"].tolist() == ["reached"]
    assert page(cx.changes, "y")
    few = cx.Page(nps_of(40, promoters=4, n=6), ["en"], seed=1, n_boot=0)(against).frame
    assert few["estimate"].isna().all() and few["verdict"].tolist() == [""]
