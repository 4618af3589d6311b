"""Exports of a dozen kinds in Portuguese, Spanish and English, made up after the rules of the draft
were written, with what is true of their columns (as in truth.yml).
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pandas as pd

from cxlab.study.codebook.schema import Responses
from cxlab.study.exports.table import Column, Table

QUALITY_PT = ["Péssimo", "Ruim", "Regular", "Bom", "Ótimo"]
AGREE_PT = [
    "Discordo totalmente",
    "Discordo parcialmente",
    "Não concordo nem discordo",
    "Concordo parcialmente",
    "Concordo totalmente",
]
SATISFIED_ES = [
    "Muy insatisfecho",
    "Insatisfecho",
    "Ni satisfecho ni insatisfecho",
    "Satisfecho",
    "Muy satisfecho",
]


class Made:
    """An export that grows a column at a time, and its truth."""

    def __init__(self, name: str, tool: str = "", n: int = 120, decimal: str = ".") -> None:
        self.name, self.tool, self.n, self.decimal = name, tool, n, decimal
        self.random = random.Random(name)
        self.columns: list[Column] = []
        self.cells: dict[str, list[str]] = {}
        self.truth: dict = {"rated": {}, "missing": {}}
        self.mood = [self.random.gauss(0, 1) for _ in range(n)]

    def add(self, name: str, cells: list, text: str = "", labels: dict | None = None) -> int:
        place = len(self.columns) + 1
        header = name.split(" | ")[0]
        self.columns.append(Column(name, place, header, text, labels or {}))
        self.cells[name] = [str(cell) for cell in cells]
        return place

    def mark(self, key: str, place: int) -> None:
        self.truth[key] = f"{self.truth.get(key, '')} {place}".strip()

    def personal(self, name: str, cells: list, text: str = "") -> None:
        self.mark("personal", self.add(name, cells, text))

    def answers(self, points: list, missing: dict[str, float]) -> list[str]:
        """Answers that go with how content somebody is; missing ones by their share."""
        given = []
        for mood in self.mood:
            gone = next((one for one, p in missing.items() if self.random.random() < p), None)
            at = 0.62 + 0.22 * (0.8 * mood + 0.6 * self.random.gauss(0, 1))
            place = min(max(int(at * len(points)), 0), len(points) - 1)
            given.append(gone if gone is not None else points[place])
        return given

    def rated(
        self,
        name: str,
        points: list,
        missing: dict[str, tuple[str, float]] | None = None,
        text: str = "",
        labels: dict | None = None,
        points_told: str = "",
        key: str = "",
    ) -> int:
        gone = missing or {}
        cells = self.answers(points, {one: share for one, (_, share) in gone.items()})
        place = self.add(name, cells, text, labels)
        if key:
            self.mark(key, place)
        else:
            told = points_told or f"{points[0]}-{points[-1]}"
            held = self.truth["rated"]
            held[told] = f"{held.get(told, '')} {place}".strip()
        for one, (why, _) in gone.items():
            held = self.truth["missing"].setdefault(one, {})
            held[why] = f"{held.get(why, '')} {place}".strip()
        return place

    def nps(self, name: str, text: str = "", **more) -> int:
        return self.rated(name, [*range(11)], text=text, key="nps", **more)

    def words(self, name: str, points: list[str], missing=None, text: str = "") -> int:
        return self.rated(name, points, missing, text, points_told=f"1-{len(points)}")

    def choice(self, name: str, options: list, text: str = "", labels: dict | None = None) -> None:
        self.add(name, self.random.choices(options, k=self.n), text, labels)

    def comment(self, name: str, text: str = "") -> None:
        bits = [
            "loja",
            "preço",
            "fila",
            "entrega",
            "atendente",
            "demora",
            "ótimo",
            "ruim",
            "caro",
            "rápido",
            "gentil",
        ]
        cells = [
            " ".join(self.random.choices(bits, k=self.random.randint(4, 12))) for _ in self.mood
        ]
        self.add(name, cells, text)

    def ids(self, name: str, start: int = 1, text: str = "") -> None:
        self.add(name, [*range(start, start + self.n)], text)

    def dates(self, name: str, text: str = "") -> None:
        cells = [f"{self.random.randint(1, 28):02}/03/2026 10:{i % 60:02}" for i in range(self.n)]
        self.add(name, cells, text)

    def mails(self) -> list[str]:
        return [f"pessoa{i}@exemplo.com.br" for i in range(self.n)]

    def names(self) -> list[str]:
        first, last = ["Ana", "José", "Luz", "Iker", "Bia"], ["Souza", "Pérez", "Lima", "Gil"]
        return [f"{self.random.choice(first)} {self.random.choice(last)}" for _ in self.mood]

    def phones(self) -> list[str]:
        return [f"(11) 9{self.random.randint(4000, 9999)}-{i + 1000}" for i in range(self.n)]

    def table(self) -> Table:
        frame = pd.DataFrame(self.cells, dtype=object)
        frame.index = range(2, self.n + 2)
        spec = Responses(file=self.name)
        return Table(
            self.name, frame, "", self.decimal, "", spec, "csv", self.tool, tuple(self.columns)
        )


def google_forms_pt() -> Made:
    made = Made("google_pt", "google_forms")
    made.dates("Carimbo de data/hora")
    made.personal("Qual é o seu nome completo?", made.names())
    made.personal("Endereço de e-mail", made.mails())
    made.nps("Em uma escala de 0 a 10, o quanto você indicaria a nossa loja a um amigo?")
    for item in ("Atendimento", "Limpeza", "Tempo de espera", "Preço", "Estacionamento"):
        gone = {"Não utilizei": ("not_used", 0.2)} if item == "Estacionamento" else {}
        made.words(f"Como você avalia os seguintes itens? [{item}]", QUALITY_PT, gone)
    made.choice("Qual a sua faixa etária?", ["18 a 24", "25 a 34", "35 a 44", "45 ou mais"])
    made.choice("Sexo", ["Feminino", "Masculino"])
    made.comment("Deixe aqui seus comentários e sugestões")
    return made


def microsoft_forms_es() -> Made:
    made = Made("microsoft_es", "microsoft_forms")
    made.ids("ID")
    made.dates("Hora de inicio")
    made.dates("Hora de finalización")
    made.personal("Correo electrónico", made.mails())
    made.personal("Nombre", made.names())
    made.nps("¿Qué tan probable es que nos recomiende a un colega?")
    for item in ("la entrega", "la atención", "la facturación"):
        gone = {"No aplica": ("not_used", 0.1)}
        made.words(f"¿Qué tan satisfecho está con {item}?", SATISFIED_ES, gone)
    made.comment("¿Por qué nos dio esa nota?")
    made.choice("¿En qué región vive?", ["Norte", "Sur", "Centro"])
    return made


def surveymonkey_pt() -> Made:
    made = Made("surveymonkey_pt", "surveymonkey")
    made.ids("Respondent ID", 114000000001)
    made.add("Collector ID", [4095001] * made.n)
    made.dates("Start Date")
    made.dates("End Date")
    made.personal("IP Address", [f"187.10.{i % 250}.{i % 199}" for i in range(made.n)])
    made.personal("Email Address", made.mails())
    made.personal("First Name", made.names())
    made.personal("Last Name", made.names())
    made.personal("Custom Data 1", [f"K{i:05}" for i in range(made.n)])
    stem = "Avalie os serviços a seguir, de 1 (péssimo) a 7 (excelente)"
    for item in ("Caixa eletrônico", "Gerente", "Aplicativo", "Central telefônica"):
        gone = {"N/A": ("not_used", 0.15)}
        made.rated(f"{stem} | {item}", [*range(1, 8)], gone, f"{stem} | {item}")
    made.nps("Qual a probabilidade de você recomendar o banco?")
    made.comment("Qual a probabilidade de você recomendar o banco? | Por quê?")
    for tick in ("Crédito", "Investimentos", "Seguros"):
        cells = [made.random.choice([tick, ""]) for _ in range(made.n)]
        made.add(f"Quais produtos você tem? | {tick}", cells)
    return made


def qualtrics_es() -> Made:
    made = Made("qualtrics_es", "qualtrics")
    made.dates("StartDate", "Fecha de inicio")
    made.add("Status", ["IP Address"] * made.n, "Tipo de respuesta")
    made.personal("IPAddress", [f"10.0.{i % 99}.7" for i in range(made.n)], "Dirección IP")
    made.add(
        "Finished", [made.random.choice(["True", "True", "False"]) for _ in made.mood], "Finalizado"
    )
    made.add("ResponseId", [f"R_{i:05}" for i in range(made.n)], "ID de respuesta")
    made.personal("RecipientEmail", [""] * made.n, "Correo electrónico del destinatario")
    made.personal("ExternalReference", [""] * made.n, "Referencia de datos externos")
    made.personal("LocationLatitude", ["19.4326"] * made.n, "Latitud de la ubicación")
    made.personal("LocationLongitude", ["-99.1332"] * made.n, "Longitud de la ubicación")
    made.add("UserLanguage", ["ES"] * made.n, "Idioma del usuario")
    place = made.nps(
        "Q1", "¿Cuál es la probabilidad de que recomiende Nimbus a un amigo o familiar?"
    )
    scores = [int(one) for one in made.cells["Q1"]]
    assert place == 11
    made.add("Q1_NPS_GROUP", [1 if s < 7 else 2 if s < 9 else 3 for s in scores], "¿Cuál…? - Grupo")
    for i, item in enumerate(("Instalación", "Velocidad", "Soporte técnico"), 1):
        gone = {"-99": ("no_answer", 0.05)}
        text = f"Por favor califique los siguientes aspectos: - {item}"
        made.rated(f"Q2_{i}", [1, 2, 3, 4, 5], gone, text)
    made.comment("Q3", "¿Qué podríamos mejorar?")
    made.add(
        "Q_TotalDuration", [made.random.randint(60, 900) for _ in made.mood], "Q_TotalDuration"
    )
    return made


def spss_pt() -> Made:
    made = Made("spss_pt", "spss", 300)
    made.ids("quest", text="Número do questionário")
    labels = {str(i): word for i, word in enumerate(AGREE_PT, 1)}
    labels |= {"8": "Não sabe", "9": "Não respondeu"}
    gone = {"8": ("no_answer", 0.06), "9": ("no_answer", 0.03)}
    for i, text in enumerate(
        ("A empresa é confiável", "O preço é justo", "O site é fácil de usar")
    ):
        made.rated(f"p{i + 5}", [1, 2, 3, 4, 5], gone, text, labels)
    ends = {"0": "Nada provável", "10": "Muito provável", "99": "NS/NR"}
    text = "P9. De 0 a 10, qual a chance de recomendar a empresa?"
    made.nps("p9", text, missing={"99": ("no_answer", 0.04)}, labels=ends)
    made.choice("sexo", [1, 2], "Sexo do entrevistado", {"1": "Masculino", "2": "Feminino"})
    made.choice("faixa", [1, 2, 3], "Faixa etária", {"1": "16 a 24", "2": "25 a 44", "3": "45+"})
    made.choice(
        "regiao",
        [1, 2, 3, 4, 5],
        "Região",
        {"1": "Norte", "2": "Nordeste", "3": "Sul", "4": "Sudeste", "5": "Centro-Oeste"},
    )
    made.add(
        "pond", [f"{made.random.uniform(0.5, 1.6):.4f}" for _ in made.mood], "Fator de ponderação"
    )
    return made


def limesurvey_es() -> Made:
    made = Made("limesurvey_es", "limesurvey")
    made.ids("id", text="ID de respuesta")
    made.add("submitdate", ["2026-03-02 10:00:00"] * made.n, "Fecha de envío")
    made.add("lastpage", [4] * made.n, "Última página")
    made.add("startlanguage", ["es"] * made.n, "Lenguaje inicial")
    for code, item in (("SQ001", "Precio"), ("SQ002", "Calidad"), ("SQ003", "Garantía")):
        text = f"¿Cómo valora usted los siguientes aspectos del producto, de 1 a 10? [{item}]"
        made.rated(f"aspectos[{code}]", [*range(1, 11)], {"N/A": ("not_used", 0.1)}, text)
    made.nps("rec", "¿Recomendaría usted la marca? (0 = nada probable, 10 = muy probable)")
    made.personal("tel", made.phones(), "Su número de teléfono")
    made.comment("otro", "¿Algo más que nos quiera decir?")
    return made


def kobo_pt() -> Made:
    made = Made("kobo_pt", "kobo", 80)
    made.dates("start")
    made.dates("end")
    made.personal("localizacao", [f"-23.5{i:03}1 -46.6{i:03}3 760.2 5.0" for i in range(made.n)])
    made.personal("_localizacao_latitude", [f"-23.5{i:03}1" for i in range(made.n)])
    made.personal("_localizacao_longitude", [f"-46.6{i:03}3" for i in range(made.n)])
    made.personal("nome_do_entrevistado", made.names())
    for item in ("atendimento", "limpeza", "fila"):
        made.rated(f"avaliacao/{item}", [1, 2, 3, 4, 5], {"n/a": ("not_asked", 0.2)})
    made.nps("nps")
    made.ids("_id", 900)
    made.add("_uuid", [f"9f-{i:04}-aa" for i in range(made.n)])
    made.add("_submission_time", ["2026-03-02T10:00:00"] * made.n)
    return made


def typeform_en() -> Made:
    made = Made("typeform_en", "typeform")
    made.add("#", [f"k{i:04}x" for i in range(made.n)])
    made.nps("How likely are you to recommend Acme to a friend or colleague?")
    made.comment("What is the main reason for your score?")
    made.rated("How easy was it to set up your account?", [1, 2, 3, 4, 5])
    made.rated("Overall, how would you rate our support?", [1, 2, 3, 4, 5])
    made.choice("Which plan are you on?", ["Free", "Team", "Enterprise"])
    made.choice("How many people work at your company?", ["1-10", "11-50", "51-200", "200+"])
    made.personal("What is your email address?", made.mails())
    made.dates("Start Date (UTC)")
    made.dates("Submit Date (UTC)")
    made.personal("Network ID", [f"{i:010x}" for i in range(made.n)])
    return made


def servqual_pt() -> Made:
    made = Made("servqual_pt", n=200)
    made.ids("id")
    for i in range(1, 12):
        made.rated(f"E{i}", [*range(1, 8)], {"8": ("not_used", 0.1)})
    for i in range(1, 12):
        made.rated(f"P{i}", [*range(1, 8)], {"8": ("not_used", 0.1 + 0.02 * i)})
    made.rated("satisfacao_geral", [*range(1, 8)])
    made.truth["pairs"] = " ".join(f"{i + 1} {i + 12}" for i in range(1, 12))
    return made


def importance_es() -> Made:
    made = Made("importance_es", n=150)
    made.ids("Folio")
    run = []
    for item in ("Rapidez del servicio", "Amabilidad del personal", "Claridad de la factura"):
        gone = {"99": ("no_answer", 0.05)}
        run.append(made.rated(f"Importancia: {item}", [*range(1, 11)], gone))
        run.append(made.rated(f"Satisfacción: {item}", [*range(1, 11)], gone))
    made.truth["pairs"] = " ".join(map(str, run))
    made.choice("Edad", ["18-29", "30-44", "45-59", "60+"])
    made.choice("Número de hijos", [0, 1, 2, 3, 4])
    made.personal("Celular", made.phones())
    return made


def reversed_pt() -> Made:
    made = Made("reversed_pt", n=100, decimal=",")
    made.ids("Protocolo")
    told = "(1 = concordo totalmente, 5 = discordo totalmente)"
    for item in ("O pedido chegou no prazo", "A embalagem estava intacta"):
        made.rated(f"{item} {told}", [1, 2, 3, 4, 5])
    cpf = ["529.982.247-25", "111.444.777-35", "123.456.789-09"]
    made.personal("Documento", [made.random.choice(cpf) for _ in made.mood])
    made.personal("Whats", made.phones())
    made.nps("Nota de recomendação")
    made.add(
        "Valor gasto", [f"{made.random.uniform(20, 300):.2f}".replace(".", ",") for _ in made.mood]
    )
    made.add("Idade", [made.random.randint(18, 75) for _ in made.mood])
    return made


def surveygizmo_en() -> Made:
    made = Made("surveygizmo_en", "surveygizmo")
    made.ids("Response ID")
    made.dates("Time Started")
    made.dates("Date Submitted")
    made.add("Status", made.random.choices(["Complete", "Partial"], [8, 2], k=made.n))
    made.rated("How likely are you to recommend us? (1-5)", [1, 2, 3, 4, 5])
    points = ["Never", "Rarely", "Sometimes", "Often", "Always"]
    made.mark("open", made.words("How often do you use the mobile app?", points))  # a habit
    words = ["Very difficult", "Difficult", "Neutral", "Easy", "Very easy"]
    gone = {"Don't know": ("no_answer", 0.1)}
    for item in ("Checkout", "Returns", "Search"):
        made.words(f"{item}:How easy or difficult were the following?", words, gone)
    made.choice("Do you have children?", ["Yes", "No"])
    made.comment("Other - Write In:How easy or difficult were the following?")
    return made


def statements_pt() -> Made:
    made = Made("statements_pt", n=140)
    made.ids("codigo")
    for text in (
        "O ambiente é acolhedor",
        "Os funcionários resolvem o que peço",
        "As filas andam depressa",
        "Volto sempre que preciso",
    ):
        made.rated(text, [1, 2, 3, 4, 5])
    made.add("Idade", [made.random.randint(18, 70) for _ in made.mood])
    made.choice("Quantos filhos você tem?", [0, 1, 2, 3])
    made.choice("Escolaridade", ["Fundamental", "Médio", "Superior"])
    made.personal("Data de nascimento", [f"0{1 + i % 9}/05/19{60 + i % 40}" for i in range(made.n)])
    made.personal("CEP", [f"01{i:03}-000" for i in range(made.n)])
    made.nps("Recomendaria o hospital?")
    return made


def waves_es() -> Made:
    made = Made("waves_es", n=160)
    made.ids("id_encuestado")
    made.choice("ola", ["2025", "2026"])
    run = []
    for item in ("tienda", "web", "soporte"):
        run += [
            made.rated(f"exp_{item}", [*range(1, 8)]),
            made.rated(f"perc_{item}", [*range(1, 8)]),
        ]
    made.truth["pairs"] = " ".join(map(str, run))
    made.nps("nps", missing={"99": ("no_answer", 0.05)})
    made.add("factor_expansion", [f"{made.random.uniform(0.4, 2):.3f}" for _ in made.mood])
    made.choice("Sucursal", ["Centro", "Norte", "Este"])
    made.personal("RFC", [f"GOME8001{i:02}ABC" for i in range(made.n)])
    return made


MAKERS = (
    google_forms_pt, microsoft_forms_es, surveymonkey_pt, qualtrics_es, spss_pt, limesurvey_es,
    kobo_pt, typeform_en, servqual_pt, importance_es, reversed_pt, surveygizmo_en, statements_pt,
    waves_es,
)  # fmt: skip


def exports() -> Iterator[tuple[Table, dict]]:
    """Each export with what is true of it."""
    from tests.study.exports.held_out_more import fifth, fourth, second, third

    for made in (*(maker() for maker in MAKERS), *second(), *third(), *fourth(), *fifth()):
        yield made.table(), made.truth
