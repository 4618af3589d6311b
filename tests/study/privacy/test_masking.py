"""Personal data in comments, as Brazilians and others write it; and what looks like it and must
stay.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from cxlab.languages import LANGUAGES
from cxlab.study.privacy import masking
from cxlab.study.privacy.masking import Names, is_card, is_cnpj, is_cpf, mask

NAMES = ["Maria da Silva", "José Antônio de Souza", "Rosa Leite", "D'Ávila Nogueira", "Li", "Zé"]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("escreva para ana.souza+sac@mail.example.com.br.", "escreva para [e-mail]."),
        ("joao (arroba) exemplo.com", "[e-mail]"),
        ("ANA@EXAMPLE.ORG ou ana＠example.org", "[e-mail] ou [e-mail]"),
        ("liguem (11) 98765-4321", "liguem [telefone]"),
        ("+55 11 98765-4321", "[telefone]"),
        ("5511987654321 e 11987654321", "[telefone] e [telefone]"),
        ("fixo 3456-7890 ou (21)3456-7890", "fixo [telefone] ou [telefone]"),
        ("98765 4321", "[telefone]"),
        ("whats: 11 9 8765 4321", "whats: [telefone]"),
        ("041 3456-7890", "[telefone]"),
        ("0800 123 4567", "[telefone]"),
        ("call +1 415 555 2671 or +44 20 7946 0958", "call [telefone] or [telefone]"),
        ("11\u00a098765\u20114321", "[telefone]"),
        ("(１１) ９８７６５-４３２１", "[telefone]"),
        ("9\u200b8765-4321", "[telefone]"),
        ("CPF 529.982.247-25", "CPF [CPF]"),
        ("cpf52998224725", "cpf52998224725"),
        ("cpf: 52998224725, certo?", "cpf: [CPF], certo?"),
        ("529 982 247 25", "[CPF]"),
        ("CPF errado 529.982.247-26", "CPF errado [CPF]"),
        ("CNPJ 11.222.333/0001-81", "CNPJ [CNPJ]"),
        ("11222333000181", "[CNPJ]"),
        ("novo CNPJ 12.ABC.345/01DE-35", "novo CNPJ [CNPJ]"),
        ("cartão 4111 1111 1111 1111", "cartão [cartão]"),
        ("5500-0000-0000-0004, 378282246310005", "[cartão], [cartão]"),
        ("falei com Maria da Silva", "falei com [nome]"),
        ("falei com a maria", "falei com a [nome]"),
        ("MARIA  SILVA e JOSE antonio DE SOUZA", "[nome] e [nome]"),
        ("o Leite atendeu bem", "o [nome] atendeu bem"),
        ("d’ávila nogueira", "[nome]"),
        ("Souza, Zé e Li", "[nome], Zé e Li"),
    ],
)
def test_personal_data_is_masked(said, shown):
    """Protects the respondent who wrote it."""
    assert mask(said, NAMES, "pt-BR") == shown


@pytest.mark.parametrize(
    "said",
    [
        "nota 10, 99,9% de 2019-2020",
        "em 2026-03-28, 28/03/2026 e 20260328",
        "R$ 1.234,56 ou R$ 12345678,90",
        "1.234.567.890 pessoas",
        "0.123456789012",
        "comprei leite e a rocha de campos",
        "das 08:00 às 18:00",
        "protocolo de 12/03/2026, 10 dias",
        "voo LA 3302, quarto 1204, senha P047",
        "código de barras 7891234567895",
        "de 4,5 (4,0 a 5,0) com n = 1234",
        "marianas e josefinas",
        "a@b",
        "versão 3.11.7",
        "silva e souza são sobrenomes",
    ],
)
def test_what_is_no_personal_data_stays(said):
    """Protects the comment: dates, amounts, a card number that is none, words that are surnames
    too.
    """
    assert mask(said, NAMES, "pt-BR") == said


def test_words_are_in_the_language_of_the_report():
    assert mask("Maria Silva, 11 98765-4321, 4111111111111111", NAMES) == "[name], [phone], [card]"


def test_check_digits():
    """Against published examples: Receita Federal's alphanumeric CNPJ, test cards of the
    networks.
    """
    assert (
        is_cnpj("12.ABC.345/01DE-35")
        and not is_cnpj("12.ABC.345/01DE-36")
        and not is_cnpj("00.000.000/0000-00")
    )
    assert is_cpf("11144477735") and not is_cpf("11144477734") and not is_cpf("00000000000")
    assert all(
        map(is_card, ["4242424242424242", "6011111111111117", "30569309025904"])
    ) and not is_card("0000000000000000")


def _with_digits(bare: str, weights: list[int]) -> str:
    for start in (1, 0):
        total = sum(int(d) * w for d, w in zip(bare, weights[start:], strict=True))
        bare += str(0 if total % 11 < 2 else 11 - total % 11)
    return bare


@given(st.integers(0, 10**9 - 1))
def test_every_cpf_is_found(number):
    """A second way to compute the digits (11 − remainder) agrees, and a wrong check digit is always
    seen.
    """
    cpf = _with_digits(f"{number:09}", [11, 10, 9, 8, 7, 6, 5, 4, 3, 2])
    alike = len(set(cpf)) == 1
    assert is_cpf(cpf) != alike
    place = 9 + number % 2
    wrong = cpf[:place] + str((int(cpf[place]) + 1 + number % 8) % 10) + cpf[place + 1 :]
    assert wrong == cpf or not is_cpf(wrong)


@settings(max_examples=40)
@given(st.text(max_size=60))
def test_any_text_is_survived_and_masking_twice_changes_nothing(said):
    once = mask(said, NAMES)
    assert mask(once, NAMES) == once


def test_twenty_thousand_names_are_prepared_once(monkeypatch):
    """Protects a large study: a comment is looked up word by word, not name by name."""
    draw = random.Random(1)
    letters = "abcdefghij"
    names = Names(
        " ".join("".join(draw.choices(letters, k=7)).title() for _ in range(3))
        for _ in range(20_000)
    )
    said, looked_up = "O atendimento foi bom mas demorou muito.", []
    bare = masking._bare
    monkeypatch.setattr(masking, "_bare", lambda word: looked_up.append(word) or bare(word))
    assert mask(said, names) == said and len(looked_up) == len(said.split())


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (
            "Falei com a Dona Márcia de Azevedo e ela resolveu.",
            "Falei com a [nome] e ela resolveu.",
        ),
        ("O Sr. Lima-Souza atendeu", "O [nome] atendeu"),
        ("a dona da loja e o senhor gerente", "a dona da loja e o senhor gerente"),
    ],
)
def test_a_name_after_a_title_is_a_name(text, masked):
    assert mask(text, language="pt-BR") == masked


# What stands in the place of personal data.
MASKS = re.compile("|".join(map(re.escape, LANGUAGES["en"]["masks"].values())))


def judged(file: str) -> tuple[float, float]:
    """Of made-up comments, in which what is personal stands between « and »: the share of it of
    which no word is left, and the share of comments in which anything else is masked.
    """
    text = (Path(__file__).parent / file).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    names = Names(["Ana Souza", "Carlos Lima"])
    found, wrong = [], []
    for line in lines:
        personal = re.findall("«(.*?)»", line)
        masked = mask(re.sub("[«»]", "", line), names)
        left, around = (
            Counter(re.findall(r"\w+", one))
            for one in (MASKS.sub(" ", masked), re.sub("«.*?»", " ", line))
        )
        for one in personal:
            words = [word for word in re.findall(r"\w+", one) if len(word) > 2 or word.isdigit()]
            found.append(all(left[word] <= around[word] for word in words))
        wrong.append(len(MASKS.findall(masked)) > len(personal))
    return sum(found) / len(found), sum(wrong) / len(wrong)


TUNED = ["tuned", "tuned_later", "tuned_third", "tuned_fourth", "tuned_fifth", "tuned_sixth"]


@pytest.mark.parametrize("file", TUNED)
def test_what_is_personal_in_tuned_comments_is_found(file):
    """Protects who wrote them: at least 97 % of what is personal is masked, and in at most 2 % of
    the comments anything else.
    """
    found, wrong = judged(f"comments_{file}.txt")
    assert found >= 0.97 and wrong <= 0.02


def test_what_was_found_at_first_sight_is_told():
    """Protects whoever relies on it: the docstring's 85 % is of comments that nothing had been
    tuned on; they have been mended after since, so that today's figure says less.
    """
    found, wrong = judged("comments_last.txt")
    assert found >= 0.96 and wrong <= 0.02
    assert "78, 91 and 85 % at first sight" in mask.__doc__ and "2.5 %" in mask.__doc__


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("ana at gmail dot com", "[e-mail]"),
        ("look at amazon.com", "look at amazon.com"),
        (
            "nasci em 12/03/1985, comprei em 12/03/2025",
            "nasci em [date of birth], comprei em 12/03/2025",
        ),
        ("placa ABC1D23 na Rua Bela, 12", "placa [number plate] na [address]"),
        ("CPF 529 982 247 - 25", "CPF [CPF]"),
        ("segue @ana.s", "segue [handle]"),
        ("protocolo 987654321", "protocolo [personal number]"),
        ("CEP 01310-100, 4111 1111 1111 1112", "CEP [address], [card]"),
        ("a senha é Gato#88, o pin 4471", "a senha é [password], o pin [password]"),
        ("FALEI COM A JULIANA, NACI EL 3/4/61", "FALEI COM A [name], NACI EL [date of birth]"),
        ("o técnico Wilmer Paz sumiu; Wilmer mentiu", "o técnico [name] sumiu; [name] mentiu"),
        ("ip 2804:14c::1, mac 9C:2E:A1:47:0B:D3", "ip [personal number], mac [personal number]"),
    ],
)
def test_forms_that_only_words_around_them_tell(said, shown):
    assert mask(said) == shown


# Long texts of the same few words, in which a form may begin anywhere and ends nowhere.
LONG = """
import itertools, resource
resource.setrlimit(resource.RLIMIT_CPU, (120, 120))
from cxlab.study.privacy.masking import mask
units = ["Rosa Leite ", "ana e ", "Ana, ", "12 ", "a b ", "x", "rua ", "no, ", "falei com Ana "]
units += ["um dois ", "a_b.c", "9"]
for first, second in itertools.combinations_with_replacement(units, 2):
    mask(((first + second) * 1000)[:1000])
"""


def test_long_texts_of_few_words_end():
    """Protects a report of a survey with one pasted text: a form that tries every division of a
    long text takes hours. All of these take a few CPU seconds, and have 120.
    """
    assert subprocess.run([sys.executable, "-c", LONG], check=False).returncode == 0
