"""Tables on slides: what a client acts on, in the words and numbers of the page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pptx import Presentation

import cxlab as cx
from cxlab.report.formats import deck
from cxlab.show.page import parts, since
from cxlab.study.codebook.brand import Brand
from tests.report.prepared import executed, write_all

DATA = Path(__file__).resolve().parents[3] / "data"


def slides_of(folder, language):
    return [*Presentation(folder / f"report.{language}.pptx").slides]


def table_of(slide):
    """The table of a slide, its rows by what stands in their first columns; spaces that hold a
    number together are spaces.
    """
    (table,) = [shape.table for shape in slide.shapes if shape.has_table]
    return [[cell.text.replace("\u00a0", " ") for cell in row.cells] for row in table.rows]


def title_of(slide):
    return slide.shapes.title.text_frame.text


@pytest.fixture(scope="module")
def pitanga(tmp_path_factory):
    """The first section of a report on waves with targets, actions and amounts: its slides after
    the cover, and the page.
    """
    page = cx.Page(cx.read_study(DATA / "pitanga"), ["pt-BR"], seed=1, n_boot=50)
    metrics, gaps = page.latest(cx.metrics), page(cx.gap_scores)
    drivers = page(cx.fit_loyalty)
    shares = page(cx.importance, drivers)
    first = page(cx.priorities, shares, page(cx.experience_scores, drivers))
    changed = page(cx.what_if, drivers, first)
    steps = page(cx.journey.next_steps, first, changed=changed)
    moved = page.by_outcome(cx.changes)
    said = page.say("messages", metrics=metrics, gaps=gaps, shares=shares, priorities=first)
    cards = metrics.cards(moved, page(cx.waves.against_targets), most=3)
    folder = tmp_path_factory.mktemp("pitanga")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(parts.FORMATS, "html,pptx")
        shown = executed(
            page.cover(),
            page.section("bottom_line", cards, page.points([said]), steps),
            page.section("metrics", metrics.cards(beyond=3)),
        )
        write_all(shown, folder, language="pt-BR", formats=("html", "pptx"))
    html = (folder / "report.pt-BR.html").read_text(encoding="utf-8")
    plain = " ".join(re.sub("<[^>]*>", " ", html).replace("\u00a0", " ").split())
    return slides_of(folder, "pt-BR")[1:], plain.replace("( ", "(").replace(" )", ")")


def test_what_to_do_next_is_a_table_under_its_message(pitanga):
    """Protects who has to act: touchpoint, size in its unit, action, owner and date, with what the
    size does not say, and the other messages above; nothing said twice.
    """
    slide = pitanga[0][0]
    assert title_of(slide).startswith("Comece por Entrega")
    head, first, *_others = table_of(slide)
    assert head[0] == "Ponto de contato" and head[-3:] == ["Ação", "Responsável", "Prazo"]
    assert any("Pontos de NPS" in one for one in head)
    assert first[0] == "Entrega" and first[-2:] == ["Logística", "30 de abril de 2026"]
    around = " ".join(shape.text_frame.text for shape in slide.placeholders if shape.has_text_frame)
    assert "Não diz o que uma mudança traria" in around and "Recomendaria: NPS" in around
    assert around.count("Comece por") == 1


def test_headline_figures_stand_with_change_target_and_verdict_as_on_the_page(pitanga):
    """Protects from two numbers for one figure: every figure, change and target of the slide is
    printed on the page, an amount in its currency.
    """
    slides, page = pitanga
    head, *rows = table_of(slides[1])
    assert "Meta" in head and "Veredito" in head and "Variação, W3 → W4" in head
    figures = [row[head.index("Estimativa (intervalo)")].split(" (")[0] for row in rows]
    changes = [row[head.index("Variação, W3 → W4")] for row in rows]
    assert any(one.startswith("R$ ") for one in figures) and "61,2" in figures
    assert [one for one in [*figures, *changes[:3]] if one not in page] == []
    verdicts = [row[head.index("Veredito")] for row in rows]
    assert verdicts[0] == "Não alcançada" and verdicts[-1] == "–"


def test_tables_stay_on_their_slides(pitanga):
    """Protects the last row: no table reaches the note or the footer, or leaves the slide."""
    for slide in pitanga[0][:2]:
        (table,) = [shape for shape in slide.shapes if shape.has_table]
        inches = (table.top + sum(row.height for row in table.table.rows)) / 914_400
        assert inches <= deck.TOP + deck.ROOM + 0.11
        assert sum(column.width for column in table.table.columns) <= table.width + 914
        feet = [one for one in slide.placeholders if "Fonte: " in one.text_frame.text]
        assert " · Dados simulados." in feet[0].text_frame.text


def test_a_table_too_long_for_messages_above_it_leaves_them_a_slide_of_their_own(tmp_path):
    """Protects both from standing over one another."""
    cover = {"client": "Acme", "title": "", "facts": [], "simulated": []}
    many = [{"touchpoint": "Loja", "what": "Uma ação longa. " * 12} for _ in range(10)]
    printed = {"heads": {"touchpoint": "Ponto de contato", "what": "Ação"}, "rows": many}
    for points, titles in ((["Um.", "Dois."], ["Início", "Comece."]), ([], ["Comece."])):
        made = deck.Deck("pt-BR", Brand(), cover)
        made.table("Início", "Comece.", {"title": "Passos", "printed": printed}, (), points)
        made.save(tmp_path / "report.pt-BR.pptx")
        assert [title_of(one) for one in slides_of(tmp_path, "pt-BR")[1:]] == titles


def test_messages_end_above_the_table_in_wide_type_too(tmp_path):
    """Protects the second message from the table, in a font as wide as those that stand in."""
    cover = {"client": "Acme", "title": "", "facts": [], "simulated": []}
    printed = {"heads": {"touchpoint": "Ponto"}, "rows": [{"touchpoint": "Loja"}]}
    long = (
        "Recomendaria: NPS 35 em 2018; queda estatisticamente significativa de 5 pontos ante 2017."
    )
    made = deck.Deck("pt-BR", Brand(), cover)
    table = {"title": "Passos", "printed": printed}
    slide = made.table("Início", "Comece.", table, (), [long, "Lojas."])
    (grid,) = [shape for shape in slide.shapes if shape.has_table]
    assert grid.top / 914_400 >= deck.TOP + 3 * 1.2 * deck.LISTED / 72


def test_the_last_report_is_a_table_with_intervals_and_actions(tmp_path, monkeypatch):
    """Protects what was agreed: figures then and now with their intervals, and what was done, under
    how the main outcome moved.
    """
    figures = {
        "nps recommend": {"of": "recommend", "metric": "nps", "estimate": 3, "n": 400},
        "mean care": {"of": "care", "estimate": 3.5, "conf_low": 3.4, "conf_high": 3.6, "n": 400},
    }
    actions = [{"touchpoint": "care", "what": "One number", "who": "Operations"}]
    last = {"start": "2025-03-01", "end": "2025-03-28", "figures": figures, "actions": actions}
    job = tmp_path / "job.json"
    job.write_text(json.dumps({"inputs": {"since": {"figures": last}}}), encoding="utf-8")
    monkeypatch.setenv(since.JOB, str(job))
    monkeypatch.setenv(parts.FORMATS, "html,pptx")
    page = cx.Page(cx.simulate_study(500, seed=6, design="telecom"), ["en"], seed=1)
    metrics, scores = page(cx.metrics), page(cx.experience_scores)
    found = page.since(cx.waves.touchpoint_changes, metrics, [], {}, scores, page(cx.kano))
    shown = executed(page.cover(), found, page.section("metrics", metrics.cards()))
    write_all(shown, tmp_path, language="en", formats=("html", "pptx"))
    slide = slides_of(tmp_path, "en")[1]
    assert re.fullmatch(r"[^:]+: 3 → \d+\.", title_of(slide))
    head, *rows = table_of(slide)
    care = next(row for row in rows if "experience" in row[0])
    assert "3.50 (3.40 to 3.60)" in care and "One number · Operations" in care
    assert "without a test" in " ".join(one.text_frame.text for one in slide.placeholders)
