"""A fault is told in the reader's language, whole: place, rows, value, problem and what to do."""

from __future__ import annotations

import pickle

import pytest

from cxlab.errors import Fault, ReportError, as_it_stands, odd_points, said
from cxlab.show.words.faults import counted, fault_words

FAULT = Fault(
    said("one weight is {share:.0%} of the sum of {n} weights, which count as"
         " {effective:.1f} equal ones (Kish)", share=0.34, n=1200, effective=8.35),
    "a.csv", "w", (5, 6, 7, 8, 9, 10), "50", "keep one row of each respondent", "warning", 3,
)  # fmt: skip


def test_a_fault_in_both_languages():
    english, portuguese = (fault_words(FAULT, one) for one in ("en", "pt-BR"))
    assert english.line() == (
        "a.csv, column 'w' (position 3), rows 5, 6, 7, 8, 9 … (6 rows): one weight is 34% of the"
        " sum of 1200 weights, which count as 8.3 equal ones (Kish): '50'"
    )
    assert portuguese.line() == (
        "a.csv, coluna 'w' (posição 3), linhas 5, 6, 7, 8, 9 … (6 linhas): um único peso é 34% da"
        " soma de 1200 pesos, que equivalem a 8,3 pesos iguais (Kish): '50'"
    )
    assert portuguese.fix == "deixe uma linha por respondente" and portuguese.severity == "aviso"


def test_a_sentence_inside_a_sentence_is_said_too():
    fault = Fault(said("this is {what}, not a file of answers", what=said("a PDF")), "a.csv")
    assert fault_words(fault, "pt-BR").problem == "isto é um PDF, não um arquivo de respostas"
    assert str(fault) == "a.csv: this is a PDF, not a file of answers"


def test_a_key_and_one_row():
    fault = Fault(
        "no such key", "study.yml", "wavez", (3,), fix=said("did you mean {name!r}?", name="wave")
    )
    assert fault_words(fault, "pt-BR").line() == (
        "study.yml, chave 'wavez', linha 3: esta chave não existe"
    )
    assert fault_words(fault, "pt-BR").fix == "seria 'wave'?"


def test_what_the_catalogue_does_not_know_stays_as_it_is():
    fault = Fault("a library's own reason", fix="")
    assert fault_words(fault, "pt-BR").line() == "a library's own reason"


def test_an_unknown_language_is_refused():
    with pytest.raises(ReportError):
        fault_words(FAULT, "fr")


def test_counts_in_words():
    assert counted([], "en") == "0 errors, 0 warnings"
    faults = [FAULT, Fault("no such key")]
    assert counted(faults, "pt-BR") == "1 erro, 1 aviso"


@pytest.mark.parametrize(
    ("value", "shown", "points"),
    [
        ("5\u00a0", r"'5\u00a0'", ["U+00A0 NO-BREAK SPACE"]),
        ("a\u200bb", r"'a\u200bb'", ["U+200B ZERO WIDTH SPACE"]),
        ("pre\u00admium", r"'pre\u00admium'", ["U+00AD SOFT HYPHEN"]),
        ("\uff15", r"'\uff15'", ["U+FF15 FULLWIDTH DIGIT FIVE"]),
        ("\u04101", "'\u04101'", ["U+0410 CYRILLIC CAPITAL LETTER A"]),
        ("Pl\u0430n", "'Pl\u0430n'", ["U+0430 CYRILLIC SMALL LETTER A"]),
    ],
)
def test_odd_code_points_are_named(value, shown, points):
    assert (as_it_stands(value), odd_points(value)) == (shown, points)
    assert str(Fault("x", value=value)) == f"x: {shown} (holds {points[0]})"
    words = fault_words(Fault("x", value=value), "pt-BR")
    assert words.value == f"{shown} (contém {points[0]})"


@pytest.mark.parametrize("value", ["São Paulo", "5", "Москва", "東京", "a\tb", "“sim”", "Αθήνα 2"])
def test_ordinary_words_are_not(value):
    assert odd_points(value) == [] and as_it_stands(value) == repr(value)


def test_a_fault_goes_through_a_pickle():
    assert fault_words(pickle.loads(pickle.dumps(FAULT)), "pt-BR") == fault_words(FAULT, "pt-BR")
