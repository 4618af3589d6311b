"""What stands beside the answers for a report: actions in a table, notes on its sections. Both are
read with the study, and what is wrong in them is said of their own file and row.
"""

from __future__ import annotations

import shutil

import pytest

import cxlab as cx
from cxlab.report.check import check
from cxlab.report.run.fingerprints import study_inputs


@pytest.fixture
def study(root, tmp_path):
    shutil.copytree(root / "data" / "aurora", tmp_path / "aurora")
    return tmp_path / "aurora"


def declare(study, line):
    file = study / "study.yml"
    file.write_text(file.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")


def actions(study, *rows):
    declare(study, "actions: actions.csv")
    head = "touchpoint,what,who,date,due,metric"
    (study / "actions.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")


def note(study, name, text="A note."):
    (study / "notes").mkdir(exist_ok=True)
    (study / "notes" / name).write_text(text, encoding="utf-8")


def faults_of(study, file):
    found = check(str(study)).faults
    return [(one.column, one.rows, str(one.problem)) for one in found if one.file == file]


def test_actions_stand_in_a_table_of_their_own(study):
    actions(study, "network,New antennas,Ana,2026-04-02,2026-09-30,recommend", "care,Call back,,,,")
    first, second = cx.read_study(study).codebook.actions
    assert (first.touchpoint, first.who, str(first.due)) == ("network", "Ana", "2026-09-30")
    assert (second.what, second.who, second.due) == ("Call back", None, None)
    assert "actions.csv" in study_inputs(study)


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("antenna,New,,,,", "touchpoint", "touchpoint 'antenna' is not declared"),
        ("network,New,,,,happiness", "metric", "metric 'happiness' is not declared"),
        ("network,New,,,30/09/2026,", "due", "YYYY-MM-DD"),
        ("network,,,,,", "what", ""),
    ],
)
def test_a_wrong_action_is_named_by_file_row_and_column(study, row, column, words):
    actions(study, "care,Call back,,,,", row)
    found = faults_of(study, "actions.csv")
    assert [one[:2] for one in found] == [(column, (3,))]
    assert words in found[0][2]


def test_notes_are_read_by_section_and_language(study):
    note(study, "gaps.en.md", "Rebuilt in **May**.")
    note(study, "gaps.pt-BR.md", "Refeito em maio.")
    before = study_inputs(study)
    held = cx.read_study(study)
    assert held.codebook.report.notes == {
        "gaps": {"en": "Rebuilt in **May**.", "pt-BR": "Refeito em maio."}
    }
    assert "notes/gaps.en.md" in [*held.provenance()["file"]]
    note(study, "gaps.en.md", "Rebuilt in June.")
    assert study_inputs(study) != before


def test_notes_may_lie_in_another_folder_of_the_study(study):
    (study / "notes").mkdir()
    (study / "notes").rename(study / "words")
    (study / "words" / "gaps.en.md").write_text("Here.", encoding="utf-8")
    text = (study / "study.yml").read_text(encoding="utf-8")
    text = text.replace("  verbatims: 2", "  verbatims: 2\n  notes: words")
    (study / "study.yml").write_text(text, encoding="utf-8")
    assert cx.read_study(study).codebook.report.notes == {"gaps": {"en": "Here."}}
    (study / "words" / "gaps.en.md").unlink()
    assert faults_of(study, "study.yml") == [("report.notes", (), "there is no note in it")]


def test_a_note_outside_the_study_is_not_read(study, tmp_path):
    """Protects whoever is sent a study: a link must not put another file into the report."""
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    (study / "notes").mkdir()
    (study / "notes" / "gaps.en.md").symlink_to(tmp_path / "secret.txt")
    (found,) = [one for one in check(str(study)).faults if one.column == "report.notes"]
    assert "outside" in str(found.problem)


@pytest.mark.parametrize("name", ["gaps.md", "gaps.fr.md", "gaps en.md"])
def test_a_note_with_another_name_is_pointed_out(study, name):
    note(study, name)
    (found,) = faults_of(study, f"notes/{name}")
    assert found[2] == "the name tells no section and language"


@pytest.mark.parametrize("key", ["sections: [gap]", "hide: [gap]", "notes: {gap: {en: A note.}}"])
def test_unknown_sections_are_named_with_those_that_there_are(study, key):
    text = (study / "study.yml").read_text(encoding="utf-8")
    text = text.replace("  verbatims: 2", f"  verbatims: 2\n  {key}")
    (study / "study.yml").write_text(text, encoding="utf-8")
    (found,) = [one for one in check(str(study)).faults if one.column.startswith("report.")]
    assert "there is no section 'gap'" in str(found.problem)
    assert "gaps" in str(found.fix) and "drivers" in str(found.fix)


def test_all_that_is_wrong_with_an_action_is_said_at_once(study):
    """A date that there is not hides neither a wrong touchpoint nor a wrong metric, and no fault
    of an action makes false ones of the answers.
    """
    actions(study, "antenna,New,,,2026-02-30,happiness")
    found = check(str(study)).faults
    errors = {one.column: str(one.problem) for one in found if one.severity == "error"}
    assert set(errors) == {"touchpoint", "metric", "due"}
    assert errors["metric"].startswith("actions, row 1: metric 'happiness'")


def test_a_key_that_stands_twice_is_named_by_the_line_of_the_second(study):
    file = study / "study.yml"
    lines = file.read_text("utf-8").splitlines()
    declare(study, "client: Another")
    (found,) = check(str(study)).faults
    assert found.rows == (len(lines) + 1,) and "'client' stands twice" in found.problem


def test_a_language_in_another_case_is_understood(study):
    file = study / "study.yml"
    file.write_text(file.read_text("utf-8").replace("pt-BR, en", "pt-br, en"), encoding="utf-8")
    assert not check(str(study)).faults
    assert [*cx.read_study(study).codebook.report.languages] == ["pt-BR", "en"]
