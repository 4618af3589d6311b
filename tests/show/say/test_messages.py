"""The messages of the first page: what a reader with one minute takes along. They are short, and
claim nothing that the table beside them does not carry.
"""

from __future__ import annotations

import pandas as pd
import pytest

import cxlab as cx
from cxlab.languages import LANGUAGES
from cxlab.show.say.report import MOST_WORDS, say_messages
from tests.show.said import said


@pytest.fixture
def moved():
    """An NPS that fell from one wave to the next, beyond chance."""
    row = {"outcome": "recommend", "metric": "nps", "group": "wave", "level": "2026"}
    row |= {"estimate": 33.0, "conf_low": 30.0, "conf_high": 36.0, "n": 900}
    step = row | {"level": "2025 → 2026", "estimate": -6.0, "conf_low": -9.0, "conf_high": -3.0}
    whole = step | {"level": "2024 → 2026", "estimate": 4.0, "conf_low": 1.0, "conf_high": 7.0}
    return pd.DataFrame([row]), pd.DataFrame([step, whole])


def test_the_headline_tells_the_last_step_and_whether_chance_explains_it(moved):
    metrics, changes = moved
    told = "recommend: NPS 33 in 2026, 6 points less than in 2025 (statistically significant)."
    assert said(say_messages(metrics=metrics, changes=changes)) == [told]
    up = changes.assign(estimate=6.0, conf_low=3.0, conf_high=9.0)
    assert "6 points more than in 2025" in said(say_messages(metrics=metrics, changes=up))[0]
    open_ = changes.assign(conf_high=1.0)
    assert said(say_messages(metrics=metrics, changes=open_)) == [
        "recommend: NPS 33 in 2026; no statistically significant difference from 2025."
    ]
    hidden = changes.assign(conf_low=float("nan"))
    assert said(say_messages(metrics=metrics, changes=hidden)) == ["recommend: NPS 33."]


def test_without_waves_the_headline_tells_the_classes(nps):
    (told,) = said(say_messages(metrics=nps))
    assert told == f"{nps['outcome'].iloc[0]}: NPS 12 (41% promoters, 29% detractors)."
    protected = nps.assign(promoters=float("nan"), detractors=float("nan"))
    assert said(say_messages(metrics=protected)) == [f"{nps['outcome'].iloc[0]}: NPS 12."]


def test_only_gaps_beyond_chance_are_counted(gaps):
    count = int(((gaps["p_holm"] < 0.05) & (gaps["estimate"] < 0)).sum())
    (told,) = said(say_messages(gaps=gaps))
    assert told.startswith(
        f"Experience falls short of expectation at {count} of {len(gaps)} touchpoint"
    )
    (none,) = said(say_messages(gaps=gaps.assign(p_holm=0.2)))
    assert none == (
        f"At none of {len(gaps)} touchpoints does experience fall short of expectation by a"
        " statistically significant margin."
    )


def test_the_first_step_is_named_only_where_the_data_are_sure(shares, priorities):
    told = said(say_messages(shares=shares, priorities=priorities))
    assert told == ["Begin with support: high weight and a rating below average."]
    unsure = priorities.assign(clear=False)
    (weighs,) = said(say_messages(shares=shares, priorities=unsure))
    assert weighs == "Most strongly associated with “recommend”: support and install."
    # A later section says "keep up": page one cannot say that nothing stands out.
    kept = priorities.assign(priority="keep_up")
    (keep,) = said(say_messages(shares=shares.assign(sign="?"), priorities=kept))
    assert keep.startswith("Keep up ") and keep.endswith("a rating above average.")
    open_ = shares.assign(sign="?")
    assert said(say_messages(shares=open_, priorities=unsure)) == [
        "No single touchpoint stands out in its association with “recommend”."
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_message_has_at_most_twenty_words_whatever_touchpoints_are_called(
    shares, priorities, gaps, language
):
    """Long names: fewer of them are named, and a message stays one that is read in passing."""
    names = {*gaps["touchpoint"], *shares["touchpoint"], *priorities["touchpoint"]}
    labels = {name: f"The {name} that you had with us last time" for name in names}
    sure = priorities.assign(priority="fix_first", clear=True)
    found = said(
        say_messages(gaps=gaps, shares=shares, priorities=sure), language=language, labels=labels
    )
    assert len(found) == 2
    assert all(len(one.split()) <= MOST_WORDS for one in found)


@pytest.mark.parametrize("client", ["aurora", "ipe", "pitanga", "jatoba", "quadrante"])
def test_the_samples_have_three_short_messages(root, client):
    page = cx.Page(cx.read_study(root / "data" / client), LANGUAGES, seed=1, n_boot=100)
    drivers = page(cx.fit_loyalty, stages="where_needed")
    shares, scores = page(cx.importance, drivers), page(cx.experience_scores, drivers)
    gaps, first = page(cx.gap_scores), page(cx.priorities, shares, scores)
    metrics = page.latest(cx.metrics).only(outcome=page.outcome)
    told = page.say(
        "messages",
        metrics=metrics,
        changes=page(cx.changes, page.outcome),
        gaps=gaps if gaps.asked else page(cx.experience_scores),
        shares=shares,
        priorities=first,
    )
    for language in LANGUAGES:
        (part,) = told.worded(page.words(language)).parts
        assert len(part["sentences"]) == 3
        assert max(len(one.split()) for one in part["sentences"]) <= MOST_WORDS
