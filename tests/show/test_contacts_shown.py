"""What is shown of groups, problems and channels: said in both languages, and marked by more than a
colour.
"""

import numpy as np
import pandas as pd
import pytest

import cxlab as cx

NAMES = [f"touchpoint number {i}" for i in range(12)]
LEVELS = ["North", "South", "Small business customers", "Prepaid", "East"]


@pytest.fixture(scope="module")
def cells():
    rng = np.random.default_rng(1)
    group = rng.choice(5, 900)
    shift = 0.9 * (group == 2)[:, None] * np.isin(range(12), [3, 5])
    shift = shift - 0.8 * (group == 1)[:, None] * (np.arange(12) == 4)
    rated = np.clip(np.round(4.5 + shift + rng.normal(0, 1.2, (900, 12))), 1, 7)
    frame = pd.DataFrame(rated, columns=[f"t{i}" for i in range(12)])
    frame["plan"] = np.array(LEVELS)[group]
    points = {f"t{i}": {"experience": f"t{i}", "label": NAMES[i]} for i in range(12)}
    scales = {"s": {"min": 1, "max": 7}}
    study = cx.Study.from_frame(frame, points, {}, scales=scales, segments=["plan"])
    return cx.journey.experience_differences(study, "plan")


def words(figure):
    return [text.get_text() for text in figure.findobj(lambda one: hasattr(one, "get_text"))]


@pytest.mark.parametrize("narrow", [False, True])
def test_a_heat_map_holds_every_mean_and_marks_what_holds_by_a_sign(cells, narrow):
    picture = cx.plot(cells)
    written = words(picture.narrow if narrow else picture.figure)
    assert [name for name in NAMES if name in written] == NAMES
    marks = [one for one in written if one[:1] in ("▲", "▼")]
    clear = cells[cells["p_holm"] < 0.05]
    assert sorted(marks) == sorted(
        f"{'▲' if row.estimate > 0 else '▼'} {row.experience:.1f}" for row in clear.itertuples()
    )
    numbers = [one for one in written if one.replace(".", "").isdigit()]
    assert len(numbers) + len(marks) == 60


def test_a_heat_map_is_read_in_place_of_the_picture(cells):
    picture = cx.plot(cells, language="pt-BR")
    assert "com ajuste para comparações múltiplas" in picture.note
    assert "Experiência melhor que a dos demais clientes" in picture.alt and picture.height < 5


def test_more_groups_than_fit_stand_below(cells):
    many = pd.concat([pd.DataFrame(cells).assign(level=cells["level"] + str(i)) for i in range(2)])
    both = cx.Result.of(many, "experience_differences", 0.95, cells.settings, cells.labels)
    assert cx.plot(both).height == pytest.approx(2 * cx.plot(cells).height)
    assert len([one for one in words(cx.plot(both).figure) if one == NAMES[0]]) == 2


def test_hidden_cells_are_no_numbers(cells):
    hidden = cells.copy()
    hidden.loc[[0, 7], ["experience", "estimate", "p_holm"]] = np.nan
    hidden = cx.Result.of(hidden, "experience_differences", 0.95, cells.settings, cells.labels)
    few = cells.assign(estimate=np.nan)
    few = cx.Result.of(few, "experience_differences", 0.95, cells.settings, cells.labels)
    assert cx.say(few) == ["By “plan” no touchpoint has enough answers to show."]
    picture = cx.plot(hidden)
    assert words(picture.figure).count("–") == 2 and "–: not shown." in picture.note


def test_groups_that_differ_are_named_with_the_touchpoint(cells):
    better, worse = cx.say(cells)
    assert better.startswith(
        "Better experience than the other customers, by “plan”: touchpoint number "
    )
    assert "Small business customers" in better and "touchpoint number 4 – South" in worse
    none = cx.Result.of(
        cells.assign(p_holm=1.0), "experience_differences", 0.95, cells.settings, cells.labels
    )
    (line,) = cx.say(none)
    assert "at any of the 12 touchpoints" in line and "for 60 comparisons" in line
    assert "em nenhum dos 12 pontos de contato" in cx.say(none, language="pt-BR")[0]
    many = cx.Result.of(
        cells.assign(p_holm=0.0), "experience_differences", 0.95, cells.settings, cells.labels
    )
    assert "the largest differences:" in cx.say(many)[0]
