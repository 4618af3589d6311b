"""Sources of advice: who used each, what goes with it, and what a page hides."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

import cxlab as cx
from cxlab.errors import NotAskedError
from cxlab.stats.inference import holm

SCALES = {"s": {"min": 0, "max": 10}}
LOYALTY = {"loyalty": {"kind": "score", "column": "y", "scale": "s"}}
SOURCES = {"friends": "f", "reviews": {"column": "r", "yes": ["x"]}, "press": "p"}
FUNNEL = {"aware": "a", "ask": "k", "act": "c"}


def study_of(frame, advice=SOURCES, outcomes=LOYALTY, **keys):
    return cx.Study.from_frame(frame, {}, outcomes, scales=SCALES, advice=advice, **keys)


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(4)
    ask = rng.random(700) < 0.7
    friends = ask & (rng.random(700) < 0.5)
    made = pd.DataFrame(
        {
            "a": 1,
            "k": np.where(ask, 1, 2),
            "c": np.where(ask & (rng.random(700) < np.where(friends, 0.6, 0.3)), 1, 2),
            "f": np.where(friends, 1, np.where(ask, 2, None)),
            "r": np.where(ask & (rng.random(700) < 0.3), "x", None),
            "p": np.where(ask & (rng.random(700) < 0.2), 1, None),
            "w": rng.lognormal(0, 0.5, 700),
            "firm": rng.integers(0, 70, 700),
        }
    )
    y = 6 + 1.0 * friends + rng.normal(0, 1.5, 700)
    return made.assign(y=np.clip(np.round(y), 0, 10), plan=rng.choice(["a", "b"], 700))


def test_shares_are_of_those_who_ask_and_the_outcome_is_compared_by_welch(frame):
    table = cx.journey.advice(study_of(frame, funnel=FUNNEL)).set_index("level")
    at = frame[frame["k"] == 1]
    used = {"friends": at["f"] == 1, "reviews": at["r"] == "x", "press": at["p"] == 1}
    for source, hit in used.items():
        row = table.loc[source]
        ends = proportion_confint(hit.sum(), len(at), method="wilson")
        assert (row["used"], row["n_before"]) == (hit.mean(), len(at))
        assert row[["used_low", "used_high"]].tolist() == pytest.approx(ends)
        found = stats.ttest_ind(at["y"][hit], at["y"][~hit], equal_var=False)
        assert row["figure"] == pytest.approx(at["y"][hit].mean())
        assert row["figure_against"] == pytest.approx(at["y"][~hit].mean())
        assert row["p_value"] == pytest.approx(found.pvalue)
        assert (row["n"], row["n_against"]) == (hit.sum(), (~hit).sum())
    np.testing.assert_allclose(table["p_holm"], holm(table["p_value"]))


def test_a_step_of_the_funnel_may_be_what_goes_with_it(frame):
    study = study_of(frame, funnel=FUNNEL)
    row = cx.journey.advice(study, step="act").set_index("level").loc["friends"]
    at = frame[frame["k"] == 1]
    bought = at["c"] == 1
    assert row["metric"] == "step_share"
    assert row["estimate"] == pytest.approx(
        bought[at["f"] == 1].mean() - bought[at["f"] != 1].mean()
    )
    alone = cx.journey.advice(study_of(frame, outcomes=(), funnel=FUNNEL))
    assert alone["outcome"].unique().tolist() == ["act"]


def test_who_is_not_at_the_step_ask_is_not_counted(frame):
    before = cx.journey.advice(study_of(frame, funnel=FUNNEL))
    more = frame.assign(f=frame["f"].where(frame["k"] == 1, 1))
    after = cx.journey.advice(study_of(more, funnel=FUNNEL))
    pd.testing.assert_frame_equal(before, after)


def test_without_a_step_ask_it_is_of_all_who_told(frame):
    table = cx.journey.advice(study_of(frame))
    told = frame[["f", "r", "p"]].notna().any(axis=1)
    assert table["n_before"].unique().tolist() == [told.sum()]


def test_weights_and_accounts_are_reckoned_with(frame):
    plain = cx.journey.advice(study_of(frame))
    equal = cx.journey.advice(study_of(frame.assign(w=4.0), weight="w"))
    pd.testing.assert_frame_equal(plain, equal)
    weighted = cx.journey.advice(study_of(frame, weight="w", funnel=FUNNEL)).iloc[0]
    at = frame[frame["k"] == 1]
    assert weighted["used"] == pytest.approx(np.average(at["f"] == 1, weights=at["w"]))
    alike = frame.assign(f=np.where(frame["firm"] % 2, 1, 2), y=frame["firm"] % 9)
    errors = [
        cx.journey.advice(study_of(alike, **keys))["std_error"].iloc[0]
        for keys in ({}, {"account": "firm"})
    ]
    assert errors[1] > 2 * errors[0]


def test_of_a_source_that_nobody_used_the_share_alone_is_told(frame):
    study = study_of(frame.assign(p=2), funnel=FUNNEL)
    row = cx.journey.advice(study).set_index("level").loc["press"]
    assert row["used"] == 0 and row["n"] == 0 and np.isnan(row["estimate"])
    assert any("under advice, press" in notice.problem for notice in study.notices)


def test_what_was_not_asked_is_said(frame):
    plain = cx.Study.from_frame(frame, {}, LOYALTY, scales=SCALES)
    with pytest.raises(NotAskedError, match="declares no sources of advice; declare the column"):
        cx.journey.advice(plain)
    with pytest.raises(NotAskedError, match="neither an outcome nor a step that advice could be"):
        cx.journey.advice(study_of(frame, outcomes=()))
    with pytest.raises(cx.ModelError, match="step=buy: give one step of the funnel in place of an"):
        cx.journey.advice(study_of(frame, funnel=FUNNEL), step="buy")
    with pytest.raises(cx.ModelError, match="step=act: give one step .* it has: aware, ask, act"):
        cx.journey.advice(study_of(frame, funnel=FUNNEL), "loyalty", step="act")
    with pytest.raises(cx.ModelError, match="nobody told where he looked for advice"):
        cx.journey.advice(study_of(frame.assign(f=None, r=None, p=None)))
    with pytest.raises(cx.StudyError, match="the column 'y' plays several roles"):
        study_of(frame, {"friends": "y"})
    with pytest.raises(cx.StudyError, match="a split may not be called 'advice'"):
        study_of(frame.assign(advice="x"), segments=["advice"])


def test_a_page_hides_what_goes_with_a_source_of_few(frame):
    few = frame.assign(p=np.where(frame["p"].eq(1).cumsum() < 6, frame["p"], None))
    page = cx.Page(study_of(few, funnel=FUNNEL), ["en"], seed=1, n_boot=0)
    for options in ({}, {"step": "act"}):
        shown = page(cx.journey.advice, **options).frame.set_index("level")
        assert shown["used"].notna().all()
        assert shown["estimate"].notna().to_dict() == {
            "friends": True,
            "reviews": True,
            "press": False,
        }
        assert shown.loc["press", ["figure", "figure_against", "n", "p_holm"]].isna().all()
    answers = study_of(frame, report={"protect": "answers"})
    reason = cx.Page(answers, ["en"], seed=1, n_boot=0)(cx.journey.advice).reason
    assert "who used a source of advice, or wrote of what, is not shown" in reason


def test_sources_are_said_by_their_names(frame):
    table = cx.journey.advice(study_of(frame, funnel=FUNNEL))
    shares, higher = cx.say(table)
    assert (
        shares.startswith("Sources of advice: Friends and family (49%), Reviews (29%) and Press")
        and "Press (2" in shares
    )
    assert higher.startswith("Sources associated with a higher “loyalty”: Friends and family (+")
    assert (
        "Fontes associadas a maior “loyalty”: Amigos e família"
        in cx.say(table, language="pt-BR")[1]
    )
    picture = cx.plot(table)
    assert "Friends and family" in picture.svg() and "between those who used" in picture.note
    none = cx.Result.of(table.assign(p_holm=1.0), "advice", 0.95, table.settings, table.labels)
    assert cx.say(none)[1].startswith(
        "No source has a statistically significant association with “loyalty”"
    )
