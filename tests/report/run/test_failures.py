"""What a failure leaves on the disk: its cause and what to do, and nothing that a respondent
answered.

A cell that fails quotes what it failed on, and its message goes to the manifest, the journal and
the list of clients.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata

import pytest

from cxlab.__main__ import main
from cxlab.report.batch.render import Limits, render_studies
from cxlab.report.run import processes
from tests.report.conftest import SECTION, write_study, write_template

pytestmark = pytest.mark.usefixtures("one_warm_process")
STUDY = """\
schema: 1
client: {client}
responses: {{file: answers.csv}}
scales: {{agree: {{min: 1, max: 7, labels: {{1: Strongly disagree, 7: Strongly agree}}}}}}
touchpoints: {{shop: q1, web: q2}}
outcomes: {{recommend: {{kind: nps, column: nps}}}}
segments: [region]
comments: {{why: {{column: said}}}}
personal_data: [name, phone, badge]
include: [{{column: kept, in: ["1"]}}]
"""
HEADER = "id,name,phone,badge,q1,q2,nps,region,said,shop_manager,kept"
ROWS = [
    "0,Maria Quintana,11 98765-4321,KX-2207,5,4,9,Sul,A fila dobrava a esquina,Otávio Bragança,1",
    "1,José Antônio Sertório,21 91234-5678,KX-2208,3,4,6,Sul,,Otávio Bragança,1",
    *[f"{i},,,,{i % 7 + 1},{i * 3 % 7 + 1},{i % 11},Norte,,,1" for i in range(2, 14)],
    "14,Zulmira Fontoura,31 99876-1234,KX-2209,4,4,8,Sul,,,0",
]
# A row whose cells slid one to the right: a name that no personal column holds stands where a
# rating was asked.
SLID = "15,x,Maria Quintana,11 98765-4321,Joaquina Tavares,4,4,9,Sul,,1"
SECRETS = (
    "quintana",
    "maria",
    "sertorio",
    "antonio",
    "jose",
    "zulmira",
    "fontoura",
    "joaquina",
    "tavares",
    "braganca",
    "otavio",
    "98765",
    "91234",
    "99876",
    "kx-22",
    "2207",
    "fila",
    "esquina",
)

# Each client's notebook fails, or says something, in a way of its own.
BEHAVE = """\
import json, os, signal, sys, time, warnings
from pathlib import Path
import pandas as pd
import cxlab as cx
who = Path(study).name
text = f"report for {who}"
file = Path(study, "answers.csv")
if who == "headless":
    raise ValueError(f"cannot parse {file.read_text().splitlines()[0]}")
if who == "ragged":
    raise ValueError(f"cannot parse {file.read_text().splitlines()[-1]}")
if who in ("shifted", "headless-read"):
    cx.read_study(study)
if who == "caught":
    try:
        cx.read_study(study)
    except cx.StudyError as error:
        raise RuntimeError(f"sorry: {error}")
raw = pd.read_csv(file, dtype=str)
if who == "parses":
    pd.to_numeric(raw["q1"])
if who == "names":
    raise ValueError(f"cannot parse {raw['name'][0]}")
if who == "surnames":
    raise ValueError("cannot parse " + raw["name"][0].split()[-1].lower())
if who == "quotes":
    raise ValueError(json.dumps(raw.iloc[1].to_dict()))
if who == "bytes":
    raise ValueError(repr(raw["name"][1].encode()))
if who == "left-out":
    raise KeyError(raw["name"].iloc[-1])
if who == "badges":
    raise KeyError(raw["badge"][0])
if who == "phones":
    raise KeyError(raw["phone"][0].replace("-", ""))
if who == "comments":
    raise ValueError("no sentiment of:\\n  " + raw["said"][0])
if who == "managers":
    raise ValueError("no such manager: " + raw["shop_manager"][0])
if who == "long":
    raise ValueError("odd rows: " + "Maria Quintana, 1 of 7, " * 2000)
if who == "shouts":
    os.write(2, f"Traceback: {raw['name'][0]}\\n".encode())
    while raw["name"][0] not in Path("stderr.txt").read_text():
        time.sleep(0.05)  # the kernel hands it on by a thread
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(600)
if who == "warns":
    first, second = raw["name"][0].split()[:2]
    warnings.warn(f"odd answer of {first}, badge no. {second}")"""
PAGE = "class Page:\n    def _repr_html_(self):\n        return f'<p>{text}</p>'\nPage()"
WITHHELD = "(cxlab check shows the values)"
TOLD = {
    "headless": "no such column (declared by personal_data)",
    "ragged": "rows with 12 cells under a header of 11",
    "shifted": (
        f"1 fault in this study {WITHHELD}: 1. answers.csv, column 'q1', row 17: not a number and"
        " not a declared code → correct it"
    ),
    "headless-read": "no such column (declared by ",
    "caught": "row 17: not a number and not a declared code → correct it",
    "parses": "Unable to parse string '[answer]' at position 15",
    "names": "cell 3: ValueError: cannot parse [name]; ",
    "surnames": "cell 3: ValueError: cannot parse [name]; ",
    "quotes": '"nps": "6", "region": "Sul"',
    "bytes": "ValueError: '[name]'; ",
    "left-out": "KeyError: '[name]'; ",
    "badges": "KeyError: '[answer]'; ",
    "phones": "KeyError: '[phone]'; ",
    "comments": "ValueError: no sentiment of: [answer]; ",
    "managers": "ValueError: no such manager: [answer]; ",
    "long": (
        "; run the notebook in Jupyter with this study, mend that cell, and run again with --resume"
    ),
    "shouts": "was killed by signal 9: Traceback: [name]; run again with --resume",
}
GOOD = ("warns", "silent")


def rows_of(who: str) -> list[str]:
    if who in ("shifted", "parses", "caught"):
        return [HEADER, *ROWS, SLID]
    if who.startswith("headless"):
        return ROWS
    return [HEADER, *ROWS, SLID + ",1"] if who == "ragged" else [HEADER, *ROWS]


def folded(text: str) -> str:
    text = html.unescape(text)
    for _ in range(2):
        text = (
            text.replace("\\\\", "\\").encode("ascii", "backslashreplace").decode("unicode_escape")
        )
    return "".join(
        c for c in unicodedata.normalize("NFKD", text).casefold() if not unicodedata.combining(c)
    )


@pytest.fixture(scope="module")
def batch(tmp_path_factory, page, one_warm_process):
    root = tmp_path_factory.mktemp("failures")
    for who in [*TOLD, *GOOD]:
        (root / who).mkdir()
        (root / who / "study.yml").write_text(
            STUDY.format(client=f"Client {who}"), encoding="utf-8"
        )
        (root / who / "answers.csv").write_text("\n".join(rows_of(who)) + "\n", encoding="utf-8")
    template = write_template(root / "t.ipynb", BEHAVE, PAGE)
    table = render_studies(
        [root / who for who in [*TOLD, *GOOD]], root / "out", template=template, page=page
    )
    return root / "out", table.assign(who=[*TOLD, *GOOD]).set_index("who")


@pytest.mark.parametrize(
    "who",
    [
        pytest.param(
            who,
            marks=pytest.mark.skipif(
                who == "shouts" and not processes.LINUX, reason="ends its maker"
            ),
        )
        for who in TOLD
    ],
)
def test_a_failure_tells_its_cause_without_the_answers(batch, who):
    """Protects respondents from the message of a cell that failed on them, and the consultant from
    a message that tells nothing.
    """
    row = batch[1].loc[who]
    assert row["status"] == "failed"
    assert TOLD[who] in row["problem"], row["problem"]
    assert [secret for secret in SECRETS if secret in folded(row["problem"])] == []
    assert len(row["problem"]) <= 400 and "; " in row["problem"] or "→ " in row["problem"]


def test_no_file_of_the_batch_names_a_respondent(batch):
    """Protects respondents in what stays: manifests, journal, list; also where a report was made
    and only a warning named them.
    """
    out, table = batch
    assert table.loc[list(GOOD), "status"].tolist() == ["done", "done"]
    files = [path for path in out.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"manifest.json", "journal.jsonl", "index.html"}
    found = {
        (path.relative_to(out).as_posix(), secret)
        for path in files
        for secret in SECRETS
        # A fingerprint may hold any four digits.
        if secret in re.sub(r"\b[0-9a-f]{16,}\b", "", folded(path.read_text(encoding="utf-8")))
    }
    assert found == set()
    warnings = json.loads((out / "warns" / "manifest.json").read_text(encoding="utf-8"))[
        "languages"
    ]["en"]["report"]["warnings"]
    assert any("odd answer of [name], badge no. [name]" in line for line in warnings), warnings


def damaged(folder, key: str, value: str):
    study = write_study(folder)
    keys = study / "study.yml"
    lines = [one for one in keys.read_text(encoding="utf-8").splitlines() if f"{key}:" not in one]
    keys.write_text("\n".join([*lines, f"{key}: {value}"]) + "\n", encoding="utf-8")
    return study


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("report", "{outcome: [a, b]}", "report.outcome"),
        ("title", "[a, b]", "title"),
        ("report", "5", "report"),
        ("responses", "{file: [a]}", "responses.file"),
    ],
)
def test_a_study_that_cannot_be_read_is_named_with_its_fault(tmp_path, page, key, value, said):
    """Protects the consultant from "TypeError": the key that is wrong is told, in the plan or where
    a message is masked.
    """
    study, template = damaged(tmp_path / "one", key, value), tmp_path / "t.ipynb"
    write_template(template, "import cxlab as cx\ntext = str(cx.read_study(study).n)", SECTION)
    (made,) = render_studies([study], tmp_path / "out", template=template, page=page).to_dict(
        "records"
    )
    assert made["status"] == "failed" and f"key '{said}" in made["problem"], made["problem"]
    assert "Error" not in made["problem"]


def test_the_limit_of_a_study_s_files_reaches_every_process(tmp_path, page):
    """Protects a large study: the limit that lets it into `cxlab check` lets it into its report and
    its verification too.
    """
    study, template = write_study(tmp_path / "one"), tmp_path / "t.ipynb"
    (study / "answers.csv").write_text(
        "id,name,phone,q1,q2,nps\n" + "".join(f"{i},Ana,1,4,4,9\n" for i in range(2000))
    )
    write_template(template, "import cxlab as cx\ntext = str(cx.read_study(study).n)", SECTION)
    settings = {"template": template, "page": page}
    for limits, cold, status in ((Limits(file_mb=0.3), False, "failed"), (Limits(), True, "done")):
        (made,) = render_studies(
            [study], tmp_path / "out", limits=limits, cold=cold, **settings
        ).to_dict("records")
        assert made["status"] == status, made["problem"]
        assert ("answers.csv: it holds 12,006 cells" in made["problem"]) == (status == "failed")
    assert main(["check", str(study), "--file-limit", "0.3"]) == 1
    assert main(["check", str(study)]) == 0
