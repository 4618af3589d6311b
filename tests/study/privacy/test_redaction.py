"""What is taken out of a message that stays on the disk, and what stays in it because it tells the
cause.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import cxlab as cx
from cxlab import errors
from cxlab.report.run import processes
from cxlab.study.privacy.redaction import MOST_READ, Redaction

STUDY = """\
schema: 1
client: Sample
responses: {file: r.csv, rename: {Q1: shop_1}}
scales: {agree: {min: 1, max: 7, labels: {7: Strongly agree}, no_answer: [Prefiro não dizer]}}
touchpoints: {shop: shop_1}
outcomes: {recommend: {kind: nps, column: nps}}
segments: [region]
personal_data: [name, badge]
report: {min_cell: 3}
"""
ROWS = [
    "Rosa Leite,7741,5,9,Grande Norte,very good,sim",
    "D'Ávila Nogueira,7742,Strongly agree,9,Grande Norte,very good,sim",
    "Not informed,7743,Prefiro não dizer,9,Grande Norte,very good,sim",
    ",,Joaquina,12345678,Ilha Pequena,a wife of mine,sim",
]


def study(folder: Path, rows=ROWS, header: str = "name,badge,Q1,nps,region,free,one") -> Path:
    (folder / "study.yml").write_text(STUDY, encoding="utf-8")
    (folder / "r.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("no entry for Rosa Leite", "no entry for [name]"),
        ("leite, ROSA: no entry", "[name], [name]: no entry"),
        ('KeyError: "D\'Ávila Nogueira"', 'KeyError: "[name]"'),
        (r"b'Rosa' and u'D\u2019\u00c1vila'", "'[name]' and '[name]'"),
        (r"b'D\'\xc3\x81vila Nogueira'", "[name]"),
        ("row of 7741", "row of [answer]"),
        ("strange: joaquina, 12345678", "strange: [answer], [answer]"),
        ("A  wife\nof mine", "[answer]"),
        ("level Ilha Pequena", "level [answer]"),
        ("tel. 11 98765-4321", "tel. [phone]"),
    ],
)
def test_what_a_respondent_answered_goes(tmp_path, said, kept):
    """Protects respondents: names word by word in any writing and quotation, ids, and what stands
    where a number was asked.
    """
    got = Redaction(study(tmp_path)).mask(said)
    assert kept in got and not {"rosa", "leite", "vila", "nogueira"} & set(
        got.casefold().replace("'", " ").split()
    )


@pytest.mark.parametrize(
    "said",
    [
        "column shop_1: not a number and not a declared code",
        "no label for 'Strongly agree'",
        "'Prefiro não dizer' is no code",
        "level Grande Norte has 3 respondents",
        "77 rows, 774 columns in 2026",
        "very good of 4 rows",
        "sim or no",
    ],
)
def test_what_tells_the_cause_stays(tmp_path, said):
    """Protects the message: the codebook's own words, what many have said, and a sentence that
    begins as `Not informed` does.
    """
    assert Redaction(study(tmp_path)).mask(said) == said


def test_half_an_answer_at_the_end_of_a_long_message_goes(tmp_path):
    """Protects a respondent whose name was cut in two, where one half is no longer known as a
    name.
    """
    masked = Redaction(study(tmp_path)).mask("Rosa Leite " * 2 * MOST_READ)
    assert masked.rstrip("…") in "[name]" and len(masked) < 20


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        (ROWS, "Rosa Leite,7741,5,9,Grande Norte,very good,sim"),
        (ROWS, "nome,badge,Q1,nps,region,free,one"),
        ([*ROWS, "Rosa Leite,1"], "name,badge,Q1,nps,region,free,one"),
    ],
)
def test_without_the_study_there_is_no_redaction(tmp_path, rows, header):
    """Protects from a message that looks masked, where the columns that hold the names were not
    found.
    """
    with pytest.raises(cx.StudyError):
        Redaction(study(tmp_path, rows, header))


def test_a_refusal_shows_the_value_on_the_screen_only(tmp_path, monkeypatch):
    """Protects respondents in a report's files; the analyst's own screen shows what stands there,
    or the file could not be mended.
    """
    folder = study(tmp_path)
    with pytest.raises(
        cx.StudyError,
        match=(
            "(?s)row 5: not a number and not a declared code: 'Joaquina' → correct it.*: '12345678'"
        ),
    ):
        cx.read_study(folder)
    assert processes.TOKEN == errors.REPORTING
    monkeypatch.setenv(errors.REPORTING, "x")
    with pytest.raises(
        cx.StudyError, match=r"^2 faults in this study \(cxlab check shows the values\):"
    ) as refused:
        cx.read_study(folder)
    assert "row 5: not a number and not a declared code → correct it" in str(refused.value)
    assert "Joaquina" not in str(refused.value) and "12345678" not in str(refused.value)
    assert "Joaquina" in set(cx.check_study(folder)["value"])
    assert (
        str(errors.Fault("outside the scale", "r.csv", value="99"))
        == "r.csv: outside the scale: '99'"
    )
    assert (
        str(errors.Fault("no such encoding", "study.yml", value="utf-9"))
        == "study.yml: no such encoding: 'utf-9'"
    )
