"""A draft, and what the check says of it, in the language of who reads them; the survey may speak
another one.
"""

from __future__ import annotations

import functools
import html
import re
import string
from pathlib import Path

import pandas as pd
import pytest
import yaml

import cxlab as cx
from cxlab.__main__ import main
from cxlab.errors import Said, joined, said
from cxlab.exports.draft_study import guess_export, write_draft
from cxlab.show.words.catalogue import _catalogue
from cxlab.show.words.faults import said_in
from cxlab.study.exports.headers import unaccented
from tests.show.words.fault_templates import reasons
from tests.study.exports import held_out
from tests.study.exports.test_draft_study import declared, written

CASES = [
    "c01_surveymonkey_two_headers", "c02_headless_columns", "c03_sav_user_missing",
    "c04_sav_labels_out_of_order", "c05_nps_on_1_to_10", "c06_nps_on_4_smileys",
    "c07_nps_already_class", "c08_nps_label_text", "c09_multiselect_decimal_comma",
    "c10_choices_with_commas", "c11_kobo_select_multiple", "c12_duplicate_question_names",
    "c13_qualtrics_three_headers", "c14_xlsx_text_numbers", "c15_xlsx_dates_for_ratings",
    "c16_xlsx_merged_two_headers", "c17_ptbr_latin1_semicolon", "c18_likert_case_and_blanks",
    "c19_partial_and_preview", "c20_long_format", "c21_na_region", "c22_parquet_nullable",
    "c23_utf16_tab", "c24_one_touchpoint_with_blanks", "c25_nps_only",
    "c26_include_value_nobody_has", "c27_label_for_two_codes", "c28_utf8_declared_cp1252",
    "c29_events_file_missing", "c30_html_named_xls",
]  # fmt: skip
# The same in both languages: a file, roles of a touchpoint, e-mail, Net Promoter Score.
SAME = {"study", "experience", "expectation", "importance", "mail", "promoter", "score"}
REAL = ["jupyter_ux_2015_surveygizmo.csv", "qualtrics_no_basis_insights.csv", "spss_hebrew.sav"]


def english(text: str, *own: str) -> list[str]:
    """The parts of English messages, of two words or more, that stand in a text; those that the
    survey holds itself, or that the translation keeps, count for nothing.
    """
    return [part for part in parts() if part in text and not any(part in held for held in own)]


@functools.cache
def parts() -> tuple[str, ...]:
    """The words between the places of all messages."""
    found = (
        (part.strip(" .;:,()“”…"), told)
        for message, told in _catalogue("pt-BR").items()
        for part, *_place in string.Formatter().parse(message)
    )
    return tuple({part: 0 for part, told in found if " " in part and part not in told})


def visible(page: str) -> str:
    return html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL))


def words(text: str) -> set[str]:
    """The words of a text, or of a page, of four letters or more."""
    return set(re.findall(r"[^\W\d_]{4,}", unaccented(visible(text))))


def numbers(text: str) -> list[str]:
    return re.findall(r"\d+(?:\.\d+)?", text.replace(",", "."))


def export_of(shared: Path, name: str) -> Path:
    if name in REAL:
        return shared / "data" / "exports" / name
    return next((shared / "cases" / "exports" / name).glob("export.*"))


def own_words(export: Path) -> str:
    """All that the survey says itself."""
    try:
        columns = guess_export(export).columns
    except cx.StudyError:
        return ""
    held = ((one.name, one.asked, *one.counts, *one.labels.values()) for one in columns)
    return "\n".join(text for texts in held for text in texts)


def checked(capsys, out: Path, language: str, *options: str) -> tuple[int, str]:
    code = main(["check", str(out), "--language", language, *options])
    return code, capsys.readouterr().out.replace(str(out), "")


@pytest.mark.parametrize("name", [*CASES, *REAL])
def test_nothing_of_a_draft_or_its_check_stays_english(shared, tmp_path, capsys, name):
    export, out = export_of(shared, name), tmp_path / "d"
    code = main(["draft", str(export), "--out", str(out), "--language", "pt-BR"])
    printed, own = capsys.readouterr(), own_words(export)
    assert english(printed.out + printed.err, own) == []
    if code:
        assert "nenhuma coluna contém notas" in printed.err and not out.exists()
        return
    text = (out / "study.yml").read_text("utf-8")
    page = (out / "draft.html").read_text("utf-8")
    assert english(text, own) == english(visible(page), own) == []
    assert '<html lang="pt-BR">' in page and "Rascunho de " in page
    asked = declared(out).get("confirm", [])
    for language in ("en", "pt-BR"):
        code, told = checked(capsys, out, language)
        assert (code == 1) >= bool(asked)
        for sentence in asked:
            assert repr(sentence)[1:-1] in told
    assert english(told, own) == []
    (out / "study.yml").write_text(text.partition("\nconfirm:")[0], "utf-8")
    both = [checked(capsys, out, language) for language in ("en", "pt-BR")]
    assert both[0][0] == both[1][0] and english(both[1][1], own) == []
    if not both[0][0]:
        summaries = [told.partition("Study" if "Study" in told else "Estudo") for _, told in both]
        assert all(summary[1] for summary in summaries)
        assert numbers(summaries[0][2]) == numbers(summaries[1][2])


@pytest.mark.parametrize("maker", held_out.MAKERS, ids=lambda maker: maker.__name__)
def test_every_reason_and_every_question_is_said_in_both_languages(maker, tmp_path):
    export = written(tmp_path / "export.csv", maker())
    drafted = guess_export(export)
    assert {type(guess.reason) for guess in drafted.guesses} == {Said}
    asked = {}
    for language in ("en", "pt-BR"):
        write_draft(drafted, tmp_path / language, language=language)
        asked[language] = declared(tmp_path / language).get("confirm", [])
    assert len(asked["en"]) == len(asked["pt-BR"])
    assert english("\n".join(asked["pt-BR"]), own_words(Path(export))) == []
    # What both pages say is the survey's, or a name that study.yml has for it.
    pages = [words((tmp_path / one / "draft.html").read_text("utf-8")) for one in asked]
    names = words((tmp_path / "en" / "study.yml").read_text("utf-8").partition("\nconfirm:")[0])
    assert set.intersection(*pages) - words(own_words(Path(export))) - names <= SAME


def test_every_reason_in_the_source_is_said():
    given, told = reasons()
    assert len(given) > 25 and given - told == set()


@pytest.mark.parametrize("study", ["aurora", "ipe", "jatoba", "pitanga", "quadrante"])
def test_a_sound_study_at_a_glance_in_both_languages(root, capsys, study):
    folder = root / "data" / study
    book = (folder / "study.yml").read_text("utf-8") + (folder / "touchpoints.csv").read_text()
    both = [checked(capsys, folder, language) for language in ("en", "pt-BR")]
    assert [code for code, _ in both] == [0, 0]
    (_, plain), (_, told) = both
    assert repr(cx.read_study(folder)) in plain and numbers(plain) == numbers(told)
    assert english(told, book) == [] and "respondente" in told or "participantes" in told
    assert len(plain.splitlines()) == len(told.splitlines())


def test_the_table_of_guesses_speaks_the_language_and_keeps_the_keys(tmp_path):
    export = written(tmp_path / "export.csv", held_out.importance_es())
    frames = {
        language: cx.exports.draft_study(export, tmp_path / language, language=language)
        for language in ("en", "pt-BR")
    }
    same = ["key", "column", "confidence"]
    pd.testing.assert_frame_equal(frames["en"][same], frames["pt-BR"][same])
    assert "its answers are 1 to 10" in set(frames["en"]["reason"])
    assert "as respostas vão de 1 a 10" in set(frames["pt-BR"]["reason"])
    books = [declared(tmp_path / language) for language in ("en", "pt-BR")]
    asked = [book.pop("confirm") for book in books]
    # Labels and the report's languages are the survey's, not the reader's.
    folders = [{book.pop("client"), book.pop("title")["es"]} for book in books]
    assert books[0] == books[1] and folders == [{"En"}, {"Pt br"}]
    assert "é a melhor resposta" in asked[1][0] and "“99”: sem resposta (no_answer)" in asked[1][0]


def test_an_unknown_language_writes_nothing(tmp_path):
    export = written(tmp_path / "export.csv", held_out.importance_es())
    with pytest.raises(cx.ReportError, match="cannot be written: choose one of en, es, pt-BR"):
        cx.exports.draft_study(export, tmp_path / "study", language="fr")
    assert not (tmp_path / "study").exists()


def test_a_refusal_of_a_draft_is_told_in_the_language(tmp_path, capsys):
    export = written(tmp_path / "export.csv", held_out.importance_es())
    (tmp_path / "study.yml").write_text("mine")
    command = ["draft", export, "--out", str(tmp_path), "--language", "pt-BR"]
    assert main(command) == 1
    told = capsys.readouterr().err
    assert "já existe: study.yml; um rascunho não sobrescreve nada" in told
    assert "→ indique uma pasta nova" in told


def test_waves_that_were_put_together_are_asked_about_in_the_language(tmp_path):
    first, last = held_out.importance_es(), held_out.importance_es()
    name = "Importancia: Rapidez del servicio"
    frame = first.table().frame.rename(columns={name: "Importancia Rapidez del servicio"})
    frame.to_csv(tmp_path / "w2025.csv", index=False)
    written(tmp_path / "w2026.csv", last)
    cx.exports.draft_study(
        [tmp_path / "w2025.csv", tmp_path / "w2026.csv"], tmp_path / "study", language="pt-BR"
    )
    assert declared(tmp_path / "study")["confirm"][0].startswith(
        "w2025.csv: 1 coluna com outro nome no último arquivo, como está em rename: (“Importancia"
    )


@pytest.mark.parametrize(("n", "words"), [(1, "1 conta, 1 onda"), (2, "2 contas, 2 ondas")])
def test_one_and_several(n, words):
    accounts, waves = said("{n} accounts", n=n), said("{n} waves", n=n)
    assert said_in(joined([accounts, waves], ", "), "pt-BR") == words
    assert said_in(joined([waves, "{x}"]), "pt-BR").endswith("; {x}")
    assert said_in(joined([]), "pt-BR") == ""


def test_the_note_is_a_comment_in_both_languages(tmp_path):
    export = written(tmp_path / "export.csv", held_out.importance_es())
    for language in ("en", "pt-BR"):
        cx.exports.draft_study(export, tmp_path / language, language=language)
        text = (tmp_path / language / "study.yml").read_text("utf-8")
        note = text.partition("schema:")[0].splitlines()
        assert len(note) == 2 and all(line.startswith("# ") for line in note)
        assert yaml.safe_load(text)["schema"] == 1
