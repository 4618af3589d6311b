"""What every picture is: wide and narrow, with its message in words, the same each time."""

import re

import matplotlib
import pandas as pd
import pytest

from cxlab.result import Result
from cxlab.show.disclosure.rules import merge_small
from cxlab.show.disclosure.threshold import suppress
from cxlab.show.plot.distribution import plot_distribution
from cxlab.show.plot.gap import (
    plot_experience,
    plot_gap_forms,
    plot_gaps,
    plot_penalty_reward,
    plot_tolerance,
)
from cxlab.show.plot.importance import plot_drivers, plot_priorities
from cxlab.show.plot.metrics import plot_metrics, plot_waves
from cxlab.show.plot.style import BLUE, VERMILION
from cxlab.show.plot.surface import plot_surface, plot_surface_3d
from tests.show.drawn import drawn, words_of


@pytest.fixture
def pictures(
    metrics,
    waves,
    distribution,
    gaps,
    scores,
    forms,
    grid,
    gap_points,
    quantities,
    zone,
    rewards,
    shares,
    priorities,
    nps,
    labels,
):
    def draw(language="en"):
        def of(plot, *results, **options):
            return drawn(plot, *results, language=language, labels=labels, **options)

        bins = merge_small(
            Result.of(distribution, "distribution", settings={"outcome_kind": "nps"}), 10
        )
        return {
            "metrics": of(plot_metrics, metrics),
            "waves": of(plot_waves, waves),
            "distribution": of(plot_distribution, bins, metric=nps),
            "experience": of(plot_experience, suppress(scores, 10)),
            "gaps": of(plot_gaps, suppress(gaps, 10)),
            "forms": of(plot_gap_forms, forms),
            "surface": of(plot_surface, grid, points=gap_points, min_cell=10),
            "turning surface": of(plot_surface, grid, quantities=quantities),
            "landscape": of(plot_surface_3d, grid, points=gap_points, min_cell=10, mark=(5.0, 5.0)),
            "tolerance": of(plot_tolerance, suppress(zone, 10)),
            "rewards": of(plot_penalty_reward, rewards),
            "drivers": of(plot_drivers, shares),
            "priorities": of(plot_priorities, priorities),
        }

    return draw


def test_a_picture_is_wide_and_narrow_with_its_message_in_words(pictures):
    for name, picture in pictures().items():
        markup = picture._repr_html_()
        assert markup.startswith('<div class="cx"><figure>'), name
        assert '<source media="(max-width: 600px)" srcset="data:image/svg+xml;base64,' in markup, (
            name
        )
        assert re.search(r"\d", picture.alt), f"{name}: the alternative text tells no number"
        assert "<script" not in markup, name
        assert (
            picture.figure.get_size_inches()[0] == 7.2
            and picture.narrow.get_size_inches()[0] == 3.6
        )


def test_the_same_numbers_give_the_same_bytes_and_no_date(pictures):
    for one, two in zip(pictures().values(), pictures().values(), strict=True):
        assert one._repr_html_() == two._repr_html_()
        assert "<dc:date>" not in one.svg() and "<dc:creator>" not in one.svg()


def test_survey_text_is_drawn_as_written(pictures, labels):
    words = words_of(pictures()["drivers"])
    assert "".join(labels["store"].split()) in "".join(words.split())


def test_portuguese_numbers_and_words(pictures):
    portuguese = pictures("pt-BR")
    words = words_of(portuguese["gaps"])
    assert "−1,8 (−2,1 a −1,5)" in words and "Expectativa" in words and "poucas respostas" in words
    assert "detratores" in words_of(portuguese["distribution"])


def test_drawing_changes_no_global_state(pictures):
    before = dict(matplotlib.rcParams)
    for picture in pictures().values():
        picture.svg()
    assert dict(matplotlib.rcParams) == before


def test_nothing_is_drawn_for_few(gaps, grid, gap_points):
    assert words_of(drawn(plot_gaps, suppress(gaps, 10))).count("too few") == 1
    for plot in (plot_surface, plot_surface_3d):
        few = drawn(plot, grid.assign(n=4), points=gap_points, min_cell=10)
        assert few.alt == "No pair of ratings has enough respondents near it to draw the surface."
        assert len(few.svg()) < len(drawn(plot, grid, points=gap_points).svg())


def test_saving(tmp_path, pictures):
    picture = pictures()["gaps"]
    for suffix, start in ((".svg", b"<?xml"), (".png", b"\x89PNG"), (".pdf", b"%PDF")):
        first, second = picture.save(tmp_path / f"a{suffix}"), picture.save(tmp_path / f"b{suffix}")
        assert first.read_bytes().startswith(start)
        assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    ("language", "class_words"), [("en", "20 to under 30"), ("pt-BR", "20 a menos de 30")]
)
def test_classes_of_a_continuous_answer_do_not_overlap(language, class_words):
    """Protects the reader of a histogram: its columns stand between their edges, and its table says
    which end belongs to a class.
    """
    values = [20.3 + 0.149 * number for number in range(400)]
    frame = merge_small(
        pd.DataFrame({"outcome": "loyalty", "value": values, "share": 1 / 400, "n": 1}), 10
    )
    picture = drawn(plot_distribution, frame, language=language)
    assert [one for one in words_of(picture).split() if one.isdigit()] == [
        "20",
        "30",
        "40",
        "50",
        "60",
        "70",
        "80",
    ]
    assert (
        class_words in picture.alt
        and picture.data["rows"][0][2] == class_words
        and not any("<" in str(row) for row in picture.data["rows"])
    )
    apart = drawn(plot_distribution, frame.drop(index=1), language=language)
    assert class_words in words_of(apart), "with a gap between them each column says its own ends"


def test_an_nps_question_is_known_by_its_metric_or_by_its_settings(distribution, nps):
    plain = drawn(plot_distribution, distribution)
    settings = {"outcome_kind": "nps"}
    known = drawn(plot_distribution, Result.of(distribution, "distribution", settings=settings))
    assert VERMILION not in plain.svg() and VERMILION in known.svg() and BLUE in known.svg()
    assert known.message == known.title, "no answer is called the most frequent"
    told = drawn(plot_distribution, distribution, metric=nps)
    assert "29% detractors" in words_of(told) and "detractors" not in words_of(known)
    hidden = drawn(plot_distribution, distribution, metric=nps.assign(passives=None))
    assert "detractors" not in words_of(hidden)
