"""Is a change set against that of those whom an action did not reach, as the four means have it,
and are the waves before it shown beside?
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats

import cxlab as cx
from cxlab.models.waves.before_after import before_after

REGIONS, WAVES = ("N", "S"), ("1", "2", "3", "4")


def study_of(gain: float = 0.0, drift: float = 0.0, n: int = 60, seed: int = 0, **keys) -> cx.Study:
    """Regions × waves with a season in common; `gain` of S in wave 4, `drift` of S by wave."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        [(r, w) for r in REGIONS for w in WAVES for _ in range(n + 5 * (r == "S"))],
        columns=["region", "wave"],
    )
    number = frame["wave"].astype(int)
    south = (frame["region"] == "S") * 1.0
    mean = 50 + 3 * np.sin(number) + 2 * south + drift * south * number
    frame["y"] = (mean + gain * south * (number == 4) + 8 * rng.normal(size=len(frame))).round(2)
    frame["nps"] = np.clip((frame["y"] / 7).round(), 0, 10).astype(int)
    outcomes = {
        "y": {"kind": "score", "column": "y", "scale": "s"},
        "nps": {"kind": "nps", "column": "nps"},
    }
    for name, column in keys.pop("columns", {}).items():
        frame[name] = column(frame)
    scales = {"s": {"min": 0, "max": 100, "whole": False}}
    points = {"care": {"experience": "y", "scale": "s"}} if keys.pop("rated", False) else {}
    if points:
        outcomes.pop("y")
    return cx.Study.from_frame(
        frame, points, outcomes, scales=scales, segments=["region"], wave="wave", **keys
    )


def told(study: cx.Study, outcome: str = "y", **options) -> pd.DataFrame:
    given = {"by": "region", "treated": "S", "since": "4"} | options
    return before_after(study, outcome, **given)


def test_the_estimate_is_that_of_four_means_and_its_error_welchs():
    study = study_of(gain=6)
    table = told(study).set_index("step")
    y, region, wave = study.outcome("y"), study.group("region"), study.waves
    cells = {(r, w): y[(region == r) & (wave == w)] for r in REGIONS for w in WAVES}
    for later in ("1", "2", "4"):
        four = [cells["S", later], cells["S", "3"], cells["N", later], cells["N", "3"]]
        means, row = [one.mean() for one in four], table.loc[f"3 → {later}"]
        np.testing.assert_allclose(row["estimate"], means[0] - means[1] - means[2] + means[3])
        error = np.sqrt(sum(one.var() / len(one) for one in four))
        np.testing.assert_allclose(row["std_error"], error, rtol=1e-8)
        sizes = [one.var() / len(one) for one in four]
        df = sum(sizes) ** 2 / sum(v**2 / (len(c) - 1) for v, c in zip(sizes, four, strict=True))
        half = stats.t.ppf(0.975, df) * error
        np.testing.assert_allclose(row["conf_high"] - row["estimate"], half, rtol=0.01)
        named = ["treated_after", "treated_before", "others_after", "others_before"]
        np.testing.assert_allclose(row[named].astype(float), means)
    assert table.loc["3 → 4", "n_treated"] == 130 and table.loc["3 → 4", "n_others"] == 120


def test_it_is_the_interaction_of_a_regression():
    study = study_of(gain=6)
    frame = study.responses.assign(y=study.outcome("y"))
    frame["wave"] = pd.Categorical(frame["wave"], ["3", "1", "2", "4"])
    peer = smf.ols("y ~ wave * C(region)", frame).fit(cov_type="HC2")
    row = told(study).set_index("step").loc["3 → 4"]
    name = "wave[T.4]:C(region)[T.S]"
    np.testing.assert_allclose(row["estimate"], peer.params[name])
    np.testing.assert_allclose(row["std_error"], peer.bse[name])


def test_waves_before_are_shown_and_told_where_they_differ():
    table = told(study_of(gain=6))
    assert table["when"].tolist() == ["before", "before", "after"]
    assert (table["verdict"] == "parallel").all()
    apart = told(study_of(drift=4))
    assert (apart["verdict"] == "apart").all()
    assert any("already changed differently" in one for one in cx.say(apart))
    alone = told(study_of(), since="2")
    assert (alone["verdict"] == "unknown").all() and (alone["when"] == "after").all()
    assert any("Only one wave came before" in one for one in cx.say(alone))


def test_of_an_nps_it_is_in_points_and_of_a_touchpoint_its_experience():
    study = study_of(gain=12)
    scores = np.select([study.outcome("nps") >= 9, study.outcome("nps") <= 6], [100, -100], 0)
    means = pd.Series(scores, study.index).groupby([study.group("region"), study.waves]).mean()
    row = told(study, "nps").set_index("step").loc["3 → 4"]
    by_hand = means["S", "4"] - means["S", "3"] - means["N", "4"] + means["N", "3"]
    np.testing.assert_allclose(row["estimate"], by_hand)
    rated, plain = told(study_of(gain=6, rated=True), "care"), told(study_of(gain=6))
    np.testing.assert_allclose(rated["estimate"], plain["estimate"])


def test_a_panel_rests_on_its_people():
    def person(frame: pd.DataFrame) -> pd.Series:
        return frame["region"] + frame.groupby(["region", "wave"]).cumcount().astype(str)

    panel = study_of(columns={"id": person}, respondent="id", panel=True)
    frame = panel.responses.assign(wave=panel.waves)
    effect = {one: 10 * i for i, one in enumerate(sorted(set(frame["id"])))}
    frame["y"] = (frame["y"].astype(float) / 4 + frame["id"].map(effect) / 40).round(2)
    keys = {"segments": ["region"], "wave": "wave", "respondent": "id"}
    keys["scales"] = {"s": {"min": 0, "max": 100, "whole": False}}
    outcomes = {"y": {"kind": "score", "column": "y", "scale": "s"}}
    apart, together = (
        told(cx.Study.from_frame(frame, {}, outcomes, panel=panel, **keys)).iloc[-1]
        for panel in (False, True)
    )
    np.testing.assert_allclose(apart["estimate"], together["estimate"])
    assert together["std_error"] < 0.6 * apart["std_error"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"treated": ["N", "S"]},
            "by='region': all groups are treated; without one that was not, what would have changed"
            " anyway is not known",
        ),
        ({"treated": "W"}, "treated='W' is not one of N, S"),
        ({"since": "9"}, "since='9' is not one of 1, 2, 3, 4"),
        ({"since": "1"}, "since='1' is the first wave; there is none before it"),
    ],
)
def test_without_what_it_takes_it_is_refused(options, message):
    with pytest.raises(cx.ModelError, match=f"^{message}$"):
        told(study_of(), **options)


def test_a_wave_without_answers_of_a_side_is_named():
    frame = study_of().responses
    frame.loc[(frame["region"] == "N") & (frame["wave"] == "4"), "y"] = ""
    keys = {"segments": ["region"], "wave": "wave"}
    outcomes = {"y": {"kind": "score", "column": "y", "scale": "s"}}
    scales = {"s": {"min": 0, "max": 100, "whole": False}}
    study = cx.Study.from_frame(frame, {}, outcomes, scales=scales, **keys)
    with pytest.raises(cx.ModelError, match="fewer than two respondents of the others .* wave 4"):
        told(study)
    one = cx.Study.from_frame(frame, {}, outcomes, scales=scales, segments=["region"])
    with pytest.raises(cx.ModelError, match="this study has no waves"):
        told(one)


def test_a_page_shows_it_only_where_every_group_of_every_wave_may_be_shown():
    page = cx.Page(study_of(gain=6), ["en"], seed=1, n_boot=100)
    shown = page(before_after, "y", by="region", treated="S", since="4")
    assert shown and shown.frame["estimate"].notna().all()
    few = cx.Page(study_of(gain=6, n=6), ["en"], seed=1, n_boot=100)
    refused = few(before_after, "y", by="region", treated="S", since="4")
    assert refused.refused and "would tell what a few of them answered" in refused.reason
    guarded = study_of(gain=6, report={"protect": "answers"})
    page = cx.Page(guarded, ["en"], seed=1, n_boot=100)
    assert page(before_after, "y", by="region", treated="S", since="4").refused


def test_it_is_said_and_drawn_in_both_languages():
    table = told(study_of(gain=6))
    first, second, _ = cx.say(table)
    assert "S, “y” (3 → 4): the change differs from that in the other groups by +" in first
    assert "both groups changed alike" in second
    assert "a mudança difere da dos demais grupos" in cx.say(table, language="pt-BR")[0]
    words = " ".join(
        one.get_text() for one in cx.plot(table).figure.findobj(lambda a: hasattr(a, "get_text"))
    )
    assert "Before" in words and "3 → 4" in words
