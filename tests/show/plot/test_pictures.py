"""A picture lasts: its figure is one object that can be changed, saved, pickled, resized, and drawn
into axes of another figure.
"""

import copy
import pickle

import pytest
from matplotlib.figure import Figure

from cxlab.show.page.parts import of_picture
from cxlab.show.plot.distribution import plot_distribution
from cxlab.show.plot.gap import plot_gaps
from cxlab.show.plot.importance import plot_priorities
from cxlab.show.plot.metrics import plot_waves
from cxlab.show.plot.rankings import plot_effects, plot_rankings
from cxlab.show.plot.surface import plot_surface, plot_surface_3d
from tests.show.drawn import drawn, words_of


@pytest.fixture
def pictures(gaps, waves, distribution, nps, priorities, effects, methods, grid, quantities):
    return [
        drawn(plot_gaps, gaps),
        drawn(plot_waves, waves),
        drawn(plot_distribution, distribution, metric=nps),
        drawn(plot_priorities, priorities),
        drawn(plot_effects, effects),
        drawn(plot_rankings, methods),
        drawn(plot_surface, grid, quantities=quantities),
        drawn(plot_surface_3d, grid),
    ]


def test_what_is_changed_in_a_figure_is_shown_and_saved(pictures, tmp_path):
    for picture in pictures:
        assert picture.figure is picture.figure and picture.narrow is picture.narrow
        before, narrow = picture.html(), picture.svg(narrow=True)
        # Coordinates are cut to two decimals, words are not: 2.746 is a number of Portuguese.
        picture.figure.text(0.5, 0.5, "2.746 seen by the board")
        assert ">2.746 seen by the board<" in picture.svg() and picture.html() != before
        assert "seen by the board" in picture.save(tmp_path / "a.svg").read_text(encoding="utf-8")
        assert picture.svg(narrow=True) == narrow


def test_a_picture_is_pickled_and_copied_with_what_was_changed(pictures):
    for picture in pictures:
        picture.figure.text(0.5, 0.5, "seen by the board")
        for again in (pickle.loads(pickle.dumps(picture)), copy.deepcopy(picture)):
            assert again.svg() == picture.svg() and again.alt == picture.alt
            assert again.figure is not picture.figure
            small = again.resized((4, 3))
            assert small.figure.get_size_inches().tolist() == [4, 3]
            assert "board" not in small.svg()


def test_a_title_and_a_size_are_a_picture_of_their_own(pictures):
    for picture in pictures:
        other = picture.titled("For the board").resized((9, 6))
        assert "For the board" in other.html() and "For the board" not in picture.html()
        assert other.figure.get_size_inches().tolist() == [9, 6]
        assert picture.figure.get_size_inches()[0] == 7.2
        assert of_picture(other)["title"] == "For the board" and of_picture(other)["width"] == 9
        assert other.data is None or other.data["title"] == "For the board"
        assert other.alt == picture.alt


def test_a_picture_fills_axes_and_leaves_the_rest_of_the_figure_alone(pictures):
    for picture in pictures:
        figure = Figure(figsize=(16, 6))
        mine, other = figure.subplots(1, 2)
        other.plot([0, 1], [0, 1], label="mine")
        placed = picture.into(mine)
        assert placed.figure is figure and set(figure.axes) == {mine, other}
        words = words_of(placed)
        # SVG holds a text's lines one by one, and blanks as they are.
        assert all(word in words for word in (*picture.title.split(), *picture.note.split()[:3]))
        for word in words_of(picture).split():
            assert word in words
        assert len(other.lines) == 1 and other.get_title() == ""


def test_a_picture_in_axes_shows_itself_with_the_figure_alone(pictures):
    figure = Figure()
    placed = pictures[0].into(figure.subplots())
    assert placed._repr_html_() is None and pictures[0]._repr_html_()
    assert repr(placed) == "Picture('Expectation and experience at each touchpoint')"


def test_without_room_around_them_axes_have_neither_title_nor_note(gaps):
    picture, figure = drawn(plot_gaps, gaps), Figure(figsize=(7, 4))
    placed = picture.into(figure.add_axes((0, 0, 1, 1)))
    assert "Expectation and" not in words_of(placed) and "interval" not in words_of(placed)


def test_small_axes_have_the_narrow_layout_in_smaller_type(gaps):
    figure = Figure(figsize=(6, 4))
    left, _right = figure.subplots(1, 2)
    drawn(plot_gaps, gaps).into(left)
    sizes = {text.get_fontsize() for text in left.texts if text.get_text() == "ads"}
    assert len(sizes) == 1 and sizes.pop() < 9
