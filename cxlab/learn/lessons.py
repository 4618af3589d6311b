"""Copies of the lessons for a class: the students' without solutions, the teacher's with them.

Who works in the repository itself would change the lessons; who only has the installed package has
no folder of notebooks. Both get one by `cxlab lessons --out DIR`.
"""

import shutil
from pathlib import Path

from cxlab.data_files import shipped
from cxlab.errors import CxlabError
from cxlab.extras import needed
from cxlab.languages import LANGUAGES, language_of


def course_folder() -> Path:
    """The folder of the course.

    Returns
    -------
    Path

    Raises
    ------
    CxlabError
        Where it is not there.

    Examples
    --------
    >>> import cxlab as cx
    >>> (cx.learn.course_folder() / "README.md").is_file()
    True
    """
    return shipped("notebooks") / "learn"


def copy_lessons(out: str | Path, language: str = "en", *, teacher: bool = False) -> list[Path]:
    """Write the lessons of one language into a folder, with a page on them beside.

    Parameters
    ----------
    out : str or Path
        The folder; it is made where there is none.
    language : {"en", "pt-BR"}
    teacher : bool
        With the cells tagged `solution` and what introduces them, the syllabus, and the notebook
        that makes a shop for each student and marks what comes back.

    Returns
    -------
    list of Path
        The lessons written. Cells keep their ids, tags and nbgrader's marks.

    Raises
    ------
    CxlabError
        Where a file of that name lies there already (somebody may have worked in it; nothing is
        written then), or no lessons are in that language.

    Examples
    --------
    >>> import tempfile
    >>> import cxlab as cx
    >>> len(cx.learn.copy_lessons(tempfile.mkdtemp(), "pt-BR")) > 20
    True
    """
    source, out = course_folder() / language_of(language), Path(out)
    lessons = sorted(source.glob("*.ipynb" if teacher else "[0-9]*.ipynb"))
    if not lessons:
        known = ", ".join(one for one in LANGUAGES if (course_folder() / one).is_dir())
        raise CxlabError(
            "no lessons in {language!r}: choose one of {known}", language=language, known=known
        )
    there = [lesson.name for lesson in lessons if (out / lesson.name).exists()]
    if there:
        raise CxlabError(
            "--out {out}: {file} is there already, and may hold somebody's work; choose another"
            " folder",
            out=out,
            file=there[0],
        )
    out.mkdir(parents=True, exist_ok=True)
    about = course_folder() if teacher else source
    shutil.copyfile(about / "README.md", out / "README.md")
    for lesson in lessons:
        copy_lesson(lesson, out / lesson.name, teacher=teacher)
    return [out / lesson.name for lesson in lessons]


def copy_lesson(lesson: Path, copy: Path, *, teacher: bool = False) -> None:
    """Write one notebook, without solutions unless it is for who teaches."""
    with needed():
        import nbformat  # late: the light core has no notebooks
    notebook = nbformat.read(lesson, as_version=4)
    notebook.cells = [
        one for one in notebook.cells if teacher or "solution" not in one.metadata.get("tags", [])
    ]
    nbformat.write(notebook, copy)
