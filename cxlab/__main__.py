"""The command line: `cxlab draft`, `check`, `report`, `benchmark`, `simulate`, `lessons`, `lab`.

Each command imports what it needs when it runs, so that `cxlab --help` answers at once.
"""

import argparse
import io
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from cxlab.languages import LANGUAGES, language_of

DESIGNS = ("learn", "telecom", "software", "retail", "panel", "insurance")
_SPOKEN = {"type": language_of, "choices": LANGUAGES}
# Limits of one report, by the name that `Limits` has for them: unit, and what it limits.
_LIMITS = {
    "cell_seconds": ("seconds", "time that one cell may take (default: 300)"),
    "report_seconds": ("seconds", "time that one client's reports may take (default: 900)"),
    "memory_mb": ("MB", "memory that one client's cells may hold (default: 1536)"),
    "output_mb": ("MB", "what one client's cells may print and show (default: 50)"),
    "file_mb": ("MB", "what one file of a study may hold once it is unpacked (default: 100)"),
}


def _above(kind: Callable[[str], float], what: str) -> Callable[[str], float]:
    """Reads a number above 0."""

    def read(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = 0
        if not 0 < value < float("inf"):
            raise argparse.ArgumentTypeError(f"{text!r} is not {what} above 0")
        return value

    return read


_positive = _above(int, "a whole number")


def _add_limit(command: argparse.ArgumentParser, limit: str) -> None:
    unit, what = _LIMITS[limit]
    command.add_argument(
        f"--{limit.split('_')[0]}-limit",
        dest=limit,
        default=argparse.SUPPRESS,
        type=_above(float, f"a number of {unit}"),
        metavar=unit.upper(),
        help=what,
    )


def _given(options: argparse.Namespace) -> dict[str, float]:
    """The limits that were given, by the name that `Limits` has for them."""
    return {name: value for name, value in vars(options).items() if name in _LIMITS}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cxlab",
        description=(
            "Customer-experience surveys: is the study sound, what does it say, and the report to"
            " send."
        ),
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    draft = commands.add_parser(
        "draft", help="a first study.yml from a survey tool's file, and a page to look through"
    )
    draft.add_argument(
        "exports", nargs="+", metavar="EXPORT", help="a survey tool's file; several are waves"
    )
    draft.add_argument(
        "--out", required=True, metavar="DIR", help="folder of the study; nothing is overwritten"
    )
    draft.add_argument(
        "--language",
        default="en",
        **_SPOKEN,
        help="of what you read and decide, whatever the survey speaks (default: en)",
    )
    draft.add_argument(
        "--encoding", help="of a text file whose letters cannot be told, such as cp949"
    )
    draft.set_defaults(run=_draft)

    check = commands.add_parser(
        "check", help="is this study sound? every fault with file, column and rows"
    )
    check.add_argument(
        "studies", nargs="+", metavar="STUDY", help="a folder with study.yml, or the file"
    )
    check.add_argument(
        "--language",
        default="en",
        **_SPOKEN,
        help="of what is said (default: en)",
    )
    check.add_argument("--html", metavar="FILE", help="write a page too, for who can mend the file")
    _add_limit(check, "file_mb")
    check.set_defaults(run=_check)
    outside = {
        "action": "append",
        "default": [],
        "metavar": "DIR",
        "help": "let study.yml name files in this folder too, not only its own; may be repeated",
    }
    check.add_argument("--allow-outside", **outside)

    report = commands.add_parser(
        "report", help="one self-contained page for each client and language"
    )
    report.add_argument(
        "studies", nargs="*", metavar="STUDY", help="a folder with study.yml, or the file"
    )
    report.add_argument(
        "--out",
        default="reports",
        metavar="DIR",
        help="where reports go, one folder a client (default: reports)",
    )
    report.add_argument(
        "--language",
        action="append",
        **_SPOKEN,
        help="instead of those that study.yml declares; may be repeated",
    )
    report.add_argument(
        "--jobs", type=_positive, default=2, metavar="N", help="clients made at a time (default: 2)"
    )
    report.add_argument(
        "--resume",
        action="store_true",
        help="leave a client whose study, template, code, packages and reports have not changed",
    )
    report.add_argument(
        "--template", metavar="NOTEBOOK", help="another notebook than templates/client_report.ipynb"
    )
    report.add_argument(
        "--formats",
        type=lambda text: text.split(","),
        metavar="LIST",
        help="html (always made), pdf, xlsx, pptx, with commas between (default: html)",
    )
    report.add_argument(
        "--kit",
        action="store_true",
        help="also one zip to send for each client and language: files, figures, a mail's text",
    )
    report.add_argument(
        "--benchmark", metavar="FILE", help="what `cxlab benchmark` wrote, for clients who allow it"
    )
    report.add_argument(
        "--brand", metavar="FILE", help="your own brand.yml, for the list of all clients"
    )
    for limit in _LIMITS:
        _add_limit(report, limit)
    report.add_argument(
        "--cold",
        action="store_true",
        help=(
            "a fresh interpreter for each client instead of a copy of a warm one: the same reports,"
            " slower"
        ),
    )
    report.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="make the reports on the Dask cluster at this address (tcp://host:port)",
    )
    report.add_argument(
        "--verify",
        metavar="DIR",
        help=(
            "make the reports of DIR again elsewhere and say what differs; studies far away from"
            " DIR must be named, the others are found"
        ),
    )
    report.add_argument(
        "--since",
        metavar="DIR",
        help="the folder of the last reports sent, where that is not --out: page one looks back",
    )
    report.add_argument("--allow-outside", **outside)
    report.set_defaults(run=_report, wrong=report.error)

    benchmark = commands.add_parser(
        "benchmark", help="mean and quartiles over the clients of a folder who allow it, no names"
    )
    benchmark.add_argument("reports", metavar="DIR", help="the folder that --out named")
    benchmark.add_argument(
        "--date",
        required=True,
        type=date.fromisoformat,
        metavar="YYYY-MM-DD",
        help="the day that names this set of clients",
    )
    benchmark.set_defaults(run=_benchmark)

    simulate = commands.add_parser("simulate", help="a made-up study whose truth is known")
    simulate.add_argument(
        "--out", required=True, metavar="DIR", help="folder to write; it must be new or empty"
    )
    simulate.add_argument(
        "--design", choices=DESIGNS, default="learn", help="kind of client (default: learn)"
    )
    simulate.add_argument("--n", type=_positive, default=500, help="respondents (default: 500)")
    simulate.add_argument(
        "--seed", type=int, default=1, help="the same seed gives the same bytes (default: 1)"
    )
    simulate.set_defaults(run=_simulate)

    lessons = commands.add_parser(
        "lessons", help="the course's notebooks for students, or for who teaches them"
    )
    lessons.add_argument(
        "--out", required=True, metavar="DIR", help="folder to write; no lesson is overwritten"
    )
    lessons.add_argument(
        "--language",
        default="en",
        **_SPOKEN,
        help="of the lessons (default: en)",
    )
    lessons.add_argument(
        "--teacher", action="store_true", help="with the solutions, which students do not get"
    )
    lessons.set_defaults(run=_lessons)

    lab = commands.add_parser(
        "lab", help="JupyterLab in the notebooks; other options go to JupyterLab"
    )
    lab.add_argument(
        "--out",
        metavar="DIR",
        help="work on copies in DIR, nothing in it is overwritten (cxlab-lab where no checkout is)",
    )
    lab.set_defaults(run=_lab)
    return parser


def _draft(options: argparse.Namespace) -> int:
    from cxlab.exports.draft_study import told

    code, text = told(options.exports, options.out, options.language, options.encoding)
    print(text, file=sys.stderr if code else sys.stdout)
    return code


def _check(options: argparse.Namespace) -> int:
    from cxlab.report.check import check, lines, write_page

    found = []
    for path in options.studies:
        found.append(check(path, allow_outside=options.allow_outside, **_given(options)))
        print("\n" * (len(found) > 1) + "\n".join(lines(found[-1], options.language)))
    if options.html:
        write_page(Path(options.html), found, options.language)
    return 0 if all(one.is_sound for one in found) else 1


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _report(options: argparse.Namespace) -> int:
    from cxlab.report.batch.render import Limits, render_studies
    from cxlab.study.samples import located

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    # `clients/*` also names the README that lies beside the clients; a name that is not there is
    # still a fault.
    studies = [
        path
        for path in options.studies
        if not Path(path).is_file() or Path(path).suffix in (".yml", ".yaml")
    ]
    for path in sorted(set(options.studies) - set(studies)):
        say(f"passed over: {Path(path).name} is neither a folder nor a study.yml")

    # Nothing is written, no list of clients either, where none of them is there.
    if not (options.verify or any(Path(located(one)).exists() for one in studies)):
        options.wrong("STUDY: name a folder with a study.yml; none that is named is there")

    given = _given(options)
    names = ("template", "benchmark", "brand", "jobs", "cold", "scheduler", "allow_outside")
    settings = {name: getattr(options, name) for name in names}
    settings |= {"progress": sys.stderr.isatty() or say}
    settings |= {"limits": Limits(**given)} if given else {}
    formats = [*(options.formats or []), *["zip"] * options.kit]
    settings |= {"formats": formats} if formats else {}
    if options.verify:
        from cxlab.report.batch.verify import verify_reports

        table = verify_reports(options.verify, studies, **settings)
        print(_table(table, {"problem": "what differs"}))
        wrong = (table["status"] != "same").sum()
        made = _counted(len(table), "report")
        again = f"{made} made again, byte for byte the same"
        say(f"{wrong} of {made} not the same" if wrong else again)
        return 1 if wrong else 0
    settings |= {"resume": options.resume, "since": options.since}
    table = render_studies(studies, options.out, options.language, **settings)
    print(_table(table, {"seconds": "seconds", "moved": "moved", "problem": "cause"}))
    print(f"\nEvery report: {Path(options.out) / 'index.html'}")
    failed = (table["status"] == "failed").sum()
    if failed:
        say(f"{failed} of {_counted(len(table), 'report')} failed")
    return 1 if failed else 0


def _table(reports, last: dict[str, str]) -> str:
    """Reports, one a line; `last`: heads of the last columns. Columns are padded to their widest
    cell, but for the last one, which may be long.
    """
    folders = reports["file"].str.split("/").str[0]
    names = ["folder", "client", "language", "status", *last]
    rows = reports.assign(folder=folders)[names].values.tolist()
    cells = [
        [last.get(name, name) for name in names],
        *([f"{v:.1f}" if isinstance(v, float) else str(v) for v in row] for row in rows),
    ]
    widths = [max(len(row[i]) for row in cells) for i in range(len(names) - 1)] + [0]
    return "\n" + "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )


def _benchmark(options: argparse.Namespace) -> int:
    from cxlab.report.batch.benchmark import make_benchmark

    file, made = make_benchmark(options.reports, options.date)
    for metric, one in made.figures.items():
        quartiles = (
            f", quartiles {one.quartiles[0]} and {one.quartiles[1]}" if one.quartiles else ""
        )
        print(f"{metric}: mean {one.mean}{quartiles}, of {one.clients} clients")
    print(f"written to {file}; give it to the reports with --benchmark")
    return 0


def _simulate(options: argparse.Namespace) -> int:
    import cxlab as cx

    out = Path(options.out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise cx.CxlabError(
            "--out {out}: it exists and is not an empty folder; a study of yours could be"
            " overwritten",
            out=options.out,
        )
    study = cx.simulate_study(options.n, seed=options.seed, design=options.design)
    cx.write_study(study, out)
    print(f"written to {options.out}: {study!r}")
    return 0


def _lessons(options: argparse.Namespace) -> int:
    from cxlab.learn.lessons import copy_lessons

    written = copy_lessons(options.out, options.language, teacher=options.teacher)
    print(f"written to {options.out}: {len(written)} lessons")
    return 0


def _lab(options: argparse.Namespace) -> int:
    from cxlab.data_files import PACKAGE, shipped
    from cxlab.extras import require

    require("lab")
    root = shipped("notebooks").parent
    if options.out or root == PACKAGE:  # installed, they are nobody's to write to
        root = Path(options.out or "cxlab-lab").absolute()
        for folder in ("notebooks", "templates", "data"):
            copies = {"copy_function": _copy_new, "dirs_exist_ok": True}
            shutil.copytree(shipped(folder), root / folder, **copies)
        print(f"your copies of the notebooks: {root}")
    # The folder above is the root, so that templates/ and data/ can be opened too.
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={root}"]
    command += ["--LabApp.default_url=/lab/tree/notebooks", *options.rest]
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(sys.executable, command)
    return subprocess.call(command)  # elsewhere the shell would not wait for what takes our place


def _copy_new(source: str, copy: str) -> None:
    """Lessons without their solutions; nothing is overwritten."""
    from cxlab.learn.lessons import copy_lesson

    if not os.path.exists(copy):
        is_lesson = "learn" in Path(source).parts and source.endswith(".ipynb")
        (copy_lesson if is_lesson else shutil.copyfile)(source, copy)


def _stopped(number: int, options: argparse.Namespace) -> int:
    """One line on what a stop signal has left; the exit code is a shell's."""
    advice = ""
    if options.command == "report":
        made = (
            "the reports that were made stand, run the same command again with --resume for the"
            " others"
        )
        advice = "; nothing was changed, run it again" if options.verify else f"; {made}"
    print(f"cxlab: stopped by {signal.Signals(number).name}{advice}", file=sys.stderr)
    return 128 + number


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code: 0, 1 where something failed, 2 where the call itself
    is wrong, 128 + the signal where one stopped it.
    """
    from cxlab.errors import CxlabError
    from cxlab.extras import needed

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a code page of Windows has no arrow
            stream.reconfigure(errors="replace")
    parser = _parser()
    options, options.rest = parser.parse_known_args(argv)
    if options.rest and options.command != "lab":
        parser.error(f"unknown: {' '.join(options.rest)}")
    try:
        with needed():
            return options.run(options)
    except CxlabError as error:
        print(f"cxlab: {error}", file=sys.stderr)
        return 2 if options.command == "report" else 1
    except KeyboardInterrupt:
        return _stopped(signal.SIGINT, options)
    except SystemExit as ended:
        if not isinstance(ended.code, int) or ended.code <= 128:
            raise
        return _stopped(ended.code - 128, options)
    except BrokenPipeError:
        # `cxlab check … | head` closes the pipe; Python would complain once more when it flushes on
        # the way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())
