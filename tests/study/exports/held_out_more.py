"""More exports made up after the rules were written, in a second to a fifth turn: what
each taught is general by now, so that another turn should find less.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.study.exports.held_out import Made


def second() -> Iterator[Made]:
    """The second turn."""
    m = Made("jfce")
    m.ids("Nº")
    m.choice("Sexo", ["F", "M"])
    m.words(
        "Satisfação com o atendimento",
        ["Muito insatisfeito", "Insatisfeito", "Indiferente", "Satisfeito", "Muito satisfeito"],
        {"Não utilizei": ("not_used", 0.1), "NS/NC": ("no_answer", 0.05)},
    )
    m.words("Instalações físicas", ["Muito ruim", "Ruim", "Regular", "Bom", "Muito bom"])
    m.nps("De 0 a 10, o quanto você recomendaria os serviços da Justiça?")
    m.comment("Sugestões")
    m.add("Motivo do contato", m.random.choices(["Dúvida", "Processo", "Outro"], k=m.n))
    yield m
    m = Made("colas", "spss")
    m.ids("ID")
    lab = {
        "1": "Strongly disagree",
        "2": "Somewhat disagree",
        "3": "Neither agree nor disagree",
        "4": "Somewhat agree",
        "5": "Strongly agree",
        "9": "Don't know",
    }
    for i in range(4):
        m.rated(
            f"Q5_{i}", [1, 2, 3, 4, 5], {"9": ("no_answer", 0.08)}, f"Q5: Coke - statement {i}", lab
        )
    m.choice("d2", [1, 2], "Gender", {"1": "Male", "2": "Female"})
    m.choice(
        "d1", [1, 2, 3, 4], "Age", {"1": "18 to 24", "2": "25 to 34", "3": "35-49", "4": "50+"}
    )
    m.choice(
        "q2",
        [1, 2, 3, 4, 5],
        "Which brand do you drink most often",
        {"1": "Coke", "2": "Pepsi", "3": "Diet Coke", "4": "Sprite", "5": "Other"},
    )
    m.choice(
        "q3",
        [1, 2, 3, 4, 5],
        "Preferred cola",
        {"1": "Coke", "2": "Pepsi", "3": "Diet Coke", "4": "Sprite", "5": "Other"},
    )
    yield m
    m = Made("proyecto")
    m.ids("id_encuesta")
    m.personal("nombre_cliente", m.names())
    m.personal("email", m.mails())
    m.choice("edad", [*range(18, 70)])
    m.dates("fecha_encuesta")
    m.rated("satisfaccion_general", [1, 2, 3, 4, 5])
    m.rated("calidad_producto", [1, 2, 3, 4, 5])
    m.rated("atencion_cliente", [1, 2, 3, 4, 5])
    m.nps("probabilidad_recomendacion")
    m.choice("canal_compra", ["Web", "Tienda", "App"])
    m.choice("monto_compra", [*range(10, 900)])
    m.choice("num_compras", [1, 2, 3, 4, 5, 6, 7])
    yield m
    m = Made("so")
    m.ids("ResponseId")
    m.choice("MainBranch", ["I am a developer", "I code sometimes"])
    m.mark("open", m.rated("JobSat", [*range(11)]))
    m.choice("YearsCode", [*range(1, 40)])
    m.choice("Country", ["Brazil", "Spain", "US"])
    m.choice("CompTotal", [*range(1000, 90000, 7)])
    m.choice("JobSatPoints_1", [*range(0, 101, 5)])
    yield m
    m = Made("ces")
    m.ids("Ticket")
    m.rated(
        "A empresa facilitou a resolução do meu problema (1 = discordo muito; 7 = concordo muito)",
        [*range(1, 8)],
    )
    m.words("¿Cuánto le ayudó el agente?", ["Nada", "Poco", "Algo", "Bastante", "Mucho"])
    m.words("How did we do?", ["Below expectations", "Meets expectations", "Exceeds expectations"])
    m.personal("Nome do atendente", m.names())
    m.choice("Fila", ["A", "B"])
    yield m
    m = Made("stars")
    m.ids("Código")
    m.rated(
        "Avaliação geral",
        ["1 estrela", "2 estrelas", "3 estrelas", "4 estrelas", "5 estrelas"],
        points_told="1-5",
    )
    m.rated(
        "Qualidade da comida",
        ["1 - Péssimo", "2 - Ruim", "3 - Regular", "4 - Bom", "5 - Ótimo"],
        {"99 - Não sei": ("no_answer", 0.1)},
        points_told="1-5",
    )
    m.personal("WhatsApp (opcional)", m.phones())
    m.nps("NPS")
    m.choice("Mesa", [*range(1, 30)])
    yield m
    m = Made("gaps", n=150)
    m.ids("id")
    run = []
    for it in ("Pontualidade da entrega", "Cordialidade do entregador", "Preço justo"):
        run.append(m.rated(f"Qual nível você espera? {it}", [*range(1, 8)]))
    m2 = [
        m.rated(f"Qual nível você recebeu? {it}", [*range(1, 8)], {"Não sei": ("no_answer", 0.1)})
        for it in ("Pontualidade da entrega", "Cordialidade do entregador", "Preço justo")
    ]
    m.truth["pairs"] = " ".join((f"{a} {b}" for a, b in zip(run, m2, strict=True)))
    yield m
    m = Made("suffix", n=150)
    m.ids("respid")
    run = []
    for it in ("loja", "site", "entrega"):
        run += [
            m.rated(f"{it}_e", [*range(1, 11)]),
            m.rated(f"{it}_p", [*range(1, 11)], {"99": ("no_answer", 0.05)}),
        ]
    m.truth["pairs"] = " ".join(map(str, run))
    m.nps("nps")
    m.add("peso", [f"{m.random.uniform(0.5, 1.5):.3f}" for _ in m.mood])
    m.choice("onda", ["2025-1", "2025-2"])
    yield m
    m = Made("zeros", n=300)
    m.ids("CASEID")
    for i in range(6):
        m.rated(
            f"Q12_{i + 1}",
            [1, 2, 3, 4, 5],
            {"0": ("no_answer", 0.03 + 0.02 * i)},
            "How satisfied are you with the following? " + "abcdef"[i] * 4,
        )
    m.rated(
        "Q13",
        [*range(1, 11)],
        {"-9": ("no_answer", 0.05), "-1": ("not_used", 0.05)},
        "Overall satisfaction with the service",
    )
    yield m
    m = Made("matrix_imp", n=150)
    m.ids("id")
    a = []
    b = []
    for it in ("Speed", "Courtesy", "Price"):
        a.append(m.rated(f"How important is each of these to you? [{it}]", [1, 2, 3, 4, 5]))
    for it in ("Speed", "Courtesy", "Price"):
        b.append(
            m.rated(
                f"How satisfied are you with each of these? [{it}]",
                [1, 2, 3, 4, 5],
                {"N/A": ("not_used", 0.1)},
            )
        )
    m.truth["pairs"] = " ".join((f"{x} {y}" for x, y in zip(a, b, strict=True)))
    yield m


def third() -> Iterator[Made]:
    """The third turn."""
    m = Made("academia_pt", "google_forms", 90)
    m.dates("Carimbo de data/hora")
    m.personal("Nome:", m.names())
    m.personal("Telefone para contato (com DDD)", m.phones())
    m.choice("Há quanto tempo você é aluno?", ["Menos de 6 meses", "6 a 12 meses", "Mais de 1 ano"])
    for it in ("a limpeza dos vestiários", "os equipamentos", "os professores"):
        m.rated(f"Qual nota você dá para {it}?", [*range(1, 11)])
    m.nps("De 0 a 10, qual a probabilidade de você indicar a academia para um amigo ou familiar?")
    m.words(
        "Você está satisfeito com o preço?",
        ["Nada satisfeito", "Pouco satisfeito", "Satisfeito", "Muito satisfeito"],
    )
    m.comment("O que podemos melhorar?")
    yield m
    m = Made("hospital_es", "limesurvey", 140)
    m.ids("ID de la respuesta")
    m.add("Fecha de envío", ["2026-05-01 10:00:00"] * m.n)
    m.add("Última página", [3] * m.n)
    m.add("Lenguaje inicial", ["es"] * m.n)
    m.add("Semilla", [*range(5000, 5000 + m.n)])
    for it in ("La limpieza", "El trato del médico", "Los tiempos de espera"):
        m.words(
            f"Indique su nivel de acuerdo [{it} fue adecuada]",
            [
                "Totalmente en desacuerdo",
                "En desacuerdo",
                "Ni de acuerdo ni en desacuerdo",
                "De acuerdo",
                "Totalmente de acuerdo",
            ],
            {"No sabe / No contesta": ("no_answer", 0.06)},
        )
    m.rated(
        "En general, ¿cómo calificaría la atención recibida? (1 = muy mala, 5 = muy buena)",
        [1, 2, 3, 4, 5],
    )
    m.choice("Sexo", ["Mujer", "Hombre"])
    m.choice("Edad", [*range(18, 90)])
    m.personal("DNI", [f"{i + 10000000}X" for i in range(m.n)])
    m.add("Tiempo total", [m.random.uniform(50, 900) for _ in m.mood])
    yield m
    m = Made("telecom_pt", "spss", 400)
    m.ids("ENTREV")
    lab = {str(i): str(i) for i in range(1, 10)}
    lab |= {"0": "0 - Nada provável", "10": "10 - Extremamente provável"}
    m.nps("P1", "P1. Recomendaria a operadora?", labels=lab)
    l2 = {
        "1": "Péssimo",
        "2": "Ruim",
        "3": "Regular",
        "4": "Bom",
        "5": "Ótimo",
        "6": "Não utilizou",
        "9": "NS/NR",
    }
    for i, t in enumerate(("Sinal", "Loja", "Fatura", "Call center")):
        m.rated(
            f"P2_{i + 1}",
            [1, 2, 3, 4, 5],
            {"6": ("not_used", 0.1 + 0.05 * i), "9": ("no_answer", 0.03)},
            f"P2. Avaliação - {t}",
            l2,
        )
    m.rated(
        "P3",
        [1, 2, 3, 4, 5, 6, 7],
        {"8": ("no_answer", 0.05)},
        "P3. Satisfação geral",
        {"1": "Totalmente insatisfeito", "7": "Totalmente satisfeito", "8": "Não sabe"},
    )
    m.choice(
        "UF",
        [11, 12, 13, 35, 33],
        "Estado",
        {"11": "RO", "12": "AC", "13": "AM", "35": "SP", "33": "RJ"},
    )
    m.choice("P4", [1, 2], "P4. Teve problema?", {"1": "Sim", "2": "Não"})
    m.choice(
        "P5",
        [1, 2, 3, 4, 5, 6],
        "P5. Qual o principal canal?",
        {"1": "Loja", "2": "App", "3": "Site", "4": "Telefone", "5": "WhatsApp", "6": "Outro"},
    )
    m.add("PESO", [f"{m.random.uniform(0.4, 1.7):.3f}" for _ in m.mood], "Peso")
    yield m
    m = Made("bank_en", "qualtrics", 150)
    m.dates("StartDate", "Start Date")
    m.dates("EndDate", "End Date")
    m.add("Status", ["IP Address"] * m.n, "Response Type")
    m.add("Progress", [100] * m.n, "Progress")
    m.add(
        "Duration (in seconds)",
        [m.random.randint(60, 999) for _ in m.mood],
        "Duration (in seconds)",
    )
    m.add("ResponseId", [f"R_{i}" for i in range(m.n)], "Response ID")
    m.personal("RecipientLastName", [""] * m.n, "Recipient Last Name")
    m.personal("LocationLatitude", ["1.1"] * m.n, "Location Latitude")
    m.add("DistributionChannel", ["anonymous"] * m.n, "Distribution Channel")
    for i, t in enumerate(("Branch staff", "Mobile app", "ATM")):
        m.words(
            f"Q5_{i + 1}",
            [
                "Extremely dissatisfied",
                "Somewhat dissatisfied",
                "Neither satisfied nor dissatisfied",
                "Somewhat satisfied",
                "Extremely satisfied",
            ],
            {"Have not used": ("not_used", 0.15)},
            f"How satisfied are you with each of the following? - {t}",
        )
    m.nps(
        "Q7",
        "On a scale from 0-10, how likely are you to recommend Acme Bank to a friend or colleague?",
    )
    m.comment("Q8", "Please tell us why you gave that score.")
    m.choice("Q9", ["Under 25", "25-44", "45-64", "65+"], "How old are you?")
    m.words(
        "Q10",
        [
            "Very difficult",
            "Somewhat difficult",
            "Neither easy nor difficult",
            "Somewhat easy",
            "Very easy",
        ],
        None,
        "Overall, how easy was it to open your account?",
    )
    m.personal("Q11", m.mails(), "If you would like to be contacted, please leave your email")
    yield m
    m = Made("shop_ms", "microsoft_forms", 100)
    m.ids("ID")
    m.dates("Start time")
    m.dates("Completion time")
    m.personal("Email", ["anonymous"] * m.n)
    m.personal("Name", [""] * m.n)
    m.rated("How would you rate the speed of delivery?", [1, 2, 3, 4, 5])
    m.rated("Product quality", [1, 2, 3, 4, 5])
    m.nps("How likely are you to recommend us to a friend or colleague?")
    m.choice("Would you buy again?", ["Yes", "No", "Maybe"])
    m.comment("Anything else?")
    yield m
    m = Made("b2b_pt", n=130)
    m.ids("cod_resposta")
    m.add("Empresa", [f"Cliente {i % 26}" for i in range(m.n)])
    m.personal("Nome do contato", m.names())
    m.personal("CNPJ", ["11.222.333/0001-81"] * m.n)
    m.choice("Cargo", ["Diretor", "Gerente", "Analista"])
    run = []
    for it in ("prazo", "qualidade", "suporte"):
        run += [
            m.rated(f"imp_{it}", [*range(1, 11)]),
            m.rated(f"sat_{it}", [*range(1, 11)], {"99": ("no_answer", 0.04)}),
        ]
    m.truth["pairs"] = " ".join(map(str, run))
    m.nps("nota_nps")
    m.add("faturamento", [m.random.randint(1000, 90000) for _ in m.mood])
    yield m
    m = Made("kobo_es", "kobo", 80)
    m.dates("start")
    m.dates("end")
    m.add("deviceid", [f"ee.{i}" for i in range(m.n)])
    m.truth["open"] = "3"
    m.rated("servicio/claridad", [1, 2, 3, 4, 5], {"n/a": ("not_asked", 0.1)})
    m.rated("servicio/amabilidad", [1, 2, 3, 4, 5], {"n/a": ("not_asked", 0.1)})
    m.words("atencion", ["Muy mala", "Mala", "Regular", "Buena", "Muy buena"])
    m.choice("municipio", ["A", "B", "C"])
    m.personal("telefono", m.phones())
    m.personal("_gps_latitude", ["1.2222"] * m.n)
    m.add("_id", [*range(m.n)])
    m.add("_submission_time", ["2026-01-01T10:00:00"] * m.n)
    yield m
    m = Made("grid_sm", "surveymonkey", 110)
    m.ids("Respondent ID", 11400)
    m.add("Collector ID", [4] * m.n)
    m.dates("Start Date")
    m.personal("IP Address", [f"8.8.{i % 99}.1" for i in range(m.n)])
    st = "How important are the following?"
    a = []
    b = []
    for it in ("Price", "Range", "Opening hours"):
        a.append(
            m.words(
                f"{st} | {it}",
                [
                    "Not at all important",
                    "Slightly important",
                    "Moderately important",
                    "Very important",
                    "Extremely important",
                ],
            )
        )
    st = "How well do we do on the following?"
    for it in ("Price", "Range", "Opening hours"):
        b.append(
            m.words(
                f"{st} | {it}",
                ["Very poor", "Poor", "Fair", "Good", "Very good"],
                {"Don't know": ("no_answer", 0.08)},
            )
        )
    m.truth["pairs"] = " ".join((f"{x} {y}" for x, y in zip(a, b, strict=True)))
    m.add("Gender", m.random.choices(["Female", "Male"], k=m.n))
    yield m


def fourth() -> Iterator[Made]:
    """The fourth turn."""
    m = Made("energia_pt", "", 160)
    m.ids("Nº do protocolo")
    m.dates("Data da pesquisa")
    m.personal("Titular", m.names())
    m.truth["open"] = "3"
    m.truth.pop("personal")
    for it in ("Fornecimento de energia", "Atendimento telefônico", "Conta de luz"):
        m.rated(
            f"{it} - nota de 1 a 5",
            [1, 2, 3, 4, 5],
            {"NA": ("not_used", 0.1), "NS": ("no_answer", 0.05)},
        )
    m.rated(
        "ISG - Satisfação geral com a distribuidora", [*range(1, 11)], {"99": ("no_answer", 0.03)}
    )
    m.choice("Classe de consumo", ["Residencial", "Comercial", "Rural"])
    m.personal("Endereço do imóvel", [f"Rua {i}" for i in range(m.n)])
    yield m
    m = Made("hotel_es", "surveymonkey", 120)
    m.ids("Respondent ID", 900)
    m.dates("Start Date")
    m.personal("Email Address", m.mails())
    st = "Valore los siguientes servicios del hotel"
    for it in ("Recepción", "Habitación", "Desayuno", "Spa"):
        m.words(
            f"{st} | {it}",
            ["Muy malo", "Malo", "Regular", "Bueno", "Muy bueno"],
            {"No utilicé": ("not_used", 0.15)},
        )
    m.nps("¿Con qué probabilidad recomendaría nuestro hotel?")
    m.comment("¿Con qué probabilidad recomendaría nuestro hotel? | ¿Por qué?")
    m.choice("Motivo del viaje", ["Ocio", "Negocios", "Otro (especifique)"])
    m.words(
        "¿Cumplió el hotel sus expectativas?",
        ["Por debajo de lo esperado", "Como esperaba", "Por encima de lo esperado"],
    )
    yield m
    m = Made("nurse_en", "spss", 220)
    m.ids("caseid")
    labels = {
        "1": "Strongly agree",
        "2": "Agree",
        "3": "Neither",
        "4": "Disagree",
        "5": "Strongly disagree",
        "6": "Not applicable",
        "99": "Missing",
    }
    for i in range(4):
        m.rated(
            f"staff_{i}",
            [1, 2, 3, 4, 5],
            {"6": ("not_used", 0.08), "99": ("no_answer", 0.03)},
            f"Staff item {i}: nurses listened",
            labels,
        )
    l3 = {
        "1": "Very poor",
        "2": "Poor",
        "3": "Fair",
        "4": "Good",
        "5": "Very good",
        "8": "DK",
        "9": "Refused",
    }
    m.rated(
        "overall",
        [1, 2, 3, 4, 5],
        {"8": ("no_answer", 0.04), "9": ("no_answer", 0.02)},
        "Overall rating of care",
        l3,
    )
    m.choice("ward", [1, 2, 3, 4], "Ward", {"1": "A", "2": "B", "3": "C", "4": "D"})
    m.choice("agegrp", [1, 2, 3], "Age group", {"1": "<40", "2": "40-64", "3": "65+"})
    m.choice("los", [*range(1, 20)], "Length of stay (nights)")
    m.add("wgt", [f"{m.random.uniform(0.6, 1.5):.4f}" for _ in m.mood], "Weight")
    yield m
    m = Made("app_en", "typeform", 90)
    m.add("#", [f"q{i}z" for i in range(m.n)])
    m.personal("First, what's your name?", m.names())
    m.rated("How would you rate {{hidden:app}} overall?", [1, 2, 3, 4, 5])
    m.nps("How likely is it that you would recommend us?")
    m.words("How often do you use it?", ["Never", "Rarely", "Sometimes", "Often", "Always"])
    m.truth["open"] = "5"
    m.add("Other", [""] * m.n)
    m.choice("I use it on", ["iOS", "Android", "Web"])
    m.dates("Submit Date (UTC)")
    m.personal("Network ID", [f"{i}abc" for i in range(m.n)])
    yield m
    m = Made("edu_pt", "microsoft_forms", 100)
    m.ids("ID")
    m.dates("Hora de início")
    m.dates("Hora de conclusão")
    m.personal("Email", m.mails())
    m.personal("Nome", m.names())
    for it in (
        "O curso atendeu às minhas expectativas",
        "O professor domina o conteúdo",
        "O material é adequado",
    ):
        m.words(
            it, ["Discordo totalmente", "Discordo", "Neutro", "Concordo", "Concordo totalmente"]
        )
    m.nps("Qual a probabilidade de você recomendar o curso a um colega?")
    m.rated("Dê uma nota geral para o curso", [1, 2, 3, 4, 5])
    m.choice("Turno", ["Manhã", "Tarde", "Noite"])
    m.comment("Deixe um comentário")
    yield m
    m = Made("delighted_en", "", 80)
    m.personal("Name", m.names())
    m.personal("Email", m.mails())
    m.nps("Score")
    m.comment("Comment")
    m.dates("Responded At")
    m.choice("Property: Plan", ["free", "pro"])
    yield m
    m = Made("seguros_es", n=150)
    m.ids("ID_ENCUESTA")
    run = []
    for it in ("Rapidez", "Claridad", "Cobertura"):
        run.append(m.rated(f"Expectativa - {it}", [1, 2, 3, 4, 5]))
    run2 = [
        m.rated(f"Percepción - {it}", [1, 2, 3, 4, 5], {"9": ("no_answer", 0.05)})
        for it in ("Rapidez", "Claridad", "Cobertura")
    ]
    m.truth["pairs"] = " ".join((f"{a} {b}" for a, b in zip(run, run2, strict=True)))
    m.rated("Esfuerzo para resolver su siniestro (1 = muy difícil, 7 = muy fácil)", [*range(1, 8)])
    m.personal("Número de póliza", [f"P{i}" for i in range(m.n)])
    m.truth["open"] = "9"
    m.personal("Cédula", [f"{i + 1000000}" for i in range(m.n)])
    yield m


def fifth() -> Iterator[Made]:
    """The fifth turn."""
    m = Made("gov_pt", "", 200)
    m.ids("Código da manifestação")
    m.choice("Região", ["Norte", "Sul", "Sudeste"])
    m.choice("Gênero", ["F", "M"])
    m.choice("Tempo de resposta", [*range(1, 40)])
    m.rated("Nota do consumidor", [1, 2, 3, 4, 5])
    m.choice("Grupo problema", ["Cobrança", "Entrega", "Qualidade"])
    m.personal("Nome da consumidora", m.names())
    yield m
    m = Made("sav_es", "spss", 250)
    m.ids("folio", text="Folio")
    lab = {
        "1": "Muy insatisfecho",
        "2": "Insatisfecho",
        "3": "Ni uno ni otro",
        "4": "Satisfecho",
        "5": "Muy satisfecho",
        "98": "NS",
        "99": "NC",
    }
    for i, t in enumerate(("Trato", "Limpieza", "Horario")):
        m.rated(
            f"p{i + 10}",
            [1, 2, 3, 4, 5],
            {"98": ("no_answer", 0.03), "99": ("no_answer", 0.02)},
            f"P10.{i + 1} Satisfacción con: {t}",
            lab,
        )
    m.nps(
        "p20",
        "P20. ¿Recomendaría el servicio? Escala de 0 a 10",
        missing={"98": ("no_answer", 0.02)},
    )
    m.choice("sexo", [1, 2], "Sexo", {"1": "Hombre", "2": "Mujer"})
    m.choice(
        "edo",
        [1, 2, 3, 4, 5],
        "Estado",
        {"1": "CDMX", "2": "Jalisco", "3": "NL", "4": "Puebla", "5": "Yucatán"},
    )
    m.add("ponderador", [f"{m.random.uniform(0.5, 1.6):.4f}" for _ in m.mood], "Ponderador")
    m.personal("tel", ["Tel"] * m.n, "Teléfono del entrevistado")
    yield m
    m = Made("quali_pt", "qualtrics", 100)
    m.dates("StartDate", "Data de início")
    m.add("Status", ["Endereço IP"] * m.n, "Tipo de resposta")
    m.add("Finished", [m.random.choice(["Verdadeiro", "Falso"]) for _ in m.mood], "Concluído")
    m.add("ResponseId", [f"R_{i}" for i in range(m.n)], "ID da resposta")
    m.personal("IPAddress", [f"1.2.3.{i}" for i in range(m.n)], "Endereço IP")
    m.personal("RecipientFirstName", [""] * m.n, "Nome do destinatário")
    for i, t in enumerate(("Caixa", "App", "Gerente")):
        m.words(
            f"QID12_{i + 1}",
            [
                "Extremamente insatisfeito",
                "Um pouco insatisfeito",
                "Nem satisfeito nem insatisfeito",
                "Um pouco satisfeito",
                "Extremamente satisfeito",
            ],
            {"Não se aplica": ("not_used", 0.1)},
            f"Qual o seu nível de satisfação com os itens abaixo? - {t}",
        )
    m.nps("QID13", "Em uma escala de 0-10, qual a probabilidade de recomendar o Banco X?")
    m.add(
        "QID13_NPS_GROUP",
        [m.random.choice(["Promotor", "Neutro", "Detrator"]) for _ in m.mood],
        "QID13 - Grupo",
    )
    m.comment("QID14_TEXT", "Por que você deu essa nota?")
    yield m
    m = Made("retail_en", "surveymonkey", 130)
    m.ids("Respondent ID", 8800)
    m.dates("Start Date")
    m.dates("End Date")
    m.words(
        "Overall, how satisfied or dissatisfied are you with our company?",
        [
            "Very dissatisfied",
            "Somewhat dissatisfied",
            "Neither satisfied nor dissatisfied",
            "Somewhat satisfied",
            "Very satisfied",
        ],
    )
    m.words(
        "How well do our products meet your needs?",
        ["Not at all well", "Not so well", "Somewhat well", "Very well", "Extremely well"],
    )
    m.words(
        "How would you rate the value for money of the product?",
        ["Below average", "Average", "Above average"],
    )
    m.words(
        "How responsive have we been to your questions?",
        [
            "Not at all responsive",
            "Not so responsive",
            "Somewhat responsive",
            "Very responsive",
            "Extremely responsive",
        ],
        {"Not applicable": ("not_used", 0.1)},
    )
    m.words(
        "How likely are you to purchase any of our products again?",
        [
            "Not at all likely",
            "Not so likely",
            "Somewhat likely",
            "Very likely",
            "Extremely likely",
        ],
    )
    m.choice(
        "How long have you been a customer of our company?",
        ["Less than six months", "Six months to a year", "1 - 2 years", "3 or more years"],
    )
    m.nps("How likely is it that you would recommend this company to a friend or colleague?")
    m.comment("Do you have any other comments, questions, or concerns?")
    yield m
    m = Made("odk_pt", "kobo", 90)
    m.dates("start")
    m.dates("end")
    m.personal("A.1 Nome do responsável", m.names())
    m.rated("B.1 O quanto está satisfeito com a água?", [1, 2, 3, 4, 5])
    m.rated(
        "B.2 O quanto está satisfeito com o esgoto?", [1, 2, 3, 4, 5], {"n/a": ("not_asked", 0.2)}
    )
    m.choice("C.1 Quantas pessoas moram na casa?", [*range(1, 9)])
    m.choice("C.2 Renda familiar", ["Até 1 SM", "1 a 3 SM", "Mais de 3 SM"])
    m.personal("_Localização GPS_latitude", [f"-3.1{i}7" for i in range(m.n)])
    m.add("_uuid", [f"u{i}" for i in range(m.n)])
    m.add("_index", [*range(m.n)])
    yield m
    m = Made("servperf_es", n=180)
    m.ids("n")
    for i in range(1, 9):
        m.rated(f"IT{i}", [*range(1, 6)], {"6": ("not_used", 0.04 * i)})
    for x in ("LEAL1", "LEAL2", "LEAL3"):
        m.rated(x, [*range(1, 6)])
    m.choice("EDAD", [1, 2, 3, 4, 5])
    m.choice("SEXO", [1, 2])
    m.choice("OCUP", [1, 2, 3, 4, 5])
    yield m
