"""The study of `test_dress` as survey tools write it, header by header: LimeSurvey by its source
(helpers/admin/export, plugins/ExportR, export_helper), the others by real files and their manuals.
"""

from __future__ import annotations

import csv
import functools
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl

from tests.study.exports.test_dress import FRAME, N

POINTS = {
    "1": "Very dissatisfied",
    "2": "Dissatisfied",
    "3": "Neither satisfied nor dissatisfied",
    "4": "Satisfied",
    "5": "Very satisfied",
}
WORDS = POINTS | {"6": "Never used", "9": "Don't know"}
CODES = {"6": "8", "9": "99"}  # as survey authors mostly code them
IN_WORDS = {"labels": POINTS, "not_used": ["Never used"], "no_answer": ["Don't know"]}
IN_CODES = {"not_used": ["8"], "no_answer": ["99"]}
NPS = "How likely is it that you would recommend us to a friend or colleague?"
ASKED, SHOP, APP = "How satisfied are you with each of these?", "The shop", "The app"
WAYS, CITY, SPENT = "How may we reach you?", "Where do you live?", "How much did you spend?"
NUMBERS = [str(i + 1) for i in range(N)]
TICKS = [("E-mail", "Phone", "Post, or fax")[: i % 4] for i in range(N)]
CITIES = {city: str(i) for i, city in enumerate(sorted({*FRAME["city"]}), 1)}
NOTHING = [""] * N
Columns = Sequence[tuple[str, list]]


@dataclass
class Dress:
    """The file of a tool. `at`: what study.yml calls the columns of FRAME and, as `day`, one of
    dates, in the order `order`; `scale`: how it declares the ratings, `how`: how to read the file,
    `more`: its other keys. `beside`: other files of the folder. `drafted`: columns that a draft
    knows for ratings; `partial`: rows that it keeps, and study.yml leaves out.
    """

    tool: str
    file: str
    data: bytes
    at: dict[str, str]
    scale: Mapping = field(default_factory=lambda: IN_WORDS)
    order: str = "ymd"
    how: Mapping = field(default_factory=dict)
    more: Mapping = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)
    drafted: tuple[str, ...] = ("nps", "q1", "q2")
    partial: int = 0

    def write(self, folder: Path) -> Path:
        folder.mkdir()
        (folder / self.file).write_bytes(self.data)
        for name, words in self.beside.items():
            (folder / name).write_text(words, encoding="utf-8-sig")
        return folder / self.file

    def study(self) -> dict[str, Any]:
        at = self.at
        city = {"rename": {at["city"]: "city"}} if at["city"] != "city" else {}
        return {
            "schema": 1,
            "client": "Dress",
            "responses": {"file": self.file, **city, **self.how},
            **({"respondent": at["id"]} if "id" in at else {}),
            "dates": {at["day"]: self.order},
            "wave": {"column": at["day"], "by": "month"},
            "segments": ["city"],
            "scales": {"s5": {"min": 1, "max": 5, **self.scale}},
            "touchpoints": {"shop": {"experience": at["q1"], "expectation": at["q2"]}},
            "outcomes": {
                "rec": {"kind": "nps", "column": at["nps"]},
                "spend": {"kind": "amount", "column": at["spend"]},
            },
            **self.more,
        }


def given(column: str, written: Mapping[str, str] | None = None) -> list[str]:
    """The answers of a column of FRAME as the tool writes them."""
    return [(written or {}).get(cell, cell) for cell in FRAME[column]]


def days(form: str = "") -> list:
    """When each answered: within three days whose number is no month's."""
    hours = (datetime(2026, 2, 13, 10, 5) + timedelta(hours=i) for i in range(N))
    return [hour.strftime(form) if form else hour for hour in hours]


def ticked(choice: str, yes: str, no: str = "") -> list[str]:
    return [yes if choice in ticks else no for ticks in TICKS]


def listed(mark: str, end: str = "") -> list[str]:
    return [mark.join(ticks) + end * bool(ticks) for ticks in TICKS]


def called(**names: str) -> dict[str, str]:
    return names


def rows_of(columns: Columns) -> list[list]:
    heads, cells = zip(*columns, strict=True)
    return [[*heads], *map(list, zip(*cells, strict=True))]


def text(rows: list[list], quote: bool = True, end: str = "\n", separator: str = ",") -> str:
    held = io.StringIO()
    quoting = csv.QUOTE_ALL if quote else csv.QUOTE_MINIMAL
    csv.writer(held, delimiter=separator, quoting=quoting, lineterminator=end).writerows(rows)
    return held.getvalue()


def book(rows: list[list], heads: int = 1, hidden: str = "") -> bytes:
    """A sheet in which numbers are numbers and blanks are empty, perhaps with one nobody sees."""

    def cell(one: Any) -> Any:
        is_number = isinstance(one, str) and one.removeprefix("-").replace(".", "", 1).isdigit()
        return float(one) if is_number else one or None

    made, held = openpyxl.Workbook(), io.BytesIO()
    for number, row in enumerate(rows):
        made.active.append([cell(one) if number >= heads else one for one in row])
    if hidden:
        made.create_sheet(hidden).append(["FormId", "DQSIkWdsW0yxEjajBLZtrQAAAAAAAAAAAA"])
        made[hidden].sheet_state = "veryHidden"
    made.save(held)
    return held.getvalue()


# LimeSurvey: codes or texts in headers, codes or texts in cells, or two files for R or SPSS.
LIME = ["id", "submitdate", "lastpage", "startlanguage", "seed", "startdate", "datestamp"]
LIME += ["G1Q1", "G1Q2[SQ001]", "G1Q2[SQ002]", "G1Q3[SQ001]", "G1Q3[SQ002]"]
LIME += ["G2Q4", "G2Q5", "G2Q6"]
LIME_TEXTS = ["Response ID", "Date submitted", "Last page", "Start language", "Seed"]
LIME_TEXTS += ["Date started", "Date last action", NPS, f"{ASKED} [{SHOP}]", f"{ASKED} [{APP}]"]
LIME_TEXTS += [f"{WAYS} [E-mail]", f"{WAYS} [Phone]", CITY, SPENT, "Why?"]
LIME_CODES = {code: f"AO0{code}" for code in WORDS} | {c: f"AO1{i}" for c, i in CITIES.items()}
FROM_THE_START = [{"column": "submitdate", "from": "2026-01-01"}]


def lime(ratings: Mapping, city: Mapping, yes: str, no: str, day: str = "%Y-%m-%d %X") -> list:
    """The cells of LimeSurvey's columns."""
    moments = days(day)
    why = ["It's fine, 'really'", "", 'So "so", no more'] * (N // 3)
    system = [NUMBERS, moments, ["4"] * N, ["en"] * N, ["1041181964"] * N, moments, moments]
    rated = [given("nps"), given("q1", ratings), given("q2", ratings)]
    ticks = [ticked(tick, yes, no) for tick in ("E-mail", "Phone")]
    return [*system, *rated, *ticks, given("city", city), given("spend"), why]


def lime_csv(heads: list[str], cells: list, half: int = 0, **how: Any) -> bytes:
    rows = rows_of([*zip(heads, cells, strict=True)])
    # Who left off has no date of submission.
    rows += [[str(N + 1), "", "1", "en", "77", *rows[1][5:7], *[""] * 8]] * half
    return ("\ufeff" + text(rows, end="\r\n", **how) + "\r\n").encode()


def lime_at(heads: list[str]) -> dict[str, str]:
    places = called(id=0, day=1, nps=7, q1=8, q2=9, city=12, spend=13)
    return {key: heads[place] for key, place in places.items()}


def limesurvey_codes() -> Dress:
    data = lime_csv(LIME, lime(LIME_CODES, {}, "Y", ""), half=1)
    labels = {code: LIME_CODES[code] for code in POINTS}
    scale = called(labels=labels, not_used=["AO06"], no_answer=["AO09"])
    more = {"include": FROM_THE_START}
    return Dress(
        "limesurvey", "results-survey123.csv", data, lime_at(LIME), scale, more=more, drafted=()
    )


def limesurvey_codes_and_texts() -> Dress:
    heads = [f"{code}. {words}" for code, words in zip(LIME, LIME_TEXTS, strict=True)]
    data = lime_csv(heads, lime(CODES, {}, "Y", "N/A"))
    # A column may be called by its code, its words or both.
    at = lime_at(LIME) | {"nps": NPS, "q1": heads[8]}
    return Dress("limesurvey", "results-survey123.csv", data, at, IN_CODES)


def limesurvey_texts() -> Dress:
    data = lime_csv(LIME_TEXTS, lime(WORDS, {}, "Yes", "N/A"), half=1, separator=";")
    more = {"include": [{"column": "Date submitted", "from": "2026-01-01"}]}
    at = lime_at(LIME_TEXTS)
    return Dress("limesurvey", "results-survey123.csv", data, at, more=more, partial=1)


def limesurvey_texts_xlsx() -> Dress:
    rows = rows_of([*zip(LIME_TEXTS, lime(WORDS, {}, "Yes", "N/A"), strict=True)])
    return Dress("limesurvey", "results-survey123.xlsx", book(rows), lime_at(LIME_TEXTS))


LONG = f"Think of the last year, and of {'all that you had to do with us, ' * 9}then say."
SYNTAX_NAMES = [name.replace("[", "_").rstrip("]") for name in LIME]
SYNTAX_TEXTS = [*LIME[:7], NPS, f"[{SHOP}] {LONG} {ASKED}", f"[{APP}] {LONG} {ASKED}"]
SYNTAX_TEXTS += [f"[E-mail] {WAYS}", f"[Phone] {WAYS}", CITY, SPENT, 'Why? "In short"']


def syntax_labels(written: Mapping[str, str]) -> dict[int, dict[str, str]]:
    """Words of the codes by the place of their column."""
    rated = {written.get(code, code): word for code, word in WORDS.items()}
    ticks, marks = {"1": "Yes", "0": "Not selected"}, {str(i): str(i) for i in range(11)}
    cities = {LIME_CODES[city]: city for city in CITIES}
    return {8: marks, 9: rated, 10: rated, 11: ticks, 12: ticks, 13: cities}


def limesurvey_r() -> Dress:
    def quoted(words: str) -> str:
        return '"' + words.replace('"', '\\"').replace("'", "\\'") + '"'

    lines = ['data <- read.csv("survey_123_R_data_file.csv", na.strings=c("", "\\"\\""))']
    labels = syntax_labels(LIME_CODES)
    for i, (name, words) in enumerate(zip(SYNTAX_NAMES, SYNTAX_TEXTS, strict=True), 1):
        numeric = i in (1, 3, 8, 11, 12, 14)
        lines += [f"# LimeSurvey Field type: {'F' if numeric else 'A'}"]
        lines += [f"data[, {i}] <- as.{'numeric' if numeric else 'character'}(data[, {i}])"]
        lines += [f"attributes(data)$variable.labels[{i}] <- {quoted(words)}"]
        if held := labels.get(i):
            codes = ",".join(held if numeric else map(quoted, held))
            words = ", ".join(map(quoted, held.values()))
            # The author may tell LimeSurvey that a question is ordinal.
            end = ", ordered=TRUE)" if i in (9, 10) else ")"
            lines += [
                f"data[, {i}] <- factor(data[, {i}], levels=c({codes}),labels=c({words}){end}"
            ]
        lines += [f'names(data)[{i}] <- "{name}"']
    data = lime_csv(LIME, lime(LIME_CODES, LIME_CODES, "1", "0"))
    syntax = "survey_123_R_syntax_file.R"
    more = {"recode": {"city": {LIME_CODES[city]: city for city in CITIES}}}
    beside = {syntax: "\n".join(lines) + "\n"}
    return Dress(
        "limesurvey", "survey_123_R_data_file.csv", data, lime_at(LIME), IN_WORDS, "ymd",
        {"questionnaire": syntax}, more, beside,
    )  # fmt: skip


def limesurvey_spss() -> Dress:
    def quoted(cell: str) -> str:
        return "'" + cell.replace("'", "''") + "'" if cell else ""

    labels = syntax_labels(CODES)
    lines = ["SET UNICODE=ON.", "GET DATA", " /TYPE=TXT", " /FILE='survey_123_SPSS_data_file.dat'"]
    lines += [' /DELIMITERS=","', ' /QUALIFIER="\'"', " /FIRSTCASE=1", " /VARIABLES="]
    lines += [f" V{i} A99" for i in range(1, len(LIME) + 1)]
    lines += [".", "CACHE.", "*Define Variable Properties."]
    for i, words in enumerate(SYNTAX_TEXTS, 1):
        words = words.replace('"', '""')
        parts = [words[start : start + 240] for start in range(0, len(words), 240)]
        lines += [f'VARIABLE LABELS V{i} "' + '"+\n"'.join(parts) + '".']
    lines += ["*Define Value labels."]
    for i, held in labels.items():
        marks = (f'"{code}"' if i == 13 else code for code in held)
        pairs = (f' {mark} "{word}"' for mark, word in zip(marks, held.values(), strict=True))
        lines += [f"VALUE LABELS  V{i}", "\n".join(pairs) + "."]
    lines += [f"RENAME VARIABLES ( V{i} = {name} )." for i, name in enumerate(SYNTAX_NAMES, 1)]
    cells = lime(CODES, LIME_CODES, "1", "0", "%d-%m-%Y %X")
    cells[13] = [f"{float(cell):.10f}" if cell else "" for cell in cells[13]]
    rows = (",".join(map(quoted, row)) for row in zip(*cells, strict=True))
    data = "\ufeff" + "".join(f"{row}\n" for row in rows)
    syntax = "survey_123_SPSS_syntax_file.sps"
    more = {"recode": {"city": {LIME_CODES[city]: city for city in CITIES}}}
    beside = {syntax: "\n".join([*lines, "RESTORE LOCALE."]) + "\n"}
    return Dress(
        "limesurvey", "survey_123_SPSS_data_file.dat", data.encode(), lime_at(SYNTAX_NAMES),
        IN_WORDS, "dmy", {"questionnaire": syntax}, more, beside,
    )  # fmt: skip


# What forms ask, in English and in Portuguese.
EN = called(nps=NPS, stem=ASKED, q1=SHOP, q2=APP, ways=WAYS, city=CITY, spend=SPENT)
PT = called(
    nps="Em uma escala de 0 a 10, o quanto você recomendaria a nossa loja a um amigo?",
    stem="Qual é o seu grau de satisfação com cada um?", q1="A loja", q2="O aplicativo",
    ways="Como podemos falar com você?", city="Onde você mora?", spend="Quanto você gastou?",
)  # fmt: skip
POINTS_PT = {
    "1": "Muito insatisfeito", "2": "Insatisfeito", "3": "Nem satisfeito nem insatisfeito",
    "4": "Satisfeito", "5": "Muito satisfeito",
}  # fmt: skip
WORDS_PT = POINTS_PT | {"6": "Nunca usei", "9": "Não sei"}
IN_WORDS_PT = {"labels": POINTS_PT, "not_used": ["Nunca usei"], "no_answer": ["Não sei"]}


def google(asked: Mapping, words: Mapping, when: str, moments: list, mark: str) -> Columns:
    return [
        (when, moments),
        (asked["nps"], given("nps")),
        (f"{asked['stem']} [{asked['q1']}]", given("q1", words)),
        (f"{asked['stem']} [{asked['q2']}]", given("q2", words)),
        (asked["ways"], listed(mark)),
        (asked["city"], given("city")),
        (asked["spend"], given("spend")),
    ]


def google_at(asked: Mapping, when: str) -> dict[str, str]:
    grid = {key: f"{asked['stem']} [{asked[key]}]" for key in ("q1", "q2")}
    return {key: asked[key] for key in ("nps", "city", "spend")} | grid | {"day": when}


def google_forms() -> Dress:
    """Google Forms, "Download responses (.csv)": a zip, every cell quoted, no end of line."""
    columns = google(EN, WORDS, "Timestamp", days("%Y/%m/%d %-I:%M:%S %p GMT-3"), ";")
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("Our shop.csv", text(rows_of(columns)).rstrip("\n"))
    at = google_at(EN, "Timestamp")
    return Dress("google_forms", "Our shop.csv.zip", held.getvalue(), at)


def google_sheet_pt() -> Dress:
    """The sheet that the form fills, as CSV, in Brazil."""
    when, mail = "Carimbo de data/hora", "Endereço de e-mail"
    columns = [*google(PT, WORDS_PT, when, days("%d/%m/%Y %X"), ", ")]
    columns[-1] = PT["spend"], [cell.replace(".", ",") for cell in FRAME["spend"]]
    columns.insert(1, (mail, [f"r{i}@example.com" for i in range(N)]))
    data = text(rows_of(columns), quote=False, end="\r\n").rstrip("\r\n").encode()
    more, how = {"personal_data": [mail]}, {"decimal": ","}
    return Dress(
        "google_forms", "Loja.csv", data, google_at(PT, when), IN_WORDS_PT, "dmy", how, more
    )


def google_sheet_xlsx() -> Dress:
    data = book(rows_of(google(EN, WORDS, "Timestamp", days(), ", ")))
    return Dress("google_forms", "Our shop (Responses).xlsx", data, google_at(EN, "Timestamp"))


def microsoft(asked: Mapping, words: Mapping, heads: Sequence[str]) -> list[tuple[str, list]]:
    """Microsoft Forms: lists end in their mark, blanks that an author left stay in headers."""
    system = [NUMBERS, days(), days(), ["anonymous"] * N, NOTHING]
    return [
        *zip(heads, system, strict=True),
        (asked["nps"], given("nps")),
        (asked["q1"] + "\xa0", given("q1", words)),
        (asked["q2"], given("q2", words)),
        (asked["ways"], listed(";", ";")),
        (asked["city"], given("city")),
        (asked["spend"] + "\n", given("spend")),
    ]


MICROSOFT = ("ID", "Start time", "Completion time", "Email", "Name")
SECRET = "_56F9DC9755BA473782653E2940F9"  # the sheet in which Forms for Excel keeps its id


def microsoft_at(asked: Mapping, heads: Sequence[str]) -> dict[str, str]:
    named = {key: asked[key] for key in ("nps", "q1", "q2", "city", "spend")}
    return named | {"id": heads[0], "day": heads[1]}


def microsoft_forms() -> Dress:
    data = book(rows_of(microsoft(EN, WORDS, MICROSOFT)), hidden=SECRET)
    at = microsoft_at(EN, MICROSOFT)
    return Dress("microsoft_forms", "Our shop(1-60).xlsx", data, at)


def microsoft_forms_quiz() -> Dress:
    """A quiz, of which each question has points and feedback."""
    columns = microsoft(EN, WORDS, MICROSOFT)
    graded = [("Total points", ["0"] * N), ("Quiz feedback", NOTHING)]
    for head, cells in columns[5:]:
        points = (
            ticked("Phone", "1", "0") if head == WAYS else NOTHING
        )  # of opinions there are none
        graded += [(head, cells), (f"Points - {head}", points), (f"Feedback - {head}", NOTHING)]
    data = book(rows_of([*columns[:5], *graded]))
    at = microsoft_at(EN, MICROSOFT)
    return Dress("microsoft_forms", "Our shop(1-60).xlsx", data, at)


def microsoft_forms_pt() -> Dress:
    heads = ("ID", "Hora de início", "Hora de conclusão", "Email", "Nome")
    data = book(rows_of(microsoft(PT, WORDS_PT, heads)))
    at = microsoft_at(PT, heads)
    return Dress("microsoft_forms", "Loja(1-60).xlsx", data, at, IN_WORDS_PT)


def typeform(kind: str) -> Dress:
    """Typeform: each of several choices has a column, "Other" as often as there is one."""
    moments, phone = days("" if kind == "xlsx" else "%Y-%m-%d %X"), "What's your phone number?"
    columns = [
        ("#", [f"{i:032x}" for i in range(7**9, 7**9 + N)]),
        (phone, [f"'+55119{i:08}" for i in range(N)]),
        (NPS, given("nps")),
        ("How satisfied are you with the shop?", given("q1", WORDS)),
        ("How satisfied are you with the app?", given("q2", WORDS)),
        *((way, ticked(way, way)) for way in ("E-mail", "Phone", "Post, or fax")),
        ("Other", NOTHING),
        (CITY, given("city")),
        ("Other", NOTHING),
        (SPENT, given("spend")),
        ("Response Type", ["completed"] * N),
        ("Start Date (UTC)", moments),
        ("Stage Date (UTC)", NOTHING),
        ("Submit Date (UTC)", moments),
        ("Network ID", ["98eebf3737"] * N),
        ("Tags", NOTHING),
        ("Ending", ["Thank you"] * N),
    ]
    rows = rows_of(columns)
    rows += [["f" * 32, "", "3", *[""] * 9, "partial", moments[0], moments[1], "", "9f", "", ""]]
    data = book(rows) if kind == "xlsx" else text(rows, quote=False).encode()
    at = called(id="#", nps=NPS, q1=rows[0][3], q2=rows[0][4], city=CITY, spend=SPENT)
    at |= {"day": "Start Date (UTC)"}
    status = called(column="Response Type", complete=["completed"], partial=["partial"])
    more = {"status": status, "personal_data": [phone]}
    return Dress("typeform", f"responses-AbC-01.{kind}", data, at, more=more)


def alchemer(kind: str) -> Dress:
    """Alchemer, once SurveyGizmo: "item:question", a column a choice, three states."""
    moments = days("" if kind == "xlsx" else "%b %d, %Y %-I:%M:%S %p")
    columns = [
        ("Response ID", NUMBERS),
        ("Time Started", moments),
        ("Date Submitted", moments),
        ("Status", ["Complete"] * N),
        *((head, NOTHING) for head in ("Contact ID", "Legacy Comments", "Comments")),
        ("Language", ["English"] * N),
        ("Referer", ["https://example.com/?a=1"] * N),
        ("SessionID", [f"1770000000_69{i:08}" for i in range(N)]),
        ("User Agent", ["Mozilla/5.0 (X11; Linux x86_64)"] * N),
        ("Tags", NOTHING),
        ("IP Address", [f"10.0.{i}.7" for i in range(N)]),
        ("Longitude", ["-46.6333"] * N),
        ("Latitude", ["-23.5505"] * N),
        ("Country", ["Brazil"] * N),
        (NPS, given("nps")),
        (f"{SHOP}:{ASKED}", given("q1", WORDS)),
        (f"{APP}:{ASKED}\xa0", given("q2", WORDS)),
        *((f"{way}:{WAYS}", ticked(way, way)) for way in ("E-mail", "Phone")),
        (f"Other - Write In:{WAYS}", NOTHING),
        (CITY, given("city")),
        (SPENT, given("spend")),
    ]
    rows = rows_of(columns)
    for number, state in enumerate(("Partial", "Disqualified"), N + 1):
        rows += [[str(number), *rows[1][1:3], state, *rows[1][4:16], "7", *[""] * 7]]
    data = book(rows) if kind == "xlsx" else text(rows).encode()
    at = called(id="Response ID", day="Time Started", nps=NPS, city=CITY, spend=SPENT)
    at |= {"q1": f"{SHOP}:{ASKED}", "q2": f"{APP}:{ASKED}"}
    status = called(column="Status", complete=["Complete"], partial=["Partial"])
    more = {"status": status, "personal_data": ["IP Address"]}
    return Dress("surveygizmo", f"20260213-SurveyExport.{kind}", data, at, more=more)


def redcap(heads: str, cells: str) -> Dress:
    """REDCap: names or labels as headers, codes or labels as answers."""
    in_words = cells == "labels"
    rated, yes, no = (WORDS, "Checked", "Unchecked") if in_words else (CODES, "1", "0")
    done, visit = ("Complete", "Visit 1") if in_words else ("2", "visit_1_arm_1")
    columns = [
        ("record_id", "Record ID", NUMBERS),
        ("redcap_event_name", "Event Name", [visit] * N),
        ("redcap_survey_identifier", "Survey Identifier", NOTHING),
        ("consent_complete", "Complete?", [done] * N),
        ("feedback_timestamp", "Survey Timestamp", days("%Y-%m-%d %X")),
        ("recommend", NPS, given("nps")),
        ("shop_sat", "How satisfied are you with the shop?", given("q1", rated)),
        ("app_sat", "How satisfied are you with the app?", given("q2", rated)),
        ("ways___1", f"{WAYS} (choice=E-mail)", ticked("E-mail", yes, no)),
        ("ways___2", f"{WAYS} (choice=Phone)", ticked("Phone", yes, no)),
        ("city", CITY, given("city")),
        ("spend", SPENT, given("spend")),
        ("feedback_complete", "Complete?", [done] * N),
    ]
    head = {name: label if heads == "labels" else name for name, label, _ in columns}
    rows = rows_of([(head[name], held) for name, _, held in columns])
    places = called(id="record_id", day="feedback_timestamp", nps="recommend", q1="shop_sat")
    places |= called(q2="app_sat", city="city", spend="spend")
    at = {key: head[name] for key, name in places.items()}
    data, scale = text(rows, quote=False).encode(), IN_WORDS if in_words else IN_CODES
    return Dress("redcap", "Shop_DATA_2026-02-13_1005.csv", data, at, scale)


def qualtrics(answers: str, kind: str) -> Dress:
    """Qualtrics: names, texts and ids above the answers, a preview below; TSV is UTF-16."""
    in_words = answers == "texts"
    rated = (WORDS if in_words else CODES) | {"": "-99"}  # seen but unanswered
    groups = ("Detractor", "Passive", "Promoter") if in_words else ("1", "2", "3")
    group = [groups[(score > 6) + (score > 8)] for score in FRAME["nps"].astype(int)]
    cities, moments = {} if in_words else CITIES, days("" if kind == "xlsx" else "%Y-%m-%d %X")
    columns = [
        ("StartDate", "Start Date", moments),
        ("EndDate", "End Date", moments),
        ("Status", "Response Type", ["IP Address" if in_words else "0"] * N),
        ("IPAddress", "IP Address", [f"10.0.{i}.7" for i in range(N)]),
        ("Progress", "Progress", ["100"] * N),
        ("Finished", "Finished", ["True" if in_words else "1"] * N),
        ("RecordedDate", "Recorded Date", moments),
        ("ResponseId", "Response ID", [f"R_{i:015x}" for i in range(N)]),
        ("RecipientEmail", "Recipient Email", NOTHING),
        ("LocationLatitude", "Location Latitude", ["-23.5505"] * N),
        ("UserLanguage", "User Language", ["EN"] * N),
        ("Q1_NPS_GROUP", f"{NPS} - Group", group),
        ("Q1", NPS, given("nps")),
        ("Q2_1", f"{ASKED} - {SHOP}", given("q1", rated)),
        ("Q2_2", f"{ASKED} - {APP}", given("q2", rated)),
        ("Q3_1", f"{WAYS} - E-mail", ticked("E-mail", "E-mail" if in_words else "1")),
        ("Q3_2", f"{WAYS} - Phone", ticked("Phone", "Phone" if in_words else "1")),
        ("Q4", CITY, given("city", cities)),
        ("Q5", f"{SPENT}\n(in reais)", given("spend")),
    ]
    rows = rows_of([(name, held) for name, _, held in columns])
    ids = [f'{{"ImportId":"QID{i}"}}' for i in range(len(columns))]
    rows[1:1] = [[label for _, label, _ in columns], ids]
    preview = "Survey Preview" if in_words else "1"
    rows += [[*rows[3][:2], preview, *rows[3][3:7], "R_preview", *rows[3][8:]]]
    if kind == "xlsx":
        data = book(rows, heads=3)
    elif kind == "tsv":
        data = text(rows, quote=False, separator="\t").encode("utf-16")
    else:
        data = text(rows, quote=False).encode()
    at = called(id="ResponseId", day="StartDate", nps="Q1", q1="Q2_1", q2="Q2_2")
    at |= called(city="Q4", spend="Q5")
    scale = IN_WORDS if in_words else IN_CODES
    more = {"recode": {"city": {code: city for city, code in cities.items()}}} if cities else {}
    return Dress("qualtrics", f"Shop_February 13, 2026.{kind}", data, at, scale, more=more)


def kobo(heads: str, cells: str) -> Dress:
    """KoboToolbox: groups in the headers, choices in one column and in one each."""
    labels = heads == "labels"
    rated, moments = (
        WORDS if labels else CODES,
        days("" if cells == "typed" else "%Y-%m-%dT%X-03:00"),
    )
    columns = [
        ("start", "start", moments),
        ("end", "end", moments),
        ("opinion/recommend", f"Your opinion/{NPS}", given("nps")),
        ("opinion/rate/shop", f"Your opinion/Rate us/{SHOP}", given("q1", rated)),
        ("opinion/rate/app", f"Your opinion/Rate us/{APP}", given("q2", rated)),
        ("you/ways", f"You/{WAYS}", listed(" ")),
        ("you/ways/email", f"You/{WAYS}/E-mail", ticked("E-mail", "1", "0")),
        ("you/ways/phone", f"You/{WAYS}/Phone", ticked("Phone", "1", "0")),
        ("you/city", f"You/{CITY}", given("city")),
        ("you/spend", f"You/{SPENT}", given("spend")),
        ("_id", "_id", [str(9000 + i) for i in range(N)]),
        ("_uuid", "_uuid", [f"6a1{i:05}-1d2c-4f3e-9a8b-0123456789ab" for i in range(N)]),
        ("_submission_time", "_submission_time", days("%Y-%m-%dT%X")),
        ("_validation_status", "_validation_status", NOTHING),
        ("_notes", "_notes", NOTHING),
        ("_status", "_status", ["submitted_via_web"] * N),
        ("_submitted_by", "_submitted_by", NOTHING),
        ("__version__", "__version__", ["vAbC123"] * N),
        ("_tags", "_tags", NOTHING),
        ("_index", "_index", NUMBERS),
    ]
    head = {name: label if labels else name for name, label, _ in columns}
    rows = rows_of([(head[name], held) for name, _, held in columns])
    places = called(id="_id", day="start", nps="opinion/recommend", q1="opinion/rate/shop")
    places |= called(q2="opinion/rate/app", city="you/city", spend="you/spend")
    at = {key: head[name] for key, name in places.items()}
    data = book(rows, heads=1 if cells == "typed" else len(rows))
    return Dress("kobo", "Shop_-_all_versions.xlsx", data, at, IN_WORDS if labels else IN_CODES)


def surveymonkey(answers: str, kind: str) -> Dress:
    """SurveyMonkey, condensed: two header rows, several choices in one column."""
    in_words = answers == "texts"
    # In numbers a choice is its place, so that nothing tells the sixth and seventh from points.
    rated, drafted = (WORDS, ("nps", "q1", "q2")) if in_words else ({"9": "7"}, ("nps",))
    moments = days("" if kind == "xlsx" else "%m/%d/%Y %I:%M:%S %p")
    columns = [
        ("Respondent ID", "", [str(114000000001 + i) for i in range(N)]),
        ("Collector ID", "", ["4095001"] * N),
        ("Start Date", "", moments),
        ("End Date", "", moments),
        ("IP Address", "", [f"10.0.{i}.7" for i in range(N)]),
        *((head, "", NOTHING) for head in ("Email Address", "First Name", "Last Name")),
        ("Custom Data 1", "", NOTHING),
        (NPS, "", given("nps")),
        (ASKED, SHOP, given("q1", rated)),
        ("", APP, given("q2", rated)),
        (WAYS, "Response", listed(", ")),
        (CITY, "Response", given("city")),
        (SPENT, "Open-Ended Response", given("spend")),
    ]
    rows = rows_of([(head, held) for head, _, held in columns])
    rows.insert(1, [below for _, below, _ in columns])
    data = book(rows, heads=2) if kind == "xlsx" else text(rows, quote=False).encode()
    at = called(id="Respondent ID", day="Start Date", nps=NPS, city=CITY, spend=SPENT)
    at |= {"q1": "#11", "q2": f"{ASKED} | {APP}"}
    scale = IN_WORDS if in_words else called(not_used=["6"], no_answer=["7"])
    order, more = "ymd" if kind == "xlsx" else "mdy", {"personal_data": ["IP Address"]}
    return Dress("surveymonkey", f"Shop.{kind}", data, at, scale, order, more=more, drafted=drafted)


def _each(make: Callable, *ways: Sequence[str]) -> dict[str, Callable[[], Dress]]:
    return {f"{make.__name__}_{'_'.join(way)}": functools.partial(make, *way) for way in ways}


ALONE = (
    limesurvey_codes, limesurvey_codes_and_texts, limesurvey_texts, limesurvey_texts_xlsx,
    limesurvey_r, limesurvey_spss, google_forms, google_sheet_pt, google_sheet_xlsx,
    microsoft_forms, microsoft_forms_quiz, microsoft_forms_pt,
)  # fmt: skip
BOTH = [(answers, kind) for answers in ("texts", "numbers") for kind in ("csv", "xlsx")]
DRESSES: dict[str, Callable[[], Dress]] = {
    **{make.__name__: make for make in ALONE},
    **_each(typeform, ["csv"], ["xlsx"]),
    **_each(alchemer, ["csv"], ["xlsx"]),
    **_each(redcap, ["names", "codes"], ["labels", "labels"], ["names", "labels"]),
    **_each(qualtrics, *BOTH, ("texts", "tsv"), ("numbers", "tsv")),
    **_each(kobo, ["names", "typed"], ["labels", "untyped"]),
    **_each(surveymonkey, *BOTH),
}
