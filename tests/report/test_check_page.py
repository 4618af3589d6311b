"""The page that a fieldwork agency is sent: every fault a row, in its language, nothing live."""

from __future__ import annotations

import html
import re

import pytest

from cxlab.__main__ import main


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "one"
    folder.mkdir()
    rows = [f"{i},{i % 5 + 1},{i % 11}" for i in range(40)]
    rows[3], rows[7] = "3,<script>alert(1)</script>,5", "7,70,5"
    (folder / "a.csv").write_text("\n".join(["id,q1,nps", *rows]), encoding="utf-8")
    (folder / "study.yml").write_text(
        "{schema: 1, client: '<b>Loja & Cia</b>', responses: {file: a.csv}, respondent: id,"
        " scales: {s: {min: 1, max: 5}}, touchpoints: {a: q1},"
        " outcomes: {r: {kind: nps, column: nps}}}",
        encoding="utf-8",
    )
    return folder


def page_of(study, tmp_path, *options):
    file = tmp_path / "page.html"
    code = main(["check", str(study), "--html", str(file), *options])
    return code, file.read_text(encoding="utf-8")


def test_the_page_has_every_fault_with_its_place_and_what_to_do(study, tmp_path, capsys):
    code, page = page_of(study, tmp_path)
    assert code == 1 and "2 errors, 0 warnings" in capsys.readouterr().out
    shown = html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL))
    for words in ("a.csv", "column 'q1' (position 2)", "row 9", "'70'", "correct it, or declare"):
        assert words in shown, words
    assert page.count('<tr class="error">') == 2


def test_what_a_survey_holds_is_text_on_the_page(study, tmp_path):
    _, page = page_of(study, tmp_path)
    assert "<script" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<b>Loja" not in page and "&lt;b&gt;Loja &amp; Cia&lt;/b&gt;" in page
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"
    assert not re.search(r"(?:src|href)\s*=|@import|url\(", page)


def test_the_page_and_the_lines_speak_portuguese(study, tmp_path, capsys):
    _, page = page_of(study, tmp_path, "--language", "pt-BR")
    lines = capsys.readouterr().out
    for words in ("2 erros, 0 avisos", "coluna 'q1' (posição 2)", "não é número nem código"):
        assert words in lines and words in html.unescape(page)
    assert '<html lang="pt-BR">' in page and "O que corrigir nos dados" in page


def test_a_sound_study_has_nothing_to_mend(study, tmp_path, capsys):
    answers = study / "a.csv"
    text = answers.read_text(encoding="utf-8").replace("<script>alert(1)</script>", "4")
    answers.write_text(text.replace("7,70,5", "7,1,5"), encoding="utf-8")
    code, page = page_of(study, tmp_path, "--language", "pt-BR")
    assert code == 0 and "Nada a corrigir." in page and "<table" not in page
    assert "sem erros: " in capsys.readouterr().out
