"""Who sends a study does not choose what else of this machine is read: a file lies in the study's
own folder, whichever key names it and in whatever way, or in a folder that is allowed.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import cxlab as cx

ANSWERS = "q1,nps\n" + "".join(f"{i % 7 + 1},{i % 11}\n" for i in range(40))
POINTS = "touchpoint,experience\nshop,q1\n"
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'
FILES = {"answers.csv": ANSWERS, "points.csv": POINTS, "brand.yml": "logo: logo.svg\n"}
FILES |= {"logo.svg": LOGO}
STUDY = """\
schema: 1
client: Own
responses: {file: answers.csv}
scales: {s: {min: 1, max: 7}}
touchpoints: points.csv
outcomes: {r: {kind: nps, column: nps}}
report: {brand: brand.yml}
"""
OUTSIDE = "it lies outside the study's folder"


@pytest.fixture
def study(tmp_path) -> Path:
    """A sound study beside the folder of another client, whose files have the same names."""
    for folder in (tmp_path / "mine", tmp_path / "theirs"):
        folder.mkdir()
        for name, text in {**FILES, "study.yml": STUDY}.items():
            (folder / name).write_text(text, encoding="utf-8")
    return tmp_path / "mine"


def declare(study: Path, old: str, new: str) -> None:
    for file in (study / "study.yml", study / "brand.yml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace(f" {old}", f" '{new}'"), encoding="utf-8")


def problems(study: Path, **options) -> list[str]:
    table = cx.check_study(study, **options)
    return table.loc[table["severity"] == "error", "problem"].tolist()


def relative(study: Path, name: str) -> None:
    declare(study, name, f"../theirs/{name}")


def round_about(study: Path, name: str) -> None:
    (study / "folder").mkdir()
    declare(study, name, f"folder/../../theirs/{name}")


def absolute(study: Path, name: str) -> None:
    declare(study, name, str(study.parent / "theirs" / name))


def link(study: Path, name: str) -> None:
    (study / name).unlink()
    (study / name).symlink_to(study.parent / "theirs" / name)


def link_to_a_link(study: Path, name: str) -> None:
    link(study, name)
    (study / name).rename(study / "second")
    (study / name).symlink_to("second")


def linked_folder(study: Path, name: str) -> None:
    (study / "there").symlink_to(study.parent / "theirs")
    declare(study, name, f"there/{name}")


@pytest.mark.skipif(os.name != "posix", reason="links need rights elsewhere")
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "way", [relative, round_about, absolute, link, link_to_a_link, linked_folder]
)
def test_a_file_outside_is_refused_unless_its_folder_is_allowed(study, name, way):
    assert problems(study) == []
    way(study, name)
    assert problems(study) == [OUTSIDE]
    theirs = study.parent / "theirs"
    for allowed in (theirs, str(theirs), [study, theirs], theirs.parent):
        assert problems(study, allow_outside=allowed) == []
    assert problems(study, allow_outside=[study.parent / "their"]) == [OUTSIDE]
    if name in ("answers.csv", "points.csv"):
        with pytest.raises(cx.StudyError, match=OUTSIDE):
            cx.read_study(study)
        assert cx.read_study(study, allow_outside=theirs).n == 40


def pipe(file: Path) -> None:
    os.mkfifo(file)


def device(file: Path) -> None:
    file.symlink_to("/dev/zero")


def process(file: Path) -> None:
    file.symlink_to("/proc/self/environ")


def loop(file: Path) -> None:
    file.symlink_to(file.name)


@pytest.mark.skipif(os.name != "posix", reason="has no such files")
@pytest.mark.parametrize("name", [*FILES, "study.yml"])
@pytest.mark.parametrize(
    ("put", "problem"),
    [
        (pipe, "it is no file, but a folder, a pipe or a device"),
        (Path.mkdir, "it is no file, but a folder, a pipe or a device"),
        (device, OUTSIDE),
        (process, OUTSIDE),
        (loop, "it is out of reach"),
    ],
)
def test_what_is_no_file_is_never_opened(study, name, put, problem):
    (study / name).unlink()
    put(study / name)
    assert problems(study) == [problem]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("/proc/self/environ", OUTSIDE),
        ("/dev/zero", OUTSIDE),
        ("/etc/passwd", OUTSIDE),
        ("//etc/passwd", OUTSIDE),
        ("..", OUTSIDE),
        (".", "it is no file, but a folder, a pipe or a device"),
        ("", "it is no file, but a folder, a pipe or a device"),
        ("https://example.org/a.csv", "there is no such file"),
        ("~/a.csv", "there is no such file"),
        ("x" * 5000, "it is out of reach"),
    ],
)
@pytest.mark.parametrize("name", ["answers.csv", "points.csv", "brand.yml"])
def test_a_name_that_is_no_file_of_the_study_is_refused(study, name, given, problem):
    declare(study, name, given)
    assert problems(study) == [problem]


def test_a_study_that_is_a_link_itself_is_read_where_it_lies(study):
    (study.parent / "linked").symlink_to(study)
    assert problems(study.parent / "linked") == []


def test_a_device_is_no_file_where_it_is_allowed_either(study):
    declare(study, "answers.csv", "/dev/zero")
    assert problems(study, allow_outside="/dev") == [
        "it is no file, but a folder, a pipe or a device"
    ]


def test_a_name_of_either_form_of_unicode_is_found(study):
    """Protects a study from macOS, which writes the names of files decomposed."""
    (study / "answers.csv").rename(study / "po\u0301s.csv")
    declare(study, "answers.csv", "p\u00f3s.csv")
    assert problems(study) == []
