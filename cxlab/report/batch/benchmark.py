"""The benchmark of a folder of reports: made once, named by its day, never written over. What it
holds, and why nobody's figure can be told from it, stands in `cxlab.show.benchmark`.

Counted are the figures that the reports of clients who allow it have printed; a client with several
studies counts once.
"""

from collections import defaultdict
from datetime import date
from pathlib import Path
from statistics import fmean

from pydantic import ValidationError

from cxlab.report import Record
from cxlab.report.batch import manifest
from cxlab.report.batch.files import replace_text
from cxlab.report.formats.checks import plain
from cxlab.report.messages import reason, refusal
from cxlab.show.benchmark import LEAST, LEAST_OF_QUARTILES, METRICS, Benchmark


def make_benchmark(out: Path | str, day: date) -> tuple[Path, Benchmark]:
    """Write `out/benchmark-<day>.json` from the reports that stand in `out`. Raises ReportError
    where too few clients allow it, and where the day has one.
    """
    out = Path(out)
    file = out / f"benchmark-{day.isoformat()}.json"
    if file.exists():
        raise refusal(
            f"{file.name}: the benchmark of this day stands; a set of clients is fixed once, so"
            " take it, or name another --date"
        )
    known = _figures(out)
    figures = {metric: figure_of(metric, held) for metric, held in known.items()}
    figures = {metric: figure for metric, figure in figures.items() if figure}
    if not figures:
        most = max(map(len, known.values()), default=0)
        raise refusal(
            f"{out.name}: {most} clients there let their figures be counted, and a benchmark needs"
            f" {LEAST}, so that nobody's can be told; set `report: {{benchmark: true}}` in their"
            " study.yml and make their reports again"
        )
    made = Benchmark(date=day, figures=figures)
    replace_text(file, made.model_dump_json(indent=2) + "\n")
    return file, made


def read_benchmark(file: Path | str) -> str:
    """The text of a benchmark's file, as the template takes it. Raises ReportError."""
    file = Path(file)
    try:
        return Benchmark.model_validate_json(file.read_bytes()).model_dump_json()
    except OSError as error:
        raise refusal(f"{file.name}: {reason(error)}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise refusal(
            f"{file.name}: it is no benchmark ({where}: {first['msg']}); give a file that `cxlab"
            " benchmark` wrote"
        ) from None


def _figures(out: Path) -> dict[str, list[float]]:
    """By metric the figure of each client that every one of its reports lets be counted."""
    told: dict[tuple[Path, str], list[Record]] = defaultdict(list)
    for folder, client, _language, entry in manifest.entries(out):
        if not entry.get(manifest.UNDECLARED):
            told[folder, plain(client)].append(entry.get("report", {}).get("facts") or {})
    found = {}
    for metric in METRICS.values():
        of_client: dict[str, list[float]] = defaultdict(list)
        for (_folder, client), reports in told.items():
            figures = [facts.get(f"counted_{metric}") for facts in reports]
            if all(isinstance(one, (int, float)) for one in figures):
                of_client[client].append(figures[0])
        found[metric] = [fmean(one) for one in of_client.values()]
    return found


def figure_of(metric: str, held: list[float]) -> Record:
    """The figure of a metric in whole points; nothing of too few clients."""
    from scipy.stats.mstats import hdquantiles  # late: only who makes one needs it

    if len(held) < LEAST:
        return {}
    points = [x * (1 if metric == "nps" else 100) for x in held]
    made = {"clients": len(points), "mean": round(fmean(points))}
    if len(points) >= LEAST_OF_QUARTILES:
        made["quartiles"] = [round(x) for x in hdquantiles(points, [0.25, 0.75]).tolist()]
    return made
