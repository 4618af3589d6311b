"""What is shown of the journey: a moment of truth is said and drawn by its kind, in both languages,
and never from a place among the first three.
"""

import pandas as pd
import pytest
from matplotlib.lines import Line2D

import cxlab as cx


@pytest.fixture(scope="module")
def moments():
    study = cx.simulate_study(600, seed=1)
    return cx.journey.moments_of_truth(study, cx.fit_loyalty(study))


def test_each_kind_of_moment_has_its_sentence_and_its_words(moments):
    some = moments.copy()
    some["moment"] = ["asset", "pain", "open", "", "pain"]
    some = cx.Result.of(some, "moments_of_truth", 0.95, moments.settings, moments.labels)
    worse, better, neither = cx.say(some)
    assert "worse than in the rest of the journey: Support (+0.46)" in worse
    assert "Website" in worse and "better than in the rest" in better and "Advertising" in better
    assert "without a statistically significant difference" in neither and "Ordering" in neither
    assert "experiência pior que no restante da jornada" in cx.say(some, language="pt-BR")[0]


def test_without_a_moment_none_is_named(moments):
    none = cx.Result.of(
        moments.assign(moment=""), "moments_of_truth", 0.95, moments.settings, moments.labels
    )
    (line,) = cx.say(none)
    assert line.startswith("No touchpoint has a significantly higher weight than the others")
    assert moments["p_top3"].max() == 1 and "top" not in line


def test_a_moment_is_told_by_its_shape(moments):
    figure = cx.plot(moments).figure
    markers = [line.get_marker() for line in figure.findobj(Line2D)]
    assert (markers.count("v"), markers.count("o"), markers.count("^")) == (2, 3, 0)
    words = " ".join(text.get_text() for text in figure.findobj(lambda a: hasattr(a, "get_text")))
    assert words.count("▼ Pain") == 2 and "mean weight" in words


def test_a_page_gives_the_study_beside_the_fit():
    study = cx.simulate_study(400, seed=2)
    page = cx.Page(study, ["pt-BR"], seed=2, n_boot=200)
    shown = page(cx.journey.moments_of_truth, page(cx.fit_loyalty))
    assert shown and shown.frame["p_top3"].notna().all()


def test_of_a_touchpoint_that_few_met_nothing_is_shown():
    study = cx.simulate_study(300, seed=3)
    frame = pd.DataFrame({t: study.rating(t) for t in study.touchpoints["touchpoint"]})
    frame.loc[40:, "delivery"] = 9  # not used
    points = {t: {"experience": t, "scale": "s"} for t in frame}
    study = cx.Study.from_frame(
        frame.assign(y=study.outcome("recommend")),
        points,
        {"y": {"kind": "nps", "column": "y"}},
        scales={"s": {"min": 1, "max": 7, "not_used": [9]}},
        report={"min_cell": 50},
    )
    page = cx.Page(study, ["en"], seed=1, n_boot=0)
    shown = page(cx.journey.moments_of_truth, page(cx.fit_loyalty)).frame.set_index("touchpoint")
    assert "delivery" not in shown.index and shown["estimate"].notna().all()
