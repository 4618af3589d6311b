"""Personal data are known by their header, by whose number they are, and by their form; what is
about a thing, or rated, is none.
"""

from __future__ import annotations

import random

import pytest

from tests.study.exports.held_out import Made
from tests.study.exports.test_draft_columns import guess_of

RANDOM = random.Random(3)
NAMES = [f"{a} {b}" for a in ("Zuleide", "Wanderlei", "Odete", "Yara") for b in ("Teles", "Prado")]


def key_of(header: str, form: str | list[str]) -> str:
    """What a column seems to be whose answers are drawn, or are a form with other digits."""
    made = Made(header, n=40)
    made.ids("rid")
    cells = [
        "".join(RANDOM.choice("123456789") if sign == "0" else sign for sign in form)
        if isinstance(form, str)
        else RANDOM.choice(form)
        for _ in range(40)
    ]
    made.add(header, cells)
    made.nps("nps")
    return guess_of(made.table(), header).key


@pytest.mark.parametrize(
    ("header", "form"),
    [
        ("Nome da mãe", NAMES),
        ("Quer destacar algum colaborador? Quem e por quê?", "A Joana da mesa 00 foi ótima"),
        ("Notas", "Llamar a Luz, 600 000 000, por la tarde"),
        ("devicephonenum", "0000000"),
        ("Vendedor(a)", ["Zuleide", "Wanderlei", "Odete"]),
        ("What is your manager called?", ["Peter Lind", "Jo Carver", "Zed Menon"]),
        ("Who in your purchasing team should we talk to?", ["Mohammed Ali", "Grace Hughes"]),
        ("Was there a team member who helped? Tell us who.", ["Rosa at the bar", "Miguel"]),
        ("q27", [f"{a}{b}a, Xol" for a in "BCDFGHJK" for b in "aeiou"]),
        ("p30", ["GIL, Ana", "LIMA, José"]),
        ("Identificação | C/C", "00000-0"),
        ("CONTACTO_INQUIRIDO", "900000000"),
        ("CEP e número da casa para receber o brinde", "00000-000, nº 00"),
        ("Nº carteira do plano", "000000000000"),
        ("Staff no", "00000"),
        ("Tax file number", "000000000"),
        ("Number plate", "AB00 CDE"),
        ("Unidade consumidora", "0000000000"),
        ("nro_doc", "00000000"),
        ("q18", "9000 0000"),
        ("q20", "Rua das Acácias, 000 ap 00"),
        ("q21", "00/01/1985"),
        ("q22", "https://www.instagram.com/ana000"),
        ("q24", "2001:db8::000"),
        ("q25", "-46.00000"),
        ("q26", "https://kc.example.org/media/000/photo.jpg"),
        ("Recording", "rec_000000.wav"),
        ("device_uuid", "8f14e45f-ceea-467f-a8b1-000000000000"),
        ("Contact notes", "call back on (11) 90000-0000 after lunch, she was cross"),
        ("DT_NASC", "00/01/1985"),
        ("NM_PACIENTE", NAMES),
    ],
)
def test_who_somebody_is_is_known(header, form):
    assert key_of(header, form) == "personal_data"


@pytest.mark.parametrize(
    ("header", "form"),
    [
        ("Nombre de la sucursal", ["San José", "Santa María", "Centro"]),
        ("Hotel", ["Santa Clara", "Maria Antonieta"]),
        ("Brand you remember first", [f"Acme {one}" for one in ("Foods", "Labs", "Group")]),
        ("Bairro", ["Meireles", "Parangaba"]),
        ("Como prefere ser contatado?", ["E-mail", "Telefone", "WhatsApp"]),
        ("Did the agent call you by your name?", ["Yes", "No"]),
        ("WhatsApp", ["1", "2", "3", "4", "5"]),
        ("Driver", ["1", "2", "3", "4", "5"]),
        ("Código do atendente", ["12", "13", "14"]),
        ("Tipo de documento", ["RG", "CNH"]),
        ("Member since", "2010-00"),
        ("Household income", "00000"),
        ("Order value", "000.00"),
        ("Postal region", ["North", "South"]),
    ],
)
def test_what_is_about_a_thing_is_none(header, form):
    assert key_of(header, form) != "personal_data"


def test_codes_of_crew_and_ticks_are_no_persons():
    made = Made("crew", n=40)
    made.add("Entrevistador", [f"E{i % 6:02d}" for i in range(40)])
    made.add("Instagram", ["Instagram" if i % 3 else "" for i in range(40)])
    made.add("Expediente", [*range(5001, 5041)])
    made.nps("nps")
    names = ("Entrevistador", "Instagram", "Expediente")
    assert "personal_data" not in {guess_of(made.table(), name).key for name in names}


def test_numbers_that_rise_by_the_row_are_no_persons():
    made = Made("counter", n=40)
    made.add("COD_ATEND", [*range(500100, 500140)])
    made.nps("nps")
    assert guess_of(made.table(), "COD_ATEND").key != "personal_data"
