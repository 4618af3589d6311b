"""A report is up to four files and an entry in the manifest: whatever stops the placing, all are of
one day.
"""

from __future__ import annotations

import errno
import itertools
import json
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from cxlab.errors import ReportError
from cxlab.report.batch import journal, manifest, placing, records
from cxlab.report.batch.render import render_studies
from cxlab.report.batch.verify import verify_reports
from cxlab.report.run import fingerprints
from tests.report.conftest import write_study, write_template

FORMATS = (".html", ".pdf", ".xlsx", ".pptx")


def drafts(
    work: Path, number: int, formats: tuple[str, ...] = FORMATS, size: int = 10
) -> dict[str, Path]:
    work.mkdir(exist_ok=True)
    made = {f"report.en{suffix}": work / f"{number}{suffix}" for suffix in formats}
    for name, draft in made.items():
        draft.write_text(f"{number} {name} " + "x" * size, encoding="utf-8")
    return made


def put(folder: Path, number: int, formats: tuple[str, ...] = FORMATS, size: int = 10) -> None:
    made = drafts(folder.parent / "work", number, formats, size)
    report = {
        "files": {name: fingerprints.sha256(draft) for name, draft in made.items()},
        "inputs": str(number),
    }
    placing.put(folder, "One", "en", made, {"outcome": "done"}, report)


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four formats stand, and a report in another language."""
    one = tmp_path / "out" / "one"
    one.mkdir(parents=True)
    (one / "report.pt-BR.html").write_text("outro", encoding="utf-8")
    manifest.note(
        one,
        "One",
        "pt-BR",
        {"outcome": "done"},
        {"files": {"report.pt-BR.html": fingerprints.sha256(one / "report.pt-BR.html")}},
    )
    put(one, 1)
    return one


def test_a_report_is_put_in_place(folder):
    """Protects the good case: new files, new entry, the other language as it was, nothing beside
    them.
    """
    put(folder, 2)
    assert set(held(folder)) == {
        "manifest.json",
        "report.pt-BR.html",
        *(f"report.en{suffix}" for suffix in FORMATS),
    }
    assert manifest.is_current(folder, "en", "2") and (
        folder / "report.en.pdf"
    ).read_text().startswith("2 ")
    assert manifest.read(folder)["languages"]["pt-BR"]["report"]["files"].keys() == {
        "report.pt-BR.html"
    }


def test_a_format_that_is_made_no_more_goes(folder):
    """Protects the client from last month's slides beside this month's page; files that no manifest
    named, or of another language, stay.
    """
    (folder / "report.en.docx").write_text("by hand", encoding="utf-8")
    put(folder, 2, (".html",))
    assert set(held(folder)) == {
        "manifest.json",
        "report.en.html",
        "report.en.docx",
        "report.pt-BR.html",
    }


def test_a_manifest_cannot_name_what_is_not_a_reports_file(folder, tmp_path):
    """Protects files elsewhere from a manifest that was tampered with."""
    precious = tmp_path / "out" / "precious"
    precious.touch()
    kept = manifest.read(folder)
    kept["languages"]["en"]["report"]["files"] |= {
        "../precious": "",
        "report.pt-BR.html": "",
        "manifest.json": "",
    }
    manifest.write(folder, kept)
    put(folder, 2, (".html",))
    assert precious.exists() and set(held(folder)) == {
        "manifest.json",
        "report.en.html",
        "report.pt-BR.html",
    }


@pytest.mark.parametrize("links", [True, False], ids=["links", "copies"])
@pytest.mark.parametrize("new", [FORMATS, (".html",), (".html", ".xlsx", ".txt")], ids=len)
@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from then on"])
def test_a_disk_that_fails_at_any_step(folder, tmp_path, monkeypatch, links, new, lasting):
    """Protects what stands from a fault at the k-th call of the system, whichever: all old bytes
    and the old manifest. Where the disk goes on failing, they are back as soon as it does not.
    """
    before, calls, real = (
        held(folder),
        [0],
        {name: getattr(os, name) for name in ("replace", "link", "fsync", "unlink", "mkdir")},
    )
    fail_at = 0

    def counting(name):
        def call(*given, **more):
            if name == "link" and not links:
                raise OSError(errno.EPERM, os.strerror(errno.EPERM))
            calls[0] += 1
            if calls[0] == fail_at or (lasting and 0 < fail_at < calls[0]):
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return real[name](*given, **more)

        return call

    failed = finished = 0
    while not finished:
        fail_at += 1
        calls[0] = 0
        with monkeypatch.context() as patch:
            for name in real:
                patch.setattr(os, name, counting(name))
            try:
                put(folder, 100 + fail_at, new)
                finished = calls[0] < fail_at  # so late that nothing was left to fail
            except OSError:
                failed += 1
        if lasting:
            records.sweep(folder.parent)
        now = held(folder)
        # what failed was done without, or came after the manifest: all is new then
        if now != before:
            assert manifest.is_current(folder, "en", str(100 + fail_at)), (fail_at, set(now))
            assert set(now) == {
                "manifest.json",
                "report.pt-BR.html",
                *(f"report.en{suffix}" for suffix in new),
            }
            for name in now:
                (folder / name).unlink()
            for name, old in before.items():
                (folder / name).write_bytes(old)
        records.sweep(folder.parent)
        assert not placing.unfinished(folder.parent)
        shutil.rmtree(tmp_path / "out" / "work")
    assert failed > 10


def test_a_stop_signal_undoes_it_too(folder, monkeypatch):
    """Protects from half a report where the run is stopped between two files; what stops it is told
    on.
    """
    before, real = held(folder), os.replace

    def stop(source, target):
        if str(target).endswith(".xlsx") and ".cxlab" not in str(source):
            raise SystemExit(143)
        return real(source, target)

    monkeypatch.setattr(os, "replace", stop)
    with pytest.raises(SystemExit):
        put(folder, 2)
    assert held(folder) == before


def halfway(folder: Path, number: int = 2) -> None:
    """As a run that was killed after the second file."""
    real = os.replace

    def stop(source, target):
        if str(target).endswith(".xlsx"):
            raise SystemExit
        return real(source, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "replace", stop)
        patch.setattr(placing, "recover", lambda folder: [])
        with pytest.raises(SystemExit):
            put(folder, number)
    assert (folder / "report.en.html").read_text().startswith(f"{number} ") and (
        folder / "report.en.pptx"
    ).read_text().startswith("1 ")


def test_the_next_run_undoes_it_and_says_so(folder, tmp_path):
    """Protects the reader of a folder whose run was killed: the sweep at the next start undoes it,
    before anything is looked at.
    """
    before = held(folder)
    halfway(folder)
    assert records.sweep(tmp_path / "out") == ["one en"]
    assert held(folder) == before and manifest.is_current(folder, "en", "1")
    assert records.sweep(tmp_path / "out") == []


def test_an_undoing_that_is_stopped_is_done_again(folder, tmp_path, monkeypatch):
    """Protects from a second power cut: at whichever call the undoing stops, the next one ends
    it.
    """
    before = held(folder)
    real = {name: getattr(os, name) for name in ("replace", "unlink", "fsync", "rmdir")}
    for step in range(1, 20):
        halfway(folder)
        calls = [0]

        def call(name, *given, calls=calls, step=step, **more):
            calls[0] += 1
            if calls[0] == step:
                raise KeyboardInterrupt
            return real[name](*given, **more)

        with monkeypatch.context() as patch:
            for name in real:
                patch.setattr(
                    os, name, lambda *given, _name=name, **more: call(_name, *given, **more)
                )
            try:
                placing.recover(folder)
            except KeyboardInterrupt:
                pass
            else:
                assert step > 5
                break
        records.sweep(tmp_path / "out")
        assert held(folder) == before, step
    assert held(folder) == before


def test_verify_undoes_it_under_the_lock(folder, tmp_path, page):
    """Protects `--verify` from comparing half a report, and a run at work from being undone by
    it.
    """
    before = held(folder)
    halfway(folder)
    with (
        journal.locked(tmp_path / "out"),
        pytest.raises(ReportError, match="is writing reports there"),
    ):
        verify_reports(tmp_path / "out")
    with pytest.raises(ReportError, match="its journal does not say where the studies are"):
        verify_reports(tmp_path / "out")
    assert held(folder) == before


def test_a_link_is_not_followed(folder, tmp_path):
    """Protects what lies outside --out from a client's folder that is a link."""
    halfway(folder)
    other = tmp_path / "other"
    other.mkdir()
    (other / "one").symlink_to(folder)
    assert records.sweep(other) == [] and (folder / f"{placing.KEPT}en").exists()


NOTES = [
    "{",
    "[]",
    "{}",
    '{"old": 1, "new": []}',
    '{"old": [], "new": []}',
    '{"old": {}, "new": [], "report": "x"}',
    "[" * 100_000,
    '{"old": ["manifest.json"], "new": [], "report": "x"}',
    '{"old": [], "new": [".."], "report": "x"}',
    '{"old": [], "new": [""], "report": "x"}',
    '{"old": [], "new": ["report.en.\\u0000"], "report": "x"}',
    '{"old": [], "new": ["report.en.\\ud800"], "report": "x"}',
    '{"old": [null], "new": [], "report": "x"}',
]


@pytest.mark.parametrize("note", NOTES, ids=range(len(NOTES)))
def test_a_note_that_cannot_be_read_is_told(folder, tmp_path, page, note):
    """Protects the other clients' reports, and the old files that were kept, from one folder that
    somebody or a bad disk has changed.
    """
    halfway(folder)
    (folder / f"{placing.KEPT}en" / "note.json").write_text(note, encoding="utf-8")
    study = write_study(tmp_path / "one", client="One")
    table = render_studies(
        [study],
        tmp_path / "out",
        template=write_template(tmp_path / "t.ipynb", "1"),
        page=page,
        cold=True,
    )
    told = (
        "one/.cxlab-kept-en: its note cannot be read; move the old files in it back by hand, then"
        " remove it"
    )
    assert table["problem"].tolist() == [told]
    assert (folder / f"{placing.KEPT}en" / "report.en.html").read_text().startswith("1 ")
    with pytest.raises(ReportError) as refused:
        verify_reports(tmp_path / "out")
    assert str(refused.value) == f"out: {told}"


@pytest.mark.parametrize("note", NOTES, ids=range(len(NOTES)))
def test_a_damaged_note_stops_no_other_folder(folder, tmp_path, note):
    """Protects the whole batch: the sweep leaves the damaged folder as it is, for its own turn, and
    undoes the next one.
    """
    shutil.copytree(folder, tmp_path / "out" / "two")
    halfway(folder)
    halfway(tmp_path / "out" / "two")
    (folder / f"{placing.KEPT}en" / "note.json").write_text(note, encoding="utf-8")
    before = held(folder)
    assert records.sweep(tmp_path / "out") == ["two en"]
    assert held(folder) == before and (folder / f"{placing.KEPT}en" / "report.en.html").is_file()


@pytest.mark.parametrize(
    "entry",
    [
        "null",
        "[]",
        '"x"',
        '{"report": null}',
        '{"report": "x"}',
        '{"report": {"files": []}}',
        '{"report": {"files": null}}',
        '{"last_run": null}',
        '{"last_run": 1, "report": {"inputs": "\\ud800"}}',
        "[" * 100_000,
    ],
    ids=range(10),
)
@pytest.mark.usefixtures("one_warm_process")
def test_a_damaged_manifest_stops_nothing(folder, tmp_path, page, entry):
    """Protects the whole batch from one manifest that somebody or a bad disk has changed: its
    report counts as not made, and is made again.
    """
    before = held(folder)
    halfway(folder)
    (folder / "manifest.json").write_text(f'{{"languages": {{"en": {entry}}}}}', encoding="utf-8")
    assert records.sweep(tmp_path / "out") == ["one en"]
    assert {name: old for name, old in held(folder).items() if name != "manifest.json"} == {
        name: old for name, old in before.items() if name != "manifest.json"
    }
    assert not manifest.is_current(folder, "en", "1") and not any(
        manifest.standing(folder, entry) for entry in manifest.read(folder)["languages"].values()
    )
    manifest.declare(folder, ["en"])
    study = write_study(tmp_path / "one", client="One")
    table = render_studies(
        [study],
        tmp_path / "out",
        template=write_template(tmp_path / "t.ipynb", "1"),
        page=page,
        resume=True,
    )
    assert (
        "one" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8").lower()
        and len(table) == 1
    )
    put(folder, 2)
    assert manifest.is_current(folder, "en", "2")


def test_a_folder_named_like_a_report_is_refused_before_anything_moves(folder):
    """Protects from a folder which no file can replace: what to remove is said, and the report that
    stands is not touched.
    """
    (folder / "report.en.pdf").unlink()
    (folder / "report.en.pdf").mkdir()
    before, told = (
        held(folder),
        (
            r"one/report\.en\.pdf: a folder stands where a file of the report belongs; move or"
            r" remove it"
        ),
    )
    with pytest.raises(IsADirectoryError, match=told):
        put(folder, 2)
    assert held(folder) == before and not placing.unfinished(folder.parent)
    (folder / "report.en.pdf").rmdir()
    put(folder, 1)
    before = held(folder)
    halfway(folder)
    (folder / "report.en.pdf").unlink()
    (folder / "report.en.pdf").mkdir()
    with pytest.raises(IsADirectoryError, match=told):
        placing.recover(folder)
    (folder / "report.en.pdf").rmdir()
    assert placing.recover(folder) == ["en"] and held(folder) == before


@pytest.mark.parametrize("kind", ["file", "link", "dead link"])
def test_what_only_looks_like_kept_files_is_refused(folder, tmp_path, kind):
    """Protects files elsewhere, which a link would have moved into the client's folder, and the
    batch from a name that is taken.
    """
    kept, elsewhere = folder / f"{placing.KEPT}en", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "report.en.html").write_text("of somebody else", encoding="utf-8")
    (elsewhere / "note.json").write_text(
        json.dumps({"old": ["report.en.html"], "new": ["report.en.html"], "report": "x"}),
        encoding="utf-8",
    )
    if kind == "file":
        kept.touch()
    else:
        kept.symlink_to(elsewhere if kind == "link" else tmp_path / "nowhere")
    before = held(folder)
    assert records.sweep(folder.parent) == []
    with pytest.raises(
        NotADirectoryError,
        match=(
            r"one/\.cxlab-kept-en: it is not the folder in which cxlab keeps old files; remove it"
        ),
    ):
        put(folder, 2)
    assert held(folder) == before and set(held(elsewhere)) == {"report.en.html", "note.json"}
    kept.unlink()
    put(folder, 2)
    assert manifest.is_current(folder, "en", "2")


def test_old_files_left_over_are_nothing_to_undo(folder, monkeypatch):
    """Protects a finished report from its own leavings: where the tidying fails after the
    manifest's entry, and the entry is changed later.
    """
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", lambda *given, **more: None)
        put(folder, 2)
    assert placing.unfinished(folder.parent) == [folder]
    changed = manifest.read(folder)
    changed["languages"]["en"]["report"]["seed"] = 7
    manifest.write(folder, changed)
    before = held(folder)
    assert (
        placing.recover(folder) == []
        and held(folder) == before
        and not placing.unfinished(folder.parent)
    )


def is_killed_while_it_puts(folder: Path, number: int, formats: tuple[str, ...], step: int) -> bool:
    """Put in a process of its own, which is killed at its `step`-th call that may change the disk;
    whether it came that far.
    """
    pid = os.fork()
    if pid:
        status = os.waitpid(pid, 0)[1]
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
        return os.WIFSIGNALED(status)
    calls = 0

    def dying(real):
        def call(*given, **more):
            nonlocal calls
            calls += 1
            if calls == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*given, **more)

        return call

    for name in ("replace", "link", "fsync", "unlink", "mkdir", "rmdir"):
        setattr(os, name, dying(getattr(os, name)))
    try:
        put(folder, number, formats, 20_000)
        os._exit(0)
    finally:
        os._exit(1)


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
@pytest.mark.parametrize("links", [True, False], ids=["links", "copies"])
def test_a_placing_that_is_killed(folder, tmp_path, monkeypatch, links):
    """Protects the set of files: the run is killed at each step of placing one format over four,
    four over one and four over four, and after the sweep all that stands is of one number, agrees
    with the manifest, and no other format of another number lies beside it.
    """
    if not links:
        monkeypatch.setattr(
            os, "link", lambda *given: (_ for _ in ()).throw(OSError(errno.EPERM, "no links here"))
        )
    killed = undone = 0
    numbers = itertools.count(2)
    for old, new in ((FORMATS, (".html",)), ((".html",), FORMATS), (FORMATS, FORMATS)):
        step, is_killed, stands, before = 0, True, "", {}
        while is_killed:
            step += 1
            if stands not in before:  # the new report stood already when it was killed
                before = {str(next(numbers)): old}
                put(folder, int(*before), old, 20_000)
            coming = str(next(numbers))
            is_killed = is_killed_while_it_puts(folder, int(coming), new, step)
            killed += is_killed
            undone += len(records.sweep(tmp_path / "out"))
            report = manifest.read(folder)["languages"]["en"]["report"]
            stands = report["inputs"]
            formats = {**before, coming: new}[stands]
            assert is_killed or stands == coming
            assert set(report["files"]) == {f"report.en{suffix}" for suffix in formats}
            assert set(held(folder)) == {"manifest.json", "report.pt-BR.html", *report["files"]}
            assert manifest.is_current(folder, "en", stands)
            told = {(folder / name).read_text().split()[0] for name in report["files"]}
            assert told == {stands}
    assert killed > 80 and undone > 20
