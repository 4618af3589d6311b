"""Groups of customers and their comments as a page shows them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.show.page.quotes import quotes
from cxlab.show.plot.metrics import plot_segments, plot_waves
from cxlab.show.say.metrics import say_differences, say_segments, say_waves
from cxlab.show.words.wording import Wording
from tests.show.drawn import drawn, words_of
from tests.show.said import said

LABELS = {"recommend": "Would recommend", "plan": "Plan", "plan[a]": "Basic"}


@pytest.fixture(scope="module")
def study() -> cx.Study:
    rng = np.random.default_rng(3)
    plan = np.repeat(["a", "b", "c"], 200)
    answers = np.clip(np.round(rng.normal(np.where(plan == "a", 5, 8.5), 1.5)), 0, 10).astype(int)
    answers[400:] = answers[200:400]
    answers[400] = 10 - answers[400]
    frame = pd.DataFrame({"nps": answers, "plan": plan, "q": 4})
    return cx.Study.from_frame(
        frame,
        {"shop": "q"},
        {"recommend": {"kind": "nps", "column": "nps"}},
        scales={"s": {"min": 1, "max": 7}},
        segments={"plan": {"label": "Plan", "levels": {"c": "Third", "a": "Basic", "b": "b"}}},
    )


def test_only_differences_beyond_chance_are_said(study):
    """Protects the client from news that is none: two plans of equal loyalty are not set apart, a
    third that falls short is.
    """
    words = {"labels": study.labels()}
    frame, pairs = cx.metrics(study, by="plan"), cx.differences(study, "recommend", by="plan")
    assert frame["level"].tolist() == ["c", "a", "b"]  # declared ones first
    told = " ".join(said(say_differences(pairs, frame=frame), **words))
    clear = pairs[pairs["p_holm"] < 0.05]["level"].tolist()
    assert (
        sorted(clear) == ["a → b", "a → c"]
        and told.count("above Basic") == 2
        and "above Third" not in told
        and "above b" not in told
    )
    assert told.startswith("Plan: ") and told.endswith(
        "statistically significant differences (adjusted for 3 comparisons)."
    )
    none = said(say_differences(pairs.assign(p_holm=1.0), frame=frame), **words)
    assert none == [
        "Plan: none of the 3 differences between two groups is statistically significant."
    ]
    assert said(say_differences(pairs, frame=frame), language="pt-BR", **words)[0].endswith(
        "diferenças estatisticamente significativas (com ajuste para 3 comparações)."
    )


def test_of_a_hidden_group_no_difference_is_said(study):
    """Protects a small group: what is blank in the table is told by no sentence, and no picture
    draws it.
    """
    frame, pairs = cx.metrics(study, by="plan"), cx.differences(study, "recommend", by="plan")
    hidden = frame.assign(
        **{
            c: frame[c].mask(frame["level"] == "a")
            for c in ("estimate", "conf_low", "conf_high", "n")
        }
    )
    lines = [
        *said(say_segments(hidden), labels=LABELS),
        *said(say_differences(pairs, frame=hidden), labels=LABELS),
    ]
    assert lines[1] == "Plan: too few answers to show Basic." and "Basic" not in lines[0] + lines[2]
    picture = drawn(plot_segments, [hidden], pairs=[pairs], labels=LABELS)
    assert (
        "too few" in picture.svg()
        and f"{frame.loc[frame['level'] == 'a', 'estimate'].item():.0f} (" not in picture.alt
    )


def test_segments_are_drawn_with_the_differences_that_are_known(study):
    frame, pairs = cx.metrics(study, by="plan"), cx.differences(study, "recommend", by="plan")
    bare = drawn(plot_segments, [frame], labels=LABELS)
    assert len(bare.alt) < len(drawn(plot_segments, [frame], pairs=[pairs], labels=LABELS).alt)
    assert "Basic" in words_of(bare)


def test_quotes_are_text_and_nothing_else():
    """Protects the page: what a respondent typed runs nothing and turns nothing; the table behind
    it holds the same words, never cxlab's for an id.
    """
    rows = [
        ("promoters", "<script>alert(1)</script> fine", 20.0),
        ("promoters", "abc\u202edef and so on", 20.0),
        ("passives", "nps", 12.0),
        ("detractors", None, math.nan),
    ]
    frame = pd.DataFrame(rows, columns=["level", "text", "n"]).assign(
        comment="why", outcome="recommend"
    )
    page = quotes(Wording("pt-BR"), frame, spoken="en")
    markup = page._repr_html_()
    assert "<script" not in markup and "&lt;script&gt;" in markup and "\u202e" not in markup
    assert (
        markup.count('<blockquote lang="en">') == 3
        and "Promotores" in markup
        and "Detratores: poucos escreveram" in markup
    )
    table = page.parts[-1]
    assert (
        table["kind"] == "table"
        and [row[1] for row in table["rows"]][2] == "nps"
        and "n" not in [c["name"] for c in table["columns"]]
    )
    assert markup.index("Promotores") < markup.index("Neutros")


def test_a_code_of_one_segment_is_no_code_of_another():
    """Protects from "highest among 60 or older" where the countryside is meant: 0 and 1 are the
    codes of every yes-or-no question, and waves are numbered too.
    """
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(
        {
            "nps": rng.integers(0, 11, 400),
            "q": 4,
            "senior": rng.integers(0, 2, 400),
            "rural": rng.integers(0, 2, 400),
            "channel": rng.choice(["shop", "all"], 400),
            "wave": rng.integers(1, 3, 400),
        }
    )
    segments = {
        "senior": {"levels": {"0": "Under 60", "1": "60 or older"}},
        "rural": {"levels": {"0": "City", "1": "Countryside"}},
        "channel": {},
    }
    study = cx.Study.from_frame(
        frame.astype({"senior": str, "rural": str, "wave": str}),
        {"shop": {"experience": "q", "label": "Visit to the shop"}},
        {"recommend": {"kind": "nps", "column": "nps"}},
        scales={"s": {"min": 1, "max": 7}},
        segments=segments,
        wave="wave",
    )
    words = {"labels": study.labels()}
    told = {
        by: " ".join(said(say_segments(cx.metrics(study, by=by)), **words))
        for by in ("senior", "rural", "channel")
    }
    assert (
        "Under 60" in told["senior"]
        and "Countryside" in told["rural"]
        and "60" not in told["rural"].partition("(")[0]
    )
    assert (
        "shop" in told["channel"]
        and "Visit" not in told["channel"]
        and "channel: all " in told["channel"]
        and "All respondents" not in told["channel"]
    )
    assert (
        "60 or older"
        not in " ".join(said(say_waves(cx.metrics(study, by="wave")), **words))
        + drawn(plot_waves, cx.metrics(study, by="wave"), **words).svg()
    )


def test_the_message_of_a_picture_is_what_holds(study):
    """Protects a slide's title from a list of figures: of groups it says whether they differ, of
    waves whether there was a change; a target of the same metric is drawn as a line.
    """
    words = {"labels": study.labels() | LABELS}
    frame, pairs = cx.metrics(study, by="plan"), cx.differences(study, "recommend", by="plan")
    message = drawn(plot_segments, frame, pairs=[pairs], **words).message
    assert message.startswith("Plan: b above Basic (") and "significant differences" in message
    assert drawn(plot_segments, frame, **words).message.startswith("Plan: Third (")
    still = pairs.assign(conf_low=-9.0, conf_high=9.0, level="a → b")
    goal = frame.head(1).assign(target=88.0)
    picture = drawn(plot_waves, frame, targets=goal, changes=[still], **words)
    assert picture.message == "No statistically significant change: Would recommend."
    assert picture.chart["lines"] == [[88.0, "Target: 88"]] and picture.chart["limits"][1] >= 88
    assert "Target: 88" in words_of(picture)
    other = drawn(plot_waves, frame, targets=goal.assign(outcome="effort"), **words)
    assert other.chart["lines"] == [] and other.message.startswith("Would recommend: ")
