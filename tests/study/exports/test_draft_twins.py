"""What is asked twice is a pair by the form of the questions, whatever their words; what only looks
so, such as two brands or one satisfaction before and after a change, is none.
"""

from __future__ import annotations

import pytest

from cxlab.study.exports.draft.draft import guess_columns
from tests.study.exports import draft_counts
from tests.study.exports.held_out import Made

ITEMS = {
    "en": ["Speed of delivery", "Courtesy of staff", "Price", "Ease of returns"],
    "pt": ["Rapidez da entrega", "Cortesia da equipe", "Preço", "Limpeza da loja"],
    "es": ["Rapidez de la entrega", "Amabilidad del personal", "Precio", "Surtido"],
}
CODES = ["speed", "staff", "price", "returns"]
SERVQUAL = [
    "Excellent banks will have modern-looking equipment",
    "Staff at excellent banks will be neat in appearance",
    "Excellent banks will keep their promises on time",
    "Excellent banks will get things right the first time",
]
PERCEIVED = [
    "XYZ Bank has modern-looking equipment",
    "Staff at XYZ Bank are neat in appearance",
    "XYZ Bank keeps its promises on time",
    "XYZ Bank gets things right the first time",
]


def columns(template: str, language: str) -> list[str]:
    return [
        template.format(item=item, low=item[0].lower() + item[1:], code=code, i=i)
        for i, (item, code) in enumerate(zip(ITEMS[language], CODES, strict=True), 1)
    ]


def found(first: list[tuple[str, str]], second: list[tuple[str, str]], turn: bool) -> set:
    """The pairs of a draft; with `turn` the two questions on an item stand beside each other."""
    made = Made("twins", n=60)
    both = [*zip(first, second, strict=True)]
    for name, text in [one for pair in both for one in pair] if turn else first + second:
        made.rated(name, [*range(1, 8)], text=text)
    made.nps("nps")
    return draft_counts.guessed(made.table())["pairs"]


def every(n: int, turn: bool) -> set:
    return {(2 * i + 1, 2 * i + 2) if turn else (i + 1, n + i + 1) for i in range(n)}


@pytest.mark.parametrize("turn", [False, True], ids=["blocks", "beside"])
@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "Before your visit, what did you expect of {low}?", "And how was {low}?"),
        ("en", "How much does {low} matter to you?", "How well do we do on {low}?"),
        ("en", "How critical is {low} when you choose a shop?", "How do you rate us on {low}?"),
        ("en", "How did you think {low} would be?", "How did {low} turn out?"),
        ("en", "An excellent shop would offer {low}", "This shop offers {low}"),
        ("en", "Minimum acceptable: {item}", "Actual service: {item}"),
        ("en", "Part A. What matters to you [{item}]", "Part B. How we did [{item}]"),
        ("en", "What you would want | {item}", "What you got | {item}"),
        ("pt", "Quanto {low} pesa na sua decisão?", "Que nota você dá para {low}?"),
        ("pt", "{item}: o que eu queria", "{item}: o que eu tive"),
        ("pt", "Antes: {item}", "Depois: {item}"),
        ("pt", "{item} | Imp.", "{item} | Sat."),
        ("es", "¿Cómo pensaba que iba a ser {low}?", "¿Cómo resultó {low}?"),
        ("es", "¿Cuánto le importa {low}?", "¿Cómo califica {low}?"),
        ("en", "E{i}", "P{i}"),
        ("en", "imp_{code}", "sat_{code}"),
        ("en", "{code}_want", "{code}_got"),
        ("en", "{code}_pre", "{code}_post"),
        ("en", "servqual_e{i}", "servqual_p{i}"),
        ("en", "grp1/exp_{code}", "grp2/perc_{code}"),
    ],
)
def test_two_questions_on_each_item_are_pairs(language, one, other, turn):
    first, second = ([(name, "") for name in columns(each, language)] for each in (one, other))
    assert found(first, second, turn) == every(4, turn)


def test_both_questions_on_an_item_have_one_scale():
    """Protects pairs of which one side alone was given the lowest point."""
    made = Made("ends", n=60)
    for item in ITEMS["en"]:
        made.rated(f"{item} - should get", [*range(5, 11)])
        made.rated(f"{item} - do get", [*range(11)])
    made.nps("nps")
    found = draft_counts.guessed(made.table())
    assert found["pairs"] == every(4, True)
    assert {points for _, points in found["scales"]} == {"0-10"}


def test_answers_tell_what_a_question_that_is_only_numbered_asks():
    """Protects exports of Microsoft Forms, which number a question that is asked again."""
    much = [f"Esperava {word}" for word in ("muito pouco", "pouco", "bastante", "muito")]
    good = [f"Foi {word}" for word in ("muito mau", "mau", "bom", "muito bom")]
    made = Made("numbered", n=60)
    for number, points in (("", much), ("2", good)):
        for item in ITEMS["pt"]:
            made.rated(f"{item}{number}", points)
    made.nps("nps")
    assert draft_counts.guessed(made.table())["pairs"] == every(4, False)


@pytest.mark.parametrize("turn", [False, True], ids=["blocks", "beside"])
@pytest.mark.parametrize(
    ("language", "least", "desired", "felt"),
    [
        ("en", "Minimum level: {item}", "Desired level: {item}", "Perceived level: {item}"),
        ("pt", "{item} [Mínimo]", "{item} [Ideal]", "{item} [Atual]"),
        ("es", "Nivel mínimo aceptable: {item}", "Nivel deseado: {item}", "Lo recibido: {item}"),
        ("en", "min_{code}", "des_{code}", "perc_{code}"),
        ("en", "M{i}", "D{i}", "P{i}"),
    ],
)
def test_beside_a_desired_level_the_minimum_is_adequate(language, least, desired, felt, turn):
    sides = [columns(each, language) for each in (least, desired, felt)]
    made = Made("three", n=60)
    for name in sum(([*one] for one in (zip(*sides, strict=True) if turn else sides)), []):
        made.rated(name, [*range(1, 10)])
    made.nps("nps")
    held = {}
    for guess in guess_columns(made.table()).of("touchpoints"):
        held.setdefault(guess.value["id"], {})[guess.value["role"]] = guess.column
    roles = ("adequate", "expectation", "experience")
    found = {tuple(one.get(role) for role in roles) for one in held.values()}
    assert found == {*zip(*sides, strict=True)}


@pytest.mark.parametrize(("one", "other"), [("E{}", "P{}"), ("Q7_{}", "Q8_{}"), ("v{}a", "v{}b")])
def test_statements_of_two_wordings_are_pairs_by_their_names(one, other):
    first = [(one.format(i), text) for i, text in enumerate(SERVQUAL, 1)]
    second = [(other.format(i), text) for i, text in enumerate(PERCEIVED, 1)]
    assert found(first, second, False) == every(4, False)


def test_letters_of_names_make_no_pairs_of_what_is_not_alike():
    others = ["Paying by card works", "My orders arrive whole", "Parking is easy", "I shall return"]
    first = [(f"E{i}", text) for i, text in enumerate(SERVQUAL, 1)]
    assert found(first, [(f"P{i}", text) for i, text in enumerate(others, 1)], False) == set()


def test_statements_of_two_wordings_are_pairs_by_their_order():
    texts = [(f"Q{i}", text) for i, text in enumerate(SERVQUAL + PERCEIVED, 1)]
    assert found(texts[:4], texts[4:], False) == every(4, False)


@pytest.mark.parametrize("turn", [False, True], ids=["blocks", "beside"])
@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "How satisfied are you with {low}?", "How often do you use {low}?"),
        ("en", "Satisfaction with Acme: {low}", "Satisfaction with Globex: {low}"),
        ("pt", "Nós - {item}", "Concorrente - {item}"),
        ("en", "Satisfaction with {low} before the move", "Satisfaction with {low} after the move"),
        ("pt", "Antes da obra, como avaliava {low}?", "Hoje, como avalia {low}?"),
        ("es", "Satisfacción con {low} antes del cambio", "Satisfacción con {low} después de él"),
        ("en", "sat_{code}_2024", "sat_{code}_2025"),
        ("en", "sat_pre_{code}", "sat_post_{code}"),
        ("en", "A{i}", "B{i}"),
        ("en", "E{i}", "F{i}"),
        ("en", "Q3_{i}", "Q4_{i}"),
        ("en", "{item} on your previous visit", "{item} on your last visit"),
    ],
)
def test_two_brands_or_waves_are_no_pairs(language, one, other, turn):
    first, second = ([(name, "") for name in columns(each, language)] for each in (one, other))
    assert found(first, second, turn) == set()
