from __future__ import annotations

import pandas as pd
import pytest

from cxlab.errors import ModelError
from cxlab.show.page import cover, html, refusals, sections, selection, tables
from cxlab.show.words import text
from cxlab.show.words.catalogue import SECTIONS

HOSTILE_MARKS = ("<script", "javascript:")


def refuse():
    raise ModelError("this study declares no outcome to explain")


def test_attempt_gives_the_result_or_the_reason_and_passes_refusals_on():
    assert refusals.attempt(max, 1, 2) == 2
    refusal = refusals.attempt(refuse)
    assert isinstance(refusal, refusals.Refusal)
    assert refusals.attempt(max, refusal, 2) is refusal
    assert refusals.attempt(max, 1, key=refusal) is refusal
    with pytest.raises(ZeroDivisionError):
        refusals.attempt(lambda: 1 / 0)


def test_refused_in_both_languages():
    refusal = refusals.attempt(refuse)
    assert (
        str(html.refused(refusal))
        == '<p class="refused">Not shown: this study declares no outcome to explain.</p>'
    )
    assert "Não mostrado: este estudo não declara nenhum resultado a explicar." in str(
        html.refused(refusal, "pt-BR")
    )


def test_every_text_of_a_survey_is_escaped(study, metrics, gaps, labels):
    frame = gaps.assign(touchpoint="<img src=x onerror=alert(1)>")
    pieces = [
        cover.cover(study, "en"),
        tables.cards(metrics, labels={"recommend": "<script>x</script>"}),
        tables.table(frame, ["touchpoint", "n"], caption="<script>caption</script>"),
        tables.table(pd.DataFrame({"<script>column</script>": ["<script>cell</script>"]})),
        html.prose("<script>text</script>"),
        html.bullets("<script>text</script>"),
        html.block("<script>text</script>", html.subheading("<script>text</script>", "here")),
        html.refused(ModelError("{name}", name="<script>text</script>")),
    ]
    for piece in pieces:
        markup = piece._repr_html_()
        assert markup.startswith('<div class="cx">')
        assert not any(mark in markup for mark in ("<script", "<img"))


def test_the_cover_says_that_a_study_is_simulated(study):
    assert "Simulated data." in str(cover.cover(study, "en"))
    assert "Dados simulados." in str(cover.cover(study, "pt-BR"))
    study.simulated = False
    assert "imulated" not in str(cover.cover(study, "en"))
    assert "Fieldwork from 1 March 2026 to 28 March 2026" in str(cover.cover(study, "en"))


def test_a_table_has_headings_and_formats_of_the_glossary(gaps, labels):
    markup = str(
        tables.table(
            gaps.head(1),
            ["touchpoint", ("estimate", "conf_low", "conf_high"), "n"],
            "pt-BR",
            labels,
        )
    )
    assert (
        '<th scope="col">Ponto de contato</th><th scope="col" class="number">Estimativa'
        ' (intervalo)</th><th scope="col" class="number">n</th>' in markup
    )
    assert (
        '<td>Advertising</td><td class="number">0,50 (0,20 a 0,80)</td><td class="number">400</td>'
        in markup
    )
    assert markup.startswith('<div class="table">')


def test_metrics_are_printed_in_their_own_unit(metrics):
    markup = str(tables.table(metrics, ["metric", ("estimate", "conf_low", "conf_high")]))
    for value in ("12 (8 to 16)", "62% (59% to 65%)", "5.60 (5.50 to 5.71)"):
        assert value in markup


def test_blanks_and_empty_tables(gaps):
    blank = gaps.head(1).assign(estimate=float("nan"), conf_low=float("nan"), n=float("nan"))
    assert '<td class="number">–</td><td class="number">–</td>' in str(
        tables.table(blank, [("estimate", "conf_low", "conf_high"), "n"])
    )
    assert str(tables.table(gaps.head(0))) == ""


def test_a_block_says_nothing_twice_and_skips_none():
    refusal = refusals.attempt(refuse)
    block = html.block(html.prose([refusals.reason(refusal)]), None, tables.table(refusal), "more")
    assert str(block).count("Not shown") == 1
    assert str(block).endswith("<p>more</p>")
    with pytest.raises(TypeError, match="not of int"):
        html.block(3)


def test_points_set_reasons_apart():
    markup = str(html.bullets("a", refusals.reason(refusals.attempt(refuse))))
    assert markup.startswith('<ul class="points"><li>a</li></ul>\n<p class="refused">')


def test_sections_and_questions_in_both_languages():
    for key in SECTIONS["sections"]:
        english, portuguese = str(sections.section(key, "en")), str(sections.section(key, "pt-BR"))
        assert english.startswith(f'<h2 id="{key}">') and english != portuguese
    for key in SECTIONS["questions"]:
        english, portuguese = (
            str(sections.question(key, "en")),
            str(sections.question(key, "pt-BR")),
        )
        assert english.startswith(f'<h3 id="{key}">') and english != portuguese
    for find, name in ((sections.section, "section"), (sections.question, "question")):
        with pytest.raises(KeyError, match=f"no {name} 'x'"):
            find("x")


def test_provenance_names_files_versions_seed_and_dates(study):
    markup = str(cover.provenance(study, "en", seed=2026, n_boot=500))
    for part in (
        "study.yml",
        "abababababababab",
        "statsmodels",
        "2026",
        "500",
        "1 March 2026 to 28 March 2026",
    ):
        assert part in markup


def test_together_and_parts(metrics, nps):
    refusal = refusals.attempt(refuse)
    assert len(refusals.together([nps, refusal])) == 1
    assert refusals.together([refusal]) is refusal
    assert [one["outcome"].iloc[0] for one in selection.cut_by(metrics)] == [
        "recommend",
        "satisfaction",
        "loyalty",
    ]
    assert selection.cut_by(refusal) == [refusal]
    assert selection.only(metrics, outcome="satisfaction", metric="csat_mean")[
        "estimate"
    ].tolist() == [5.6]
    assert selection.first_metric(metrics)["metric"].tolist() == ["nps"]


def test_headings_fall_back_to_the_name():
    assert text.heading("my_column", "en") == "my_column"
