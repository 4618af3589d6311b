"""A batch with every kind of client: what goes wrong with one is told, leaves nothing behind and
touches no other.
"""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from cxlab import data_files, extras
from cxlab.errors import CxlabError, ReportError
from cxlab.report.batch import manifest, records, render
from cxlab.report.batch.jobs import slug
from cxlab.report.batch.render import Limits, render_studies
from cxlab.report.check import check
from cxlab.report.formats import checks
from cxlab.report.run import fingerprints
from tests.report.conftest import SECTION, Clock, has_ended, is_written, write_study, write_template

pytestmark = pytest.mark.usefixtures("one_warm_process")
# What the template does depends on whom it is for, so that one batch shows every way to fail.
BEHAVE = """\
import os, subprocess, sys, time
from pathlib import Path
who = Path(study).name
text = {
    "names": "thanks to Maria Quintana",
    "mails": "write to maria@example.org",
    "paths": f"read from {study}",
    "works": f"made in {os.getcwd()}",
    "scripts": "<script>1</script>",
}.get(who, f"report for {who} in {{language}}")
if who == "exits":
    sys.exit()
if who == "raises":
    raise ValueError("column q3 is missing")
if who == "dies":
    os._exit(9)
if who == "hangs":
    time.sleep(600)
if who == "strays":
    code = "import time; time.sleep(600)"
    left = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    Path(study, "left.pid").write_text(str(left.pid))"""
FAILS = {
    "dies": "the kernel died",
    "exits": "cell 3: SystemExit: the notebook ended itself",
    "hangs": "a cell ran longer than 5 s",
    "mails": "the report was not written: 1 e-mail address(es) stand in it",
    "names": (
        "the report was not written: 1 value(s) of the personal column 'name' stand in it; look for"
        " them in segments, waves, labels and comments"
    ),
    "paths": "the report was not written: a folder of this machine stands in it",
    "raises": "cell 3: ValueError: column q3 is missing",
    "scripts": "the report was not written: it holds a script",
    "works": "the report was not written: a folder of this machine stands in it",
}
GOOD = ("good", "strays")


class Batch:
    """The outcome of one batch, made once and looked at by many tests."""

    def __init__(self, root: Path, page: Path) -> None:
        self.root, self.page, self.out = root, page, root / "out"
        self.template = write_template(root / "behave.ipynb", BEHAVE, SECTION)
        studies = [write_study(root / name, client=f"Client {name}") for name in [*FAILS, *GOOD]]
        (root / "broken").mkdir()
        (root / "broken" / "study.yml").write_text("client: [", encoding="utf-8")
        self.old = self.out / "raises" / "report.en.html"
        self.old.parent.mkdir(parents=True)
        self.old.write_text("last month's report", encoding="utf-8")
        manifest.note(
            self.old.parent,
            "Client raises",
            "en",
            {"outcome": "done"},
            {"files": {"report.en.html": "of last month"}, "inputs": "before"},
        )
        self.lines: list[str] = []
        self.table = render_studies(
            [*studies, root / "broken"],
            self.out,
            template=self.template,
            page=page,
            limits=Limits(5, 1200),
            progress=self.lines.append,
        )
        self.by_client = self.table.set_index(self.table["file"].str.split("/").str[0])


@pytest.fixture(scope="module")
def batch(tmp_path_factory, page, one_warm_process) -> Batch:
    return Batch(tmp_path_factory.mktemp("batch"), page)


@pytest.mark.parametrize(("client", "problem"), FAILS.items())
def test_each_failure_is_told_and_leaves_no_report(batch, client, problem):
    """Protects against half a report, another's report or a report that tells: none is written, and
    the cause is named.
    """
    row = batch.by_client.loc[client]
    assert row["status"] == "failed"
    assert row["problem"].startswith(problem)
    if client != "raises":
        assert not (batch.out / row["file"]).exists()


def test_the_others_go_on(batch):
    """Protects the twenty clients whose study is sound from the one whose study is not."""
    for client in GOOD:
        assert batch.by_client.loc[client, ["status", "problem"]].tolist() == ["done", ""]
        assert f"<p>report for {client} in en</p>" in (
            batch.out / client / "report.en.html"
        ).read_text(encoding="utf-8")


def test_an_unreadable_study_is_one_failed_row(batch):
    """Protects the batch from a study.yml that is not YAML."""
    row = batch.by_client.loc["broken"]
    assert row["status"] == "failed" and row["problem"].startswith(
        "1 fault in this study: 1. study.yml"
    )


def test_the_old_report_stays_until_the_new_one_is_whole(batch):
    """Protects the report that a client has already been shown."""
    assert batch.old.read_text(encoding="utf-8") == "last month's report"
    entry = json.loads((batch.old.parent / "manifest.json").read_text(encoding="utf-8"))[
        "languages"
    ]["en"]
    assert entry["report"]["inputs"] == "before"
    assert entry["last_run"]["outcome"] == "failed" and entry["last_run"]["problem"].startswith(
        "cell 3: ValueError"
    )


def test_nothing_is_left_behind(batch):
    """Protects the disk and the reader: reports, manifests and the index; no notebook, no temporary
    folder.
    """
    left = {
        path.relative_to(batch.out).as_posix() for path in batch.out.rglob("*") if path.is_file()
    }
    manifests = {f"{client}/manifest.json" for client in [*FAILS, *GOOD, "broken"]}
    assert left == {
        "index.html",
        "journal.jsonl",
        ".cxlab-lock",
        "raises/report.en.html",
        *(f"{client}/report.en.html" for client in GOOD),
        *manifests,
    }


def test_no_process_is_left_behind(batch):
    """Protects the machine: a process that a notebook detached from its kernel ends with the
    report.
    """
    assert has_ended(batch.root / "strays" / "left.pid")


def test_a_line_for_each_report_and_the_table_in_the_order_given(batch):
    """Protects the one who waits: every report is told when it ends, with its time."""
    assert len(batch.lines) == len(batch.table) == len(FAILS) + len(GOOD) + 1
    assert sum(" s  done " in line for line in batch.lines) == len(GOOD)
    assert list(batch.by_client.index) == [*FAILS, *GOOD, "broken"]
    assert list(batch.table.columns) == [
        "client",
        "language",
        "status",
        "seconds",
        "moved",
        "problem",
        "file",
    ]


def test_the_manifest_says_what_the_report_was_made_from(batch):
    """Protects the answer to "where does this number come from?"; it names no folder of this
    machine.
    """
    text = (batch.out / "good" / "manifest.json").read_text(encoding="utf-8")
    held = json.loads(text)
    report = held["languages"]["en"]["report"]
    assert held["client"] == "Client good"
    assert report["parameters"] == {"study": "good", "languages": ["en"]}
    assert report["study"] == {
        name: fingerprints.sha256(batch.root / "good" / name)
        for name in ("answers.csv", "study.yml")
    }
    assert report["files"] == {
        "report.en.html": fingerprints.sha256(batch.out / "good" / "report.en.html")
    }
    assert report["template"] == fingerprints.sha256(batch.template)
    assert report["limits"] == {
        "cell_seconds": 5,
        "report_seconds": 1200,
        "memory_mb": 1536,
        "output_mb": 50,
        "file_mb": 100,
    }
    assert report["versions"]["pandas"] == fingerprints.versions()["pandas"]
    assert (
        str(batch.root) not in text
        and str(Path.home()) + "/" not in text
        and "Quintana" not in text
    )


def test_the_index_lists_every_client(batch):
    """Protects the way in: what stands is linked, what failed says why, and the page is as closed
    as a report.
    """

    text = (batch.out / "index.html").read_text(encoding="utf-8")
    assert 'href="good/report.en.html"' in text and 'href="exits/report.en.html"' not in text
    assert 'href="raises/report.en.html"' in text and "failed; an earlier report stands" in text
    assert "Client names" in text
    assert checks.problems(text, {"name": ["Maria Quintana"]}, [str(batch.root)]) == []


def test_a_second_run_makes_the_same_bytes_and_resume_skips_it(batch):
    """Protects reproducibility: same study, same bytes. Resume makes again only what changed, was
    lost or was edited.
    """
    study, report = batch.root / "good", batch.out / "good" / "report.en.html"
    settings = {"template": batch.template, "page": batch.page, "limits": Limits(5, 1200)}

    def status(**changes) -> str:
        return render_studies([study], batch.out, resume=True, **settings | changes)[
            "status"
        ].item()

    first = report.read_bytes()
    assert status() == "unchanged"
    report.write_bytes(first + b"<!-- edited by hand -->")
    assert status() == "done"
    assert report.read_bytes() == first
    answers = study / "answers.csv"
    answers.write_text(
        answers.read_text(encoding="utf-8").replace("0,Maria", "90,Maria", 1), encoding="utf-8"
    )
    assert status() == "done"
    assert status() == "unchanged"
    assert status(limits=Limits(7, 1200)) == "done"


def test_the_whole_report_has_a_time_limit(tmp_path, page, monkeypatch):
    """Protects the batch from a notebook of many cells, none of which is too slow alone."""
    study = write_study(tmp_path / "slow")
    template = write_template(
        tmp_path / "t.ipynb",
        "import os, time\nfrom pathlib import Path",
        "Path(study, 'kernel.pid').write_text(str(os.getpid()))\ntime.sleep(600)",
    )
    kernel = study / "kernel.pid"
    monkeypatch.setattr(render, "time", Clock(lambda: is_written(kernel)))
    table = render_studies(
        [study], tmp_path / "out", template=template, page=page, limits=Limits(500, 1200)
    )
    assert table[["status", "problem"]].values.tolist() == [
        ["failed", "the report took longer than 1200 s; make it faster, or raise --report-limit"]
    ]
    assert has_ended(kernel)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        ".cxlab-lock",
        "index.html",
        "journal.jsonl",
        "slow",
    ]


def test_each_report_has_a_home_of_its_own(tmp_path, page, monkeypatch):
    """Protects one client's settings, files and random numbers from another's and from the
    user's.
    """
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    monkeypatch.setenv("MPLBACKEND", "no-such-backend")
    study = write_study(tmp_path / "one", languages="en, pt-BR")
    show = """\
import os, pathlib
names = ["HOME", "TMPDIR", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR"]
own = all(pathlib.Path(os.environ[name]).parent == pathlib.Path.cwd() for name in names)
class Page:
    def _repr_html_(self):
        set_for_all = f"{os.environ['OMP_NUM_THREADS']} {os.environ['PYTHONHASHSEED']}"
        told = f"{'PYTHONWARNINGS' in os.environ} {os.environ.get('MPLBACKEND', '')[:6]}"
        return f"<p>{own} {set_for_all} {told} {seed}</p>"
Page()"""
    template = write_template(
        tmp_path / "t.ipynb", show, parameters="study: str\nlanguages: list[str]\nseed: int = 1"
    )
    table = render_studies([study], tmp_path / "out", template=template, page=page)
    assert table["language"].tolist() == ["en", "pt-BR"] and table["status"].tolist() == [
        "done",
        "done",
    ], table["problem"].tolist()
    english, portuguese = (
        text.split("<p>")[1].split("</p>")[0]
        for text in (
            (tmp_path / "out" / file).read_text(encoding="utf-8") for file in table["file"]
        )
    )
    seed = json.loads((tmp_path / "out" / "one" / "manifest.json").read_text(encoding="utf-8"))[
        "languages"
    ]["en"]["report"]["seed"]
    assert english == portuguese == f"True 1 0 False module {seed}" and seed != 1


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("Aurora Telecom", "aurora-telecom"),
        ("ACME{BR}", "acme-br"),
        ("../../x", "x"),
        ("AÇÃO", "acao"),
        ("a%2e%2e/b", "a-2e-2e-b"),
        ("Con", "con-client"),
        ("LPT1.", "lpt1-client"),
        ("Consul", "consul"),
        ("-", None),
        ("株式会社", None),
    ],
)
def test_a_folder_name_is_a_slug(name, made):
    """Protects the disk: no client's name is a path, a format string or a word of the shell."""
    if made is None:
        with pytest.raises(
            ReportError,
            match=(
                f"^the study folder {name!r} has no letter a–z or digit; rename it, its name"
                " becomes the report's folder$"
            ),
        ):
            slug(name)
    else:
        assert slug(name) == made


@pytest.mark.parametrize(
    ("first", "second", "made"),
    [
        (unicodedata.normalize("NFC", "café"), unicodedata.normalize("NFD", "café"), "cafe"),
        ("ACME{BR}", "acme br", "acme-br"),
        ("a/x", "b/X", "x"),
    ],
)
def test_two_clients_never_share_a_folder(tmp_path, page, first, second, made):
    """Protects one client's report from being overwritten by another's whose name only looks
    different.
    """
    studies = [write_study(tmp_path / "s" / first), write_study(tmp_path / "s" / second)]
    template = write_template(
        tmp_path / "t.ipynb",
        "class Page:\n    def _repr_html_(self):\n        return '<p>fine</p>'\nPage()",
    )
    other = write_study(tmp_path / "s" / "other")
    table = render_studies(
        [*studies, other], tmp_path / "out", template=template, page=page
    ).set_index("client")
    shown = " and ".join(f"{study.parent.name}/{study.name}" for study in studies)
    told = f"2 studies would be written to the folder {made!r}: {shown}; rename all but one of them"
    assert table["problem"].tolist()[:-1] == [unicodedata.normalize("NFC", told)] and not list(
        (tmp_path / "out" / made).glob("*.html")
    )
    assert table["status"].iloc[-1] == "done"


def test_a_client_folder_that_is_a_link_is_not_followed(tmp_path, page):
    """Protects what lies outside --out."""
    study = write_study(tmp_path / "one")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "one").symlink_to(tmp_path / "elsewhere")
    template = write_template(
        tmp_path / "t.ipynb", "class P:\n    def _repr_html_(self): return '<p>x</p>'\nP()"
    )
    table = render_studies([study], tmp_path / "out", template=template, page=page)
    assert table["problem"].tolist() == [
        "the folder 'one' is a link that leaves the reports' folder; remove it"
    ]
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"languages": ["fr"]}, "language 'fr': reports are written in en, es and pt-BR"),
        ({"jobs": 0}, "jobs=0: at least one report must be made at a time"),
        (
            {"parameters": {"langauge": "en"}},
            "t.ipynb: 'langauge' is not a parameter of it; it declares: study: str,"
            " languages: list[str]",
        ),
        (
            {"parameters": {"languages": ["en"]}},
            "the parameter languages is set by the renderer and cannot be given; leave it out",
        ),
    ],
)
def test_a_batch_that_is_wrong_is_refused_before_anything_runs(tmp_path, page, settings, told):
    """Protects an hour of work from a misspelt word at its start."""
    study, template = write_study(tmp_path / "one"), write_template(tmp_path / "t.ipynb", "1")
    with pytest.raises(ReportError) as refused:
        render_studies(
            [study], tmp_path / "out", **{"template": template, "page": page, **settings}
        )
    assert str(refused.value) == told
    assert not (tmp_path / "out").exists()


def test_a_template_that_does_not_ask_for_whom_is_refused(tmp_path, page):
    """Protects ACME from the report of the notebook's default client."""
    study, template = (
        write_study(tmp_path / "one"),
        write_template(tmp_path / "t.ipynb", "1", parameters="languages: list[str] = []"),
    )
    with pytest.raises(
        ReportError,
        match="^t.ipynb: it must declare `study: str`, or every report would show its own default$",
    ):
        render_studies([study], tmp_path / "out", template=template, page=page)


def test_what_is_no_study_fails_alone_and_becomes_no_client(tmp_path, page):
    """Protects the index from `cxlab report data/*`, which names a README too, and from a mistyped
    folder.
    """
    (tmp_path / "README.md").write_text("# Studies", encoding="utf-8")
    template = write_template(tmp_path / "t.ipynb", "1")
    table = render_studies(
        [tmp_path / "README.md", tmp_path / "nowhere"],
        tmp_path / "out",
        template=template,
        page=page,
    )
    assert table["problem"].tolist() == [
        f"{name} is neither a folder with a study.yml nor such a file"
        for name in ("README.md", "nowhere")
    ]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        ".cxlab-lock",
        "index.html",
        "journal.jsonl",
    ]


def test_what_would_fail_in_the_end_fails_before_a_kernel_starts(tmp_path, page, monkeypatch):
    """Protects the consultant's Friday: a brand that nobody can read, and a package that a study
    needs, cost no report's time.
    """
    pale = write_study(tmp_path / "pale")
    heard = write_study(tmp_path / "heard")
    (pale / "brand.yml").write_text('colours: {main: "#ffffee"}\n', encoding="utf-8")
    for study, old, new in (
        (pale, "report: {", "report: {brand: brand.yml, "),
        (heard, "report: {", "comments: {why: {column: id, language: en}}\nreport: {"),
    ):
        words = (study / "study.yml").read_text(encoding="utf-8")
        (study / "study.yml").write_text(words.replace(old, new), encoding="utf-8")
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "snowballstemmer" else 1)
    monkeypatch.setattr(render._Batch, "_begin", lambda _: pytest.fail("a kernel was started"))
    template = write_template(tmp_path / "t.ipynb", ['"voices"'])
    table = render_studies([pale, heard], tmp_path / "out", template=template, page=page)
    assert table["status"].tolist() == ["failed", "failed"]
    assert "too pale" in table["problem"][0] or "contrast" in table["problem"][0]
    assert "pip install 'cxlab[comments]'" in table["problem"][1]
    warned = check(str(heard)).faults
    assert any("snowballstemmer" in str(fault) for fault in warned)


def test_leftovers_of_a_killed_run_are_swept(tmp_path):
    """Protects the disk from the folders of a run that was killed together with its jobs, and a
    client's folder from a half-written file.
    """
    out = tmp_path / "out"
    dead, part, report = (
        out / f"{records.WORK_PREFIX}999999999-abc",
        out / "one" / ".cxlab-x.part",
        out / "one" / "report.en.html",
    )
    dead.mkdir(parents=True)
    part.parent.mkdir()
    part.touch()
    report.touch()
    records.sweep(out)
    assert not dead.exists() and not part.exists() and report.exists()


def test_a_wheel_finds_its_templates(tmp_path, monkeypatch):
    """Protects an installed cxlab, whose templates lie inside the package and not beside it."""
    (tmp_path / "site" / "cxlab" / "templates" / "page").mkdir(parents=True)
    monkeypatch.setattr(data_files, "PACKAGE", tmp_path / "site" / "cxlab")
    assert render.templates_folder() == tmp_path / "site" / "cxlab" / "templates"
    monkeypatch.setattr(data_files, "PACKAGE", tmp_path / "empty" / "cxlab")
    with pytest.raises(
        CxlabError,
        match="^the templates of cxlab are missing; install it again, or run it from a checkout$",
    ):
        render.templates_folder()
