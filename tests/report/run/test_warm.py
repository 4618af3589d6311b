"""Warm or cold, one at a time or two: the same report, byte for byte, and a kernel that knows of no
other client.
"""

from __future__ import annotations

import contextlib
import html
import json
import os
import re
import sys
from pathlib import Path

import openpyxl
import psutil
import pytest

import cxlab as cx
from cxlab.errors import ReportError
from cxlab.report.batch import jobs, manifest
from cxlab.report.batch.render import render_studies
from cxlab.report.formats import pdf
from cxlab.report.run import forkserver, job, processes, starters
from tests.report.conftest import has_ended, is_written, lend, write_study, write_template
from tests.waiting import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the warm way")

# Everything that a copied process could get wrong: inline pictures of pyplot, warnings said once,
# hashes, seeds, caches, counters.
TELL = """\
import warnings
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
frame = pd.read_csv(study + "/answers.csv")
draw = np.random.default_rng(seed).normal(size=3)
warnings.warn("said once by each report")
print({"b", "a", "c"}, frame["q1"].mean().round(4), draw.round(6))
frame[["q1", "q2"]].describe()"""
DRAW = (
    "figure, axes = plt.subplots()\naxes.plot(frame['q1'].to_numpy(),"
    " label='q1')\naxes.legend()\nplt.show()"
)
STYLE = "frame.head(3)[['q1', 'q2']].style.format('{:.1f}')"


def held_by(out) -> dict[str, object]:
    """Every report's bytes, and every manifest without its timings."""
    found: dict[str, object] = {
        path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("report.*")
    }
    for path in out.rglob(manifest.NAME):
        found[path.relative_to(out).as_posix()] = _timeless(
            json.loads(path.read_text(encoding="utf-8"))
        )
    return found


def _timeless(value):
    if isinstance(value, dict):
        return {key: _timeless(item) for key, item in value.items() if key != "timings"}
    return value


def test_the_same_bytes_warm_and_cold(tmp_path, page, kept_warm, monkeypatch):
    """Protects `--cold`, machines that cannot fork, and `--verify`: how a report was made is not
    seen in it.
    """
    page_of_pictures = tmp_path / "page"
    page_of_pictures.mkdir()
    for file in page.iterdir():
        text = file.read_text(encoding="utf-8").replace(
            "{%- block stream -%}",
            '{%- block data_png -%}<img alt="" src="data:image/png;base64,{{'
            " output.data['image/png'] | replace('\\n', '') }}\">{%- endblock -%}\n{%- block"
            " stream -%}",
        )
        text = text.replace('"text/html": true', '"text/html": true, "image/png": true')
        (page_of_pictures / file.name).write_text(text, encoding="utf-8")
    studies = [
        write_study(tmp_path / name, client=name, languages="en, pt-BR")
        for name in ("alfa", "beta")
    ]
    template = write_template(
        tmp_path / "t.ipynb",
        TELL,
        DRAW,
        STYLE,
        parameters="study: str\nlanguages: list[str]\nseed: int = 1",
    )
    settings = {"template": template, "page": page_of_pictures}
    lend(kept_warm, monkeypatch)
    table = render_studies(studies, tmp_path / "warm", jobs=2, **settings)
    assert table["status"].tolist() == ["done"] * 4, table["problem"].tolist()
    render_studies(studies[:1], tmp_path / "one", jobs=1, **settings)
    render_studies(studies[:1], tmp_path / "cold", jobs=2, cold=True, **settings)
    warm, one, cold = (held_by(tmp_path / name) for name in ("warm", "one", "cold"))
    assert one == cold == {name: held for name, held in warm.items() if name.startswith("alfa/")}
    text = warm["alfa/report.en.html"].decode()
    assert "data:image/png;base64,iVBOR" in text and "mean" in text and '<table id="T_1">' in text
    assert warm["alfa/manifest.json"]["languages"]["en"]["report"]["warnings"][0].endswith(
        "UserWarning: said once by each report"
    )


@pytest.fixture(scope="module")
def real(root, tmp_path_factory, kept_warm):
    """A sample client's report from the real template, in every format that can be made here: warm
    in both languages, cold in one.
    """
    out = tmp_path_factory.mktemp("real")
    formats = ["html", "xlsx", "pptx"]
    with contextlib.suppress(ReportError):  # without Pango there is no PDF
        pdf.check()
        formats.append("pdf")
    settings = {"formats": formats, "parameters": {"n_boot": 50}}
    with pytest.MonkeyPatch.context() as patch:
        lend(kept_warm, patch)
        tables = [
            cx.render_studies(
                [root / "data" / "quadrante"],
                out / name,
                languages,
                cold=name == "cold",
                **settings,
            )
            for name, languages in (("warm", ["en", "pt-BR"]), ("cold", ["pt-BR"]))
        ]
    assert [status for table in tables for status in table["status"]] == ["done"] * 3, [
        table["problem"].tolist() for table in tables
    ]
    return out, formats


def test_a_real_report_is_the_same_warm_and_cold_in_every_format(real):
    """Protects the same for what clients are sent: the template's own figures, bootstraps, workbook
    and slides, and the manifest less its timings.
    """
    out, formats = real
    warm, cold = held_by(out / "warm"), held_by(out / "cold")
    files = {f"quadrante/report.pt-BR.{name}" for name in formats}
    assert set(cold) == files | {"quadrante/manifest.json"}
    assert [name for name in files if warm[name] != cold[name]] == []
    one, other = (held["quadrante/manifest.json"]["languages"]["pt-BR"] for held in (warm, cold))
    assert one == other


@pytest.mark.parametrize("language", ["en", "pt-BR"])
def test_the_contest_of_forms_stands_beside_the_gap_model(real, root, language):
    """Protects from the surface of a gap that is none: the section that shows it opens with how
    every rival fared, and the workbook lists them all.
    """
    out, _ = real
    study = cx.read_study(root / "data" / "quadrante")
    outcome = study.codebook.report.outcome
    seed = json.loads((out / "warm" / "quadrante" / "manifest.json").read_text(encoding="utf-8"))[
        "languages"
    ][language]["report"]["seed"]
    forms = cx.compare_gap_forms(study, outcome=outcome, seed=seed)
    page = (out / "warm" / "quadrante" / f"report.{language}.html").read_text(encoding="utf-8")
    section = re.split("<h2 ", page.partition('id="gap_matters"')[2])[0]
    alts = [html.unescape(alt) for alt in re.findall('alt="([^"]*)"', section)]
    assert alts[0] == " ".join(cx.say(forms, language=language))
    # Experience alone is planted: a map of the gap would show what the words deny.
    assert forms["p_expectation"].min() > 0.05
    assert not [alt for alt in alts if alt.startswith(("Map of", "Mapa de"))]
    book = openpyxl.load_workbook(out / "warm" / "quadrante" / f"report.{language}.xlsx")
    title = cx.plot(forms, language=language).data["title"]
    sheet = next(sheet for sheet in book if sheet["A1"].value == title)
    heads = [cell.value for cell in sheet[6]]
    rows = list(sheet.iter_rows(min_row=7, values_only=True))
    assert [row[heads.index("R²")] for row in rows] == pytest.approx(
        forms["r_squared"].tolist(), abs=0.005
    )  # as printed
    assert len({row[2] for row in rows}) == len(forms) == 23


def test_every_notebook_that_fits_a_gap_shows_the_contest(root):
    """Protects the same in notebooks: who fits a gap model shows its rivals too."""
    fitting = []
    for file in [*root.glob("templates/*.ipynb"), *root.glob("notebooks/**/*.ipynb")]:
        cells = [
            "".join(cell["source"])
            for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]
            if cell["cell_type"] == "code"
        ]
        code = "\n".join(cells)
        if re.search(r"\bfit_gaps?\b", code):
            fitting.append(file.stem)
            forms = re.search(r"^(\w+).* = .*\bcompare_gap_forms\b", code, re.MULTILINE)[1]
            shown = rf"\bcx\.(?:plot|say)\({forms}[),]|\b{forms}\.(?:plot|say)\(\)"
            assert re.search(shown, code), file.name
    assert {"client_report", "gap_models"} <= set(fitting)


def test_a_forked_kernel_is_fresh(tmp_path, page, kept_warm, monkeypatch):
    """Protects a client from another's variables, files, environment and random numbers; and the
    machine from a kernel without limits.
    """
    tell = """\
import json, os, random, resource, sys, tempfile, threading, time
import numpy as np
from pathlib import Path
seen = {
    "state": [random.random(), float(np.random.random())],
    "home": os.environ["HOME"],
    "cwd": os.getcwd(),
    "temp": tempfile.gettempdir(),
    "session": os.getsid(0),
    "names": sorted(name for name in globals() if "secret" in name),
    "data": resource.getrlimit(resource.RLIMIT_DATA)[0],
    "open": [
        os.readlink(f"/proc/self/fd/{f}")
        for f in os.listdir("/proc/self/fd")
        if os.path.exists(f"/proc/self/fd/{f}")
    ],
    "hour": time.localtime(0).tm_hour,
    "modules": sorted(set(sys.modules) & {"pandas", "statsmodels.api", "seaborn"}),
    "environment": sorted(k for k in os.environ if k.startswith("SECRET")),
    "colours": json.loads(os.environ["CXLAB_COLOURS"])["main"],
}
Path(study, "seen.json").write_text(json.dumps(seen))
secret_of = study
os.environ["SECRET"] = study
Path("secret.txt").write_text(study)
class Page:
    def _repr_html_(self): return "<p>x</p>"
Page()"""
    monkeypatch.setenv("TZ", "XYZ+3")  # where the user lives
    lend(kept_warm, monkeypatch)  # it has served other clients
    studies = [write_study(tmp_path / name) for name in ("alfa", "beta", "cold")]
    branded = (studies[0] / "study.yml").read_text().replace("report: {", "report: {brand: b.yml, ")
    (studies[0] / "study.yml").write_text(branded)
    (studies[0] / "b.yml").write_text('colours: {main: "#1b6e3c"}')
    settings = {"jobs": 1, "template": write_template(tmp_path / "t.ipynb", tell), "page": page}
    table = render_studies(studies[:2], tmp_path / "out", **settings)
    assert table["status"].tolist() == ["done", "done"], table["problem"].tolist()
    render_studies(studies[2:], tmp_path / "out", cold=True, **settings)
    alfa, beta, cold = (json.loads((study / "seen.json").read_text()) for study in studies)
    assert [one["hour"] for one in (alfa, beta, cold)] == [0, 0, 0]
    assert [one["colours"] for one in (alfa, beta, cold)] == ["#1b6e3c", "#0b5a8e", "#0b5a8e"]
    assert all(a != b for a, b in zip(alfa["state"], beta["state"], strict=True))
    for one in (alfa, beta):
        assert one["names"] == [] and one["environment"] == [] and one["data"] == 1536 * 2**20
        assert one["home"] == one["cwd"] + "/home" and one["temp"] == one["cwd"] + "/tmpdir"
        assert one["modules"] == ["pandas", "seaborn", "statsmodels.api"]
        files = [
            name
            for name in one["open"]
            if name.startswith("/") and not name.startswith(("/dev/", "/proc/", "/memfd"))
        ]
        assert all(name.startswith(one["cwd"]) for name in files), files
    assert alfa["cwd"] != beta["cwd"] and alfa["session"] != beta["session"]


@pytest.fixture
def cold_job(tmp_path, page):
    """A cold job at work: its starter, its folder and the file that tells its kernel's number."""
    study = write_study(tmp_path / "one")
    pid = study / "kernel.pid"
    tell = f"import os, time\nopen({str(pid)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)"
    template, work = write_template(tmp_path / "t.ipynb", tell), tmp_path / "work"
    work.mkdir()
    (planned,) = jobs.plan([study], None, template, {})
    planned.describe(work, tmp_path, job.Settings(template, page))
    starter = starters.Cold()
    starter.start(work)
    assert until(lambda: is_written(pid)), (work / "stderr.txt").read_text()
    yield starter, work, pid
    starter.close()


def test_a_cold_job_leaves_when_its_starter_is_gone(cold_job):
    """Protects the machine from a killed run's cold jobs: the signal that the system then sends
    ends job and kernel and takes their folder away.
    """
    starter, work, pid = cold_job
    ((process, _),) = starter._running.values()
    process.terminate()
    assert until(lambda: process.poll() is not None and has_ended(pid) and not work.exists())


def test_closing_the_cold_way_ends_every_job(cold_job):
    """Protects the same where a run is stopped with Ctrl-C: when `close` returns nothing is at
    work.
    """
    starter, _, pid = cold_job
    ((process, _),) = starter._running.values()
    starter.close()
    assert process.poll() is not None and has_ended(pid)


def test_what_is_orphaned_is_found_and_ended():
    """Protects from processes that leave their parent and their session: the one who adopts them
    ends them, and only them.
    """
    spared = os.fork()
    if not spared:
        os.execv(sys.executable, [sys.executable, "-S", "-c", "import time; time.sleep(600)"])
    pid = os.fork()
    if not pid:
        try:
            processes.adopt_descendants()
            if not os.fork():
                os.setsid()
                if os.fork():
                    os._exit(0)
                os.execv(
                    sys.executable, [sys.executable, "-S", "-c", "import time; time.sleep(600)"]
                )
            until(lambda: processes.children(os.getpid()))
            processes.end_descendants()
            os._exit(0 if not processes.children(os.getpid()) else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert os.waitpid(spared, os.WNOHANG) == (0, 0)
    os.kill(spared, 9)
    os.waitpid(spared, 0)


def test_the_warm_process_has_one_thread_and_no_file_of_a_client(kept_warm):
    """Protects every copy: a lock held by a second thread at the moment of copying would never be
    given back.
    """
    kept_warm.ready()
    children = psutil.Process().children()
    (process,) = [one for one in children if forkserver.__name__ in one.cmdline()]
    assert process.num_threads() == 1
    files = [one for one in Path(f"/proc/{process.pid}/fd").iterdir() if int(one.name) > 2]
    opened = [os.readlink(file) for file in files if file.is_file()]
    assert all(name.startswith("/proc/") or "cxlab" in name or "font" in name for name in opened), (
        opened
    )
