from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import matplotlib
import pandas as pd
import pytest

from cxlab.errors import ModelError
from cxlab.show.disclosure.rules import merge_small, suppress
from cxlab.show.explore import explorers
from cxlab.show.page.html import Html
from cxlab.show.page.refusals import Refusal
from cxlab.show.plot import gap, importance, journey, metrics as plot_metrics, surface
from cxlab.show.plot.distribution import plot_distribution


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
        words = {"language": language, "labels": labels}
        return {
            "metrics": plot_metrics.plot_metrics(metrics, **words),
            "waves": plot_metrics.plot_waves(waves, **words),
            "distribution": plot_distribution(
                merge_small(distribution, 10, (6, 8)), kind="nps", metric=nps, **words
            ),
            "experience": journey.plot_experience(suppress(scores, 10), **words),
            "gaps": journey.plot_gaps(suppress(gaps, 10), **words),
            "forms": gap.plot_gap_forms(forms, **words),
            "surface": surface.plot_surface(grid, gap_points, min_cell=10, **words),
            "turning surface": surface.plot_surface(grid, quantities=quantities, **words),
            "landscape": surface.plot_surface_3d(
                grid, gap_points, min_cell=10, mark=(5.0, 5.0), **words
            ),
            "tolerance": gap.plot_tolerance(suppress(zone, 10), **words),
            "rewards": gap.plot_penalty_reward(rewards, **words),
            "drivers": importance.plot_drivers(shares, **words),
            "priorities": importance.plot_priorities(priorities, **words),
            "shares and gaps": importance.plot_priorities(shares, gaps, **words),
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
    words = " ".join(ET.fromstring(pictures()["drivers"].svg()).itertext())
    assert "".join(labels["store"].split()) in "".join(words.split())


def test_portuguese_numbers_and_words(pictures):
    drawn = pictures("pt-BR")
    words = " ".join(ET.fromstring(drawn["gaps"].svg()).itertext())
    assert "−1,8 (−2,1 a −1,5)" in words and "Expectativa" in words and "poucas respostas" in words
    assert "detratores" in " ".join(ET.fromstring(drawn["distribution"].svg()).itertext())


def test_drawing_changes_no_global_state(pictures):
    before = dict(matplotlib.rcParams)
    for picture in pictures().values():
        picture.svg()
    assert dict(matplotlib.rcParams) == before


def test_nothing_is_drawn_for_few(gaps, grid, gap_points):
    words = " ".join(ET.fromstring(journey.plot_gaps(suppress(gaps, 10)).svg()).itertext())
    assert words.count("too few") == 1
    sparse = grid.assign(n=4)
    assert (
        surface.plot_surface(sparse, gap_points, min_cell=10).alt
        == "No pair of ratings has enough respondents near it to draw the surface."
    )


def test_saving(tmp_path, pictures):
    picture = pictures()["gaps"]
    for suffix, start in ((".svg", b"<?xml"), (".png", b"\x89PNG"), (".pdf", b"%PDF")):
        first, second = picture.save(tmp_path / f"a{suffix}"), picture.save(tmp_path / f"b{suffix}")
        assert first.read_bytes().startswith(start)
        assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    "function",
    [
        plot_metrics.plot_metrics,
        plot_distribution,
        plot_metrics.plot_waves,
        journey.plot_experience,
        journey.plot_gaps,
        gap.plot_gap_forms,
        gap.plot_tolerance,
        gap.plot_penalty_reward,
        surface.plot_surface,
        surface.plot_surface_3d,
        importance.plot_drivers,
        importance.plot_priorities,
        explorers.explore_surface,
    ],
)
def test_every_plot_answers_a_refusal(function):
    answer = function(
        Refusal(ModelError("this study declares no outcome to explain")), language="pt-BR"
    )
    assert isinstance(answer, Html)
    assert "Não mostrado: este estudo não declara nenhum resultado a explicar." in str(answer)


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
    picture = plot_distribution(frame, kind="score", language=language)
    drawn = [one.strip() for one in ET.fromstring(picture.svg()).itertext() if one.strip()]
    assert [one for one in drawn if one.isdigit()] == ["20", "30", "40", "50", "60", "70", "80"]
    assert (
        class_words in picture.alt
        and picture.data["rows"][0][2] == class_words
        and not any("<" in str(row) for row in picture.data["rows"])
    )
    apart = plot_distribution(frame.drop(index=1), kind="score", language=language)
    assert class_words in " ".join(ET.fromstring(apart.svg()).itertext()), (
        "with a gap between them each column says its own ends"
    )
