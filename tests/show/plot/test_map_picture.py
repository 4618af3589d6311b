"""The map of a journey: every word stands on the sheet and on no other word, with 5 and with 40
touchpoints, on a page and on a telephone; and what a page may show of it.
"""

import pickle
import re
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.lines import Line2D
from matplotlib.text import Text

import cxlab as cx
from cxlab.show.plot.style import wrap

STAGES = ["aware", "appeal", "ask", "act", "advocate"]
LABELS = ["Site", "Atendimento por telefone", "Propaganda", "Instalação", "Fatura digital"]


def journey_of(k, n=400, seed=0, min_cell=10, few=()):
    """k touchpoints in five stages, every fourth indirect; `few` are met by 12 respondents."""
    rng = np.random.default_rng(seed)
    x = np.clip(np.round(4.5 + rng.normal(size=(n, 1)) * 0.6 + 1.1 * rng.normal(size=(n, k))), 1, 7)
    names = [f"t{i}" for i in range(k)]
    frame = pd.DataFrame(x, columns=names)
    heavy = np.where(np.arange(k) == 1, 1.5, 0.1)
    frame["nps"] = np.clip(np.round(7 + (x - 4.5) @ heavy + rng.normal(size=n)), 0, 10)
    for name in few:
        frame.loc[12:, name] = 9
    points = []
    for i, name in enumerate(names):
        frame[f"{name}_e"] = np.clip(np.round(5.2 + rng.normal(size=n)), 1, 7)
        frame[f"{name}_m"] = np.clip(np.round(4 + rng.normal(size=n)), 1, 7)
        point = {"touchpoint": name, "label": {"pt-BR": f"{LABELS[i % 5]} {i}"}, "scale": "s"}
        point |= {"stage": STAGES[i * 5 // k], "contact": "direct" if i % 4 else "indirect"}
        points.append(
            point | {"experience": name, "expectation": f"{name}_e", "emotion": f"{name}_m"}
        )
    frame["plan"] = np.where(np.arange(n) < 15, "new", "old")
    return cx.Study.from_frame(
        frame,
        points,
        {"nps": {"kind": "nps", "column": "nps"}},
        scales={"s": {"min": 1, "max": 7, "not_used": [9]}},
        stages="five_a",
        segments=["plan"],
        report={"min_cell": min_cell},
    )


@pytest.fixture(scope="module", params=[5, 9, 40])
def picture(request):
    study = journey_of(request.param)
    table = cx.journey.journey_map(study, cx.fit_loyalty(study))
    return request.param, cx.plot(table, language="pt-BR")


def words_of(figure):
    figure.canvas.draw()
    shown = [one for one in figure.findobj(Text) if one.get_text().strip()]
    return [(one.get_text(), one.get_window_extent()) for one in shown]


@pytest.mark.parametrize("narrow", [False, True])
def test_every_word_is_on_the_sheet_and_on_no_other(picture, narrow):
    k, plotted = picture
    figure = plotted.narrow if narrow else plotted.figure
    words = words_of(figure)
    whole = figure.bbox.padded(1)
    assert all(whole.containsx(b.x0) and whole.containsx(b.x1) for _, b in words)
    assert all(whole.containsy(b.y0) and whole.containsy(b.y1) for _, b in words)
    apart = [(one.shrunk(0.94, 0.8), text) for text, one in words]
    over = [(a, b) for (one, a), (other, b) in combinations(apart, 2) if one.overlaps(other)]
    assert not over
    for i in range(k):
        assert sum(text.split()[-1] == str(i) for text, _ in words if "Site" in text) == (
            i % 5 == 0
        )


def test_a_long_journey_fits_a_page(picture):
    k, plotted = picture
    assert plotted.figure.get_size_inches()[1] <= (3.6 if k < 10 else 10.2)


def test_contacts_and_moments_are_told_by_shape(picture):
    k, plotted = picture
    markers = [line.get_marker() for line in plotted.figure.findobj(Line2D)]
    legend = 1
    assert markers.count("s") == -(-k // 4) + legend  # every fourth is indirect
    table = plotted.call.args[1]
    signs = {"asset": "^", "pain": "v", "open": "D"}
    named = [one for one in table["moment"] if one]
    assert len(named) == 1 and markers.count(signs[named[0]]) == 1 + legend
    assert "Momento" in plotted.alt


def test_its_words_are_those_of_the_reader(picture):
    _k, plotted = picture
    told = " ".join(text for text, _ in words_of(plotted.figure))
    for word in ("Assimilação", "Efeito", "Expectativa", "Emoção", "contato indireto"):
        assert word in told
    assert "pontos de NPS associados" in plotted.note and "Effect" not in plotted.note


def test_each_level_has_its_own_map():
    plotted = cx.plot(cx.journey.journey_map(cx.simulate_study(300, seed=1), by="channel"))
    told = [text for text, _ in words_of(plotted.figure)]
    assert told.count("Delivery") == 2 and {"Web", "Phone"} <= {*told}


def test_without_a_model_or_an_expectation_it_is_the_experience_alone():
    frame = pd.DataFrame({"a": [1, 5, 6, 7] * 20, "b": [7, 6, 6, 7] * 20})
    study = cx.Study.from_frame(frame, {"a": "a", "b": "b"}, scales={"s": {"min": 1, "max": 7}})
    plotted = cx.plot(cx.journey.journey_map(study))
    told = " ".join(text for text, _ in words_of(plotted.figure))
    assert "Experience" in told and "Expectation" not in told and "Effect" not in told
    assert cx.say(cx.journey.journey_map(study)) == [
        "Experience worse than in the rest of the journey: a 4.8 (4.2 to 5.3).",
        "Experience better than in the rest of the journey: b 6.5 (6.4 to 6.6).",
    ]


def test_where_stages_were_fitted_the_effect_stands_at_the_stage():
    study = journey_of(10)
    table = cx.journey.journey_map(study, cx.fit_loyalty(study.by_stage()))
    plotted = cx.plot(table)
    told = [text for text, _ in words_of(plotted.figure)]
    assert sum(bool(re.match("(Effect )?[+−]", text)) for text in told) == 5
    assert "Effect" not in told
    assert "The effect is that of the stage" in plotted.note
    # What follows from a table of stages speaks of stages.
    shares = cx.importance(cx.fit_loyalty(study.by_stage()), n_boot=0)
    first = cx.priorities(shares, cx.experience_scores(study.by_stage()))
    steps = cx.journey.next_steps(study, first.iloc[:0])
    assert cx.say(steps) == ["No stage combines a high weight with a poor experience."]


def test_a_long_journey_takes_few_lines_and_prints_the_effects_of_the_other_figures():
    """Protects page one, from which a map of many lines slid, and a reader from +1.2 on the map
    where the owner's page says +1.3.
    """
    study = journey_of(18)
    fit = cx.fit_loyalty(study)
    table = cx.journey.journey_map(study, fit)
    marks = [text for text, _ in words_of(cx.plot(table).figure)]
    assert marks.count("Effect") == 2
    shown = cx.Page(study, ["en"])(cx.journey.journey_map, fit=fit).frame
    assert shown["effect"].tolist() == table["effect"].tolist()


def test_a_page_shows_no_touchpoint_of_few_and_no_small_group():
    study = journey_of(5, few=["t3"], min_cell=20)
    page = cx.Page(study, ["en"])
    shown = page(cx.journey.journey_map).frame.set_index("touchpoint")
    assert shown.loc["t3", ["experience", "expectation"]].isna().all()
    assert shown.drop(index="t3")["experience"].notna().all()
    fitted = page(
        cx.journey.journey_map, page(cx.fit_loyalty, touchpoints=["t0", "t1", "t2", "t4"])
    )
    assert fitted.frame.set_index("touchpoint").loc["t3", "moment"] == ""
    by_plan = page(cx.journey.journey_map, by="plan").frame
    told = ["experience", "expectation", "emotion"]
    assert by_plan.loc[by_plan["level"] == "new", told].isna().all(axis=None)
    # Who is not new would tell who is, beside all respondents.
    assert by_plan.loc[by_plan["level"] == "old", told].isna().all(axis=None)
    assert (shown["experience"].dropna() * 100 % 1).abs().max() < 1e-6


def test_on_slides_a_long_journey_takes_several_in_type_that_can_be_read(picture):
    k, plotted = picture
    if k < 40:
        assert not plotted.panels
        return
    assert len(plotted.panels) > 2 and all(one.height <= 4.4 for one in plotted.panels)
    told = [text for one in plotted.panels for text, _ in words_of(one.figure)]
    whole = [text for text, _ in words_of(plotted.figure)]
    for stage in ("Assimilação", "Apologia"):
        assert told.count(stage) == whole.count(stage) == 1
    again = pickle.loads(pickle.dumps(plotted))
    assert len(again.panels) == len(plotted.panels)
    assert again.panels[0].svg() == plotted.panels[0].svg()


def test_ratings_on_different_scales_share_an_axis_in_per_cent_and_are_not_compared():
    frame = pd.DataFrame({"a": [1, 2, 4, 5] * 30, "b": [20, 30, 30, 40] * 30})
    frame["y"] = (frame["a"] + np.arange(120) % 3).clip(0, 10)
    points = [
        {"touchpoint": "a", "experience": "a", "scale": "short"},
        {"touchpoint": "b", "experience": "b", "scale": "long"},
    ]
    scales = {"short": {"min": 1, "max": 5}, "long": {"min": 0, "max": 100}}
    outcomes = {"y": {"kind": "nps", "column": "y"}}
    study = cx.Study.from_frame(frame, points, outcomes, scales=scales)
    table = cx.journey.journey_map(study, cx.fit_loyalty(study))
    assert {*table["moment"]} == {""} and "experience_beyond" not in table
    plotted = cx.plot(table)
    assert "different scales" in plotted.note
    ticks = {text for text, _ in words_of(plotted.figure)}
    assert {"30", "40", "50"} <= ticks
    with pytest.raises(cx.ModelError, match="different scales"):
        cx.journey.moments_of_truth(study, cx.fit_loyalty(study))


def test_a_stage_s_name_is_folded_or_cut_and_never_left_out():
    """Protects the band of a narrow stage from an ellipsis in the place of its name, and the name
    from a fold within a word.
    """
    table = cx.journey.journey_map(journey_of(10))
    few = {"stage": [f"Consideration{i}" for i in range(8)]}
    named = {"touchpoint": ["Estacionamento", *table["touchpoint"][1:]]}
    for rows, changed, word in ((8, few, "Consideration7"), (10, named, "Estacionamento")):
        told = pd.DataFrame(table).head(rows).assign(**changed)
        told = cx.Result.of(told, "journey_map", 0.95, table.settings, table.labels)
        assert word in [text for text, _ in words_of(cx.plot(told).figure)]
    assert wrap("Consideration", 8, 1) == "Conside…" and wrap("Purchase decision", 9, 2) == (
        "Purchase\ndecision"
    )
    assert wrap("", 8, 1) == " "
