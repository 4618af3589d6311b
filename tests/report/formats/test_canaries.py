"""Many clients, each with secret words of its own: no output, log, manifest or notebook holds
another client's, a respondent's, or a folder.
"""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest

import cxlab as cx
from cxlab.report.batch.render import render_studies
from cxlab.report.formats import export
from cxlab.show.page import parts
from cxlab.show.page.html import paragraph
from tests.report.conftest import lend, write_template
from tests.report.prepared import executed, write, write_all

CLIENTS = 12
PEOPLE = 60  # so many that ten of each class have written
STUDY = """\
schema: 1
client: "{client}"
title: {{en: "{label}title", pt-BR: "{label}titulo"}}
responses: {{file: answers.csv}}
respondent: id
segments: [plan]
personal_data: [name, email, phone]
scales: {{agree: {{min: 1, max: 7}}}}
touchpoints:
  shop: {{label: {{en: "{label}shop", pt-BR: "{label}loja"}}, expectation: e1, experience: p1}}
  web: {{label: {{en: "{label}web", pt-BR: "{label}rede"}}, expectation: e2, experience: p2}}
outcomes:
  recommend: {{kind: nps, column: nps, label: {{en: "{label}nps", pt-BR: "{label}nps"}}}}
comments: {{why: {{column: why, about: recommend}}}}
report: {{languages: [{languages}], verbatims: 1}}
"""


def code(number: int) -> str:
    """A word of four letters that no other text holds."""
    return "zq" + chr(97 + number // 26) + chr(97 + number % 26)


def words_of(number: int) -> dict[str, str]:
    """The secret words of one client by where they stand."""
    mine = code(number)
    return {
        "client": f"{mine}klient",
        "label": f"{mine}label",
        "comment": f"{mine}coment",
        "id": f"{mine}ident",
        "name": f"{mine}nome",
        "segment": f"{mine}plano",
        "praise": f"{mine}elogi",
    }


def write_client(folder: Path, number: int, languages: str = "pt-BR, en") -> Path:
    words = words_of(number)
    folder.mkdir(parents=True)
    (folder / "study.yml").write_text(STUDY.format(languages=languages, **words), encoding="utf-8")
    rows = ["id,name,email,phone,plan,e1,p1,e2,p2,nps,why"]
    for i in range(PEOPLE):
        # Who wrote how to be reached is never quoted; the others may be, in their own client's
        # report.
        said = (
            f"tudo muito bom {words['praise']} {i}"
            if i % 2
            else (
                f"{words['comment']} ligue 11 9{i:04}-{number:04} ou {words['name']}{i}@example.com"
            )
        )
        rows.append(
            f"{words['id']}{i},{words['name']}{i} Souza,{words['name']}{i}@example.com,11"
            f" 9{i:04}-{number:04},{words['segment']},{i % 7 + 1},{(i + number) % 7 + 1},"
            f"{i * 3 % 7 + 1},{i * 5 % 7 + 1},{(i * 7 + number) % 11},{said}"
        )
    (folder / "answers.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def read_all(folder: Path) -> dict[str, str]:
    """Everything that a reader could find in the files of a folder: text, markup, the parts of
    archives, the words of a PDF, its raw bytes.
    """
    found = {}
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        raw = file.read_bytes()
        texts = [raw.decode("utf-8", errors="ignore")]
        if file.suffix in (".xlsx", ".pptx", ".zip"):
            texts += _inside(raw)
        if file.suffix == ".pdf":
            held = pypdf.PdfReader(file)
            texts += [page.extract_text() for page in held.pages] + [
                str(held.metadata),
                str(held.outline),
            ]
        if file.suffix in (".html", ".ipynb"):
            texts += [
                base64.b64decode(uri).decode()
                for uri in re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", texts[0])
            ]
        found[file.relative_to(folder).as_posix()] = "\n".join(texts)
    return found


def _inside(raw: bytes) -> Iterator[str]:
    """The parts of an archive, and of the workbooks in it."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        for name in archive.namelist():
            part = archive.read(name)
            yield part.decode("utf-8", errors="ignore")
            if name.endswith(".xlsx"):
                yield from _inside(part)


def leaks(text: str, number: int, folders: list[Path], own: bool) -> list[str]:
    """What stands in a text of client `number` (or, own=False, in a text about all) and must
    not.
    """
    found = [
        f"a folder: {folder}"
        for folder in folders
        if re.search(rf"(?<!\w){re.escape(str(folder))}(?!\w)", text)
    ]
    text = text.casefold()
    for other in set(re.findall(r"zq[a-z]{2}(?=klient|label|coment|ident|nome|plano|elogi)", text)):
        if own and other != code(number):
            found.append(f"another client's word: {other}")
    found += [f"personal: {word}" for word in re.findall(r"zq[a-z]{2}(?:nome|ident|coment)", text)]
    found += ["a telephone number"] if re.search(r"11 9\d{4}-\d{4}", text) else []
    found += ["an address"] if "@example.com" in text else []
    return found


# A light report through the whole machinery. Every fifth client's cell fails, and its message names
# a respondent.
READ = """\
import cxlab as cx
import pandas as pd
from pathlib import Path
survey = cx.read_study(study)
page = cx.Page(survey, languages, seed=1)
metrics, gaps, unasked = page(cx.metrics), page(cx.gap_scores), page(cx.kano)
if int(Path(study).name[1:]) % 5 == 4:
    who = pd.read_csv(Path(study) / "answers.csv").iloc[3]  # a study hands no personal column out
    told = f"{who['name']} ({who['email']}, {who['phone']})"
    raise ValueError(f"{told} has no plan; read from {study}")"""
SHOW = """\
said = page.section("gaps", metrics.say(), gaps.say())
listed = gaps.table(["touchpoint", "expectation", "experience", "n"])
heard = page(cx.comments.verbatims, "why", size=2).plot()
print(*cx.mask(survey.responses["why"].iloc[0]).split()[1:])
page.more(page.cover(), said, listed, heard, page.provenance())"""
FACTS = "page.list_entry(metrics, gaps, unasked)"
FAILING = range(4, CLIENTS, 5)


@pytest.fixture(scope="module")
def batch(tmp_path_factory, one_warm_process):
    """Twelve clients by one command, two at a time, in English and Portuguese by turns (those that
    fail, in both): what it wrote, its table and its lines.
    """
    root, lines = tmp_path_factory.mktemp("batch"), []
    studies = [
        write_client(
            root / "studies" / f"c{number}",
            number,
            "pt-BR, en" if number in FAILING else ("en", "pt-BR")[number % 2],
        )
        for number in range(CLIENTS)
    ]
    template = write_template(root / "t.ipynb", READ, SHOW, FACTS)
    table = render_studies(
        studies,
        root / "out",
        jobs=2,
        template=template,
        formats=("html", "xlsx", "zip"),
        progress=lines.append,
    )
    return root, table, lines


def told_by(batch) -> dict[str, tuple[int, str]]:
    """Every file under the reports' folder, the table's rows and the lines of progress: whose it is
    (-1: the batch's) and what it says.
    """
    root, table, lines = batch
    found = {}
    for name, text in read_all(root / "out").items():
        client = re.match(r"c(\d+)/", name)
        found[name] = int(client[1]) if client else -1, text
    for row, line in zip(
        table.to_dict("records"),
        sorted(lines, key=lambda line: int(re.search(r"\bc(\d+) ", line)[1])),
        strict=True,
    ):
        number = int(re.match(r"c(\d+)/", row["file"])[1])
        found[f"row {row['file']}"] = number, json.dumps(row, ensure_ascii=False)
        found[f"line {row['file']}"] = number, line
    return found


def test_many_clients_by_one_command_share_no_word(batch):
    """Protects each client through kernels copied from one process, manifests, journal and list: no
    other client's word, address, number or folder anywhere.
    """
    root, table, _ = batch
    failed = table[table["status"] == "failed"]
    assert (
        len(table) == CLIENTS + len(FAILING)
        and sorted(set(failed["client"]))
        == sorted(words_of(number)["client"] for number in FAILING)
        and len(failed) == 2 * len(FAILING)
    )
    assert (
        failed["problem"].str.startswith("cell 3: ValueError: ").all()
        and failed["problem"].str.contains(" has no plan; read from c").all()
    )
    told = told_by(batch)
    per_client = {
        number: {name for name, (whose, _) in told.items() if whose == number}
        for number in range(CLIENTS)
    }
    # a manifest, and page, workbook, kit, row and line, or rows and lines in two languages
    assert {len(names) for number, names in per_client.items() if number not in FAILING} == {6}
    assert {len(per_client[number]) for number in FAILING} == {5}
    assert {name for name, (whose, _) in told.items() if whose < 0} == {
        "index.html",
        "portfolio.xlsx",
        "journal.jsonl",
        ".cxlab-lock",
    }
    wrong = {}
    for name, (number, text) in told.items():
        assert number < 0 or not name.startswith("c") or code(number) in text, (
            f"{name} does not even hold its own words"
        )
        assert not re.match(r"c\d+/.*\.(html|xlsx)$", name) or words_of(number)["praise"] in text, (
            f"{name} quotes nobody"
        )
        if found := leaks(text, number, [root, Path.home()], own=number >= 0):
            wrong[name] = found
    assert wrong == {}


def test_a_failure_names_no_respondent(batch):
    """Protects the respondent whom an exception's message names: in manifest, journal, list, table
    and on the screen.
    """
    named = {
        name
        for name, (_, text) in told_by(batch).items()
        if re.search(r"zq[a-z]{2}nome|souza", text.casefold())
    }
    assert named == set()


def test_clients_one_after_the_other_in_one_process_share_no_word(tmp_path, monkeypatch):
    """Protects each client from what a process remembers of the one before (fonts, figures, styles,
    slides): every format, all made by one process.
    """
    monkeypatch.setenv(parts.FORMATS, "pptx")
    wrong = {}
    for number in (0, 7):
        study = cx.read_study(write_client(tmp_path / "studies" / f"c{number}", number))
        personal = {
            column: study.personal_values(column) for column in study.codebook.personal_data
        }
        out = tmp_path / "out" / f"c{number}"
        write(out, study, ("en", "pt-BR")[number % 2], export.FORMATS, personal=personal)
        for name, text in read_all(out).items():
            assert code(number) in text, (
                f"{name} of client {number} does not even hold its own words"
            )
            if found := leaks(text, number, [tmp_path, Path.home()], own=True):
                wrong[f"c{number}/{name}"] = found
    assert wrong == {}


def test_the_engine_keeps_two_clients_apart(tmp_path, kept_warm, monkeypatch):
    """Protects the same with the whole report, in every format, made at the same time; no notebook
    is left behind.
    """
    lend(kept_warm, monkeypatch)
    studies = [write_client(tmp_path / "studies" / f"c{number}", number) for number in (17, 59)]
    out = tmp_path / "out"
    table = render_studies(
        studies, out, languages=["pt-BR"], jobs=2, parameters={"n_boot": 50}, formats=export.FORMATS
    )
    assert table["status"].tolist() == ["done"] * 2, table["problem"].tolist()
    wrong = {}
    for name, text in read_all(out).items():
        client = re.match(r"c(\d+)/", name)
        if client:
            assert code(int(client[1])) in text, name
        if found := leaks(
            text, int(client[1]) if client else -1, [tmp_path, Path.home()], own=client is not None
        ):
            wrong[name] = found
    assert wrong == {}
    assert not [
        path
        for path in out.rglob("*")
        if path.suffix == ".ipynb" or path.name.startswith(".cxlab-work")
    ]
    told = json.dumps(table.to_dict("records"))
    assert not leaks(told, -1, [tmp_path], own=False)


def test_a_report_that_would_tell_is_not_written(tmp_path):
    """Protects the respondent where a notebook shows comments raw: the check at the door says how
    many, never whom.
    """
    study = cx.read_study(write_client(tmp_path / "c", 7))
    personal = {column: study.personal_values(column) for column in study.codebook.personal_data}
    comment = study.responses["why"].iloc[0]
    with pytest.raises(cx.CxlabError) as refused:
        write_all(executed(paragraph([comment])), tmp_path, personal=personal)
    assert "e-mail address(es) stand in it" in str(refused.value) and not leaks(
        str(refused.value), 7, [tmp_path], own=True
    )
    masked = cx.mask(comment, personal["name"], "pt-BR")
    assert masked == f"{words_of(7)['comment']} ligue [telefone] ou [e-mail]"
    told = write_all(executed(paragraph([masked])), tmp_path, personal=personal)
    assert told.files == ["report.en.html"]


def test_a_fault_says_no_personal_value(tmp_path):
    """Protects the log: a telephone number typed where a rating was asked is told as such, and
    where it stands.
    """
    folder = write_client(tmp_path / "c", 5)
    answers = folder / "answers.csv"
    answers.write_text(
        answers.read_text(encoding="utf-8").replace(
            f"{words_of(5)['segment']},1,", f"{words_of(5)['segment']},11 98765-0001,", 1
        ),
        encoding="utf-8",
    )
    faults = cx.check_study(folder)
    assert (faults["severity"] == "error").any()
    assert not re.search(r"98765|@example", faults.to_json())
