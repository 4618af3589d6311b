"""Pieces of a page: escaped at their source, printed by the glossary, said once."""

import pandas as pd
import pytest

from cxlab.errors import ModelError
from cxlab.show.page import cover, html, pieces, tables
from cxlab.show.words.wording import Wording, as_is

EN, PT = Wording("en"), Wording("pt-BR")
NOTHING_TO_EXPLAIN = ModelError("this study declares no outcome to explain")


def test_refused_in_both_languages():
    assert (
        str(html.refused(NOTHING_TO_EXPLAIN, EN))
        == '<p class="refused">Not shown: this study declares no outcome to explain.</p>'
    )
    assert "Não apresentado: este estudo não declara nenhum resultado a explicar." in str(
        html.refused(NOTHING_TO_EXPLAIN, PT)
    )


def test_every_text_of_a_survey_is_escaped(study, metrics, gaps):
    frame = gaps.assign(touchpoint="<img src=x onerror=alert(1)>")
    hostile = "<script>text</script>"
    shown = [
        cover.cover(EN, study),
        tables.cards(Wording("en", {"recommend": hostile}), metrics),
        tables.table(EN, frame, ["touchpoint", "n"], caption=hostile),
        tables.table(EN, pd.DataFrame({"<script>column</script>": ["<script>cell</script>"]})),
        *(layout([hostile]) for layout in html.LAYOUTS.values()),
        html.question_heading("here", hostile),
        html.refused(ModelError("{name}", name=hostile), EN),
    ]
    for piece in shown:
        markup = piece._repr_html_()
        assert markup.startswith('<div class="cx">')
        assert not any(mark in markup for mark in ("<script", "<img"))


def test_the_cover_says_that_a_study_is_simulated(study):
    assert "Simulated data." in str(cover.cover(EN, study))
    assert "Dados simulados." in str(cover.cover(PT, study))
    study.simulated = False
    assert "imulated" not in str(cover.cover(EN, study))
    assert "Fieldwork: 1 to 28 March 2026" in str(cover.cover(EN, study))


def test_a_table_has_headings_and_formats_of_the_glossary(gaps, labels):
    columns = ["touchpoint", ("estimate", "conf_low", "conf_high"), "n"]
    markup = str(tables.table(Wording("pt-BR", labels), gaps.head(1), columns))
    assert (
        '<th scope="col">Ponto de contato</th><th scope="col" class="number">Estimativa'
        ' (intervalo)</th><th scope="col" class="number">n</th>' in markup
    )
    assert '<td>Advertising</td><td class="number">0,50 <small>(0,20 a 0,80)</small></td>' in markup
    assert markup.startswith('<div class="table">')


def test_metrics_are_printed_in_their_own_unit(metrics):
    markup = str(tables.table(EN, metrics, ["metric", ("estimate", "conf_low", "conf_high")]))
    for value in ("12 (8 to 16)", "62% (59% to 65%)", "5.60 (5.50 to 5.71)"):
        assert value.replace("(", "<small>(") + "</small>" in markup


def test_blanks_and_empty_tables(gaps):
    blank = gaps.head(1).assign(estimate=float("nan"), conf_low=float("nan"), n=float("nan"))
    assert '<td class="number">–</td><td class="number">–</td>' in str(
        tables.table(EN, blank, [("estimate", "conf_low", "conf_high"), "n"])
    )
    assert not tables.table(EN, gaps.head(0))


def test_a_section_says_nothing_twice_and_skips_what_has_nothing_to_say():
    reason, more = pieces.Sentences((NOTHING_TO_EXPLAIN,)), pieces.Sentences((as_is("more"),))
    shown = pieces.several(None, [reason, None, [reason, pieces.Sentences()], more]).worded(EN)
    assert str(shown).count("Not shown") == 1
    assert str(shown).endswith("<p>more</p>")
    nothing = [pieces.Sentences(), None]
    assert not pieces.several(None, nothing, lambda _: html.points(["x"])).worded(EN)


def test_points_set_reasons_apart():
    both = pieces.Sentences((as_is("a"), NOTHING_TO_EXPLAIN), layout="points")
    markup = str(both.worded(EN))
    assert markup.startswith('<ul class="points"><li>a</li></ul>\n<p class="refused">')


def test_provenance_names_files_versions_and_dates_and_the_workbook_the_seed(study):
    """Protects a client from what only an analyst can use, and the analyst from losing it."""
    told = cover.provenance(EN, study, {"seed": 2027, "n_boot": 555})
    for part in ("study.yml", "abababababababab", "statsmodels", "1 to 28 March 2026"):
        assert part in str(told)
    assert "2027" not in str(told) and "555" not in str(told)
    held = told.parts[-1]
    assert held["behind"] and held["rows"] == [["Random seed", 2027], ["Bootstrap samples", 555]]


def test_a_heading_tells_the_unit_of_what_is_associated_and_the_scale_of_a_rating():
    """Protects whoever reads a table without its note, and on a phone, where headings stand beside
    their cells.
    """
    row = {"touchpoint": "shop", "experience": 5.2, "conf_low": 5.0, "conf_high": 5.4, "n": 90}
    row |= {"gain": 4.3, "gain_low": 3.5, "gain_high": 5.1, "asked": 0.5, "measure": "nps_points"}
    frame = pd.DataFrame([row | {"scale": "1–7", "outcome": "recommend"}])
    columns = ["touchpoint", ("experience", "conf_low", "conf_high"), "n"]
    told = tables.table(EN, frame, [*columns, ("gain", "gain_low", "gain_high"), "outcome"], "x")
    assert ">Experience, 1–7 (interval)</th>" in str(told)
    want = "NPS points associated with +0.5 points"
    assert f">{want} (interval)</th>" in str(told)
    assert f'data-head="{want} (interval)"' in str(told) and 'class="table stack"' in str(told)
    assert want in [one["label"] for one in told.parts[0]["columns"]]
    assert "stack" not in str(tables.table(EN, frame, columns))


def test_headings_fall_back_to_the_name():
    assert EN.heading("my_column") == "my_column"


def test_a_card_without_a_verdict_says_that_too_few_answered():
    """Protects a tracker whose new wave has begun: its target stands there, without a verdict."""
    row = {"outcome": "recommend", "metric": "nps", "group": "wave", "level": "W2", "n": 25}
    frame = pd.DataFrame([row | {"estimate": 12.0, "conf_low": None, "conf_high": None}])
    targets = frame.assign(target=40.0, verdict="")
    assert "target 40: too few answers to compare" in str(tables.cards(EN, frame, (), targets))


def test_a_level_called_all_is_not_everybody():
    """Protects whoever reads figures of one account that bears such a name."""
    row = {"outcome": "recommend", "metric": "nps", "group": "account", "level": "all", "n": 25}
    frame = pd.DataFrame([row | {"estimate": 12.0, "conf_low": 2.0, "conf_high": 22.0}])
    (part,) = tables.cards(EN, frame).parts
    assert "level" in [one["name"] for one in part["columns"]]
    (part,) = tables.cards(EN, frame.assign(group="all")).parts
    assert "level" not in [one["name"] for one in part["columns"]]


@pytest.mark.parametrize(
    ("measure", "labels", "want"),
    [("probability", {}, "+1.4"), ("outcome", {"unit:spend": "BRL"}, "+R$0.01")],
)
def test_what_is_associated_with_a_step_is_printed_in_the_unit_of_its_heading(
    measure, labels, want
):
    """Protects a reader from percentage points told as parts of one, and money without currency."""
    row = {"touchpoint": "shop", "gain": 0.014, "gain_low": 0.006, "gain_high": 0.021}
    frame = pd.DataFrame([row | {"asked": 0.5, "measure": measure, "outcome": "spend"}])
    words = Wording("en", labels)
    told = tables.table(words, frame, ["touchpoint", ("gain", "gain_low", "gain_high")])
    assert want in str(told)
    held = told.parts[0]["rows"][0]
    assert held[1] == (1.4 if measure == "probability" else 0.01)
