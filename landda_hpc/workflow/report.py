"""The report of a twin experiment: one HTML page that needs no other file and no network."""

import base64
import html
import os
from pathlib import Path

from landda_hpc import __version__
from landda_hpc.io.atomic import replacing
from landda_hpc.io.provenance import commit
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.workflow.evaluation import FOLDER, evaluate_twin, write_evaluation
from landda_hpc.workflow.evaluation_figures import draw_evaluation
from landda_hpc.workflow.result_table import ResultTable, escaped
from landda_hpc.workflow.verdict import sentences

#: Sections of the page: heading, figures and tables by name; a table marked with ``+`` is folded.
SECTIONS = (
    ("Against the truth", ("rmse_surface", "rmse_root_zone", "series", "land_cover"),
     ("truth", "truth_daily", "+truth_by_land_cover")),
    ("Triple collocation", ("triple_collocation", "triple_collocation_errors", "triple_collocation_land_cover"),
     ("triple_collocation", "triple_collocation_errors", "+triple_collocation_by_land_cover")),
    ("The filter", ("innovations", "consistency", "observations", "daily", "increments"),
     ("filter", "analyses", "increments", "+observations", "+filter_by_month", "+filter_by_land_cover")),
)

STYLE = """
:root { --ink: #1d2329; --soft: #5d6770; --line: #dfe4e8; --tint: #f5f7f9; --accent: #0b5c8a; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: var(--ink); font: 16px/1.55 "Source Sans 3", "Segoe UI", "Helvetica Neue", Arial,
  sans-serif; }
main { max-width: 1200px; margin: 0 auto; padding: 40px 28px 80px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 22px; margin: 56px 0 12px; padding-top: 14px; border-top: 1px solid var(--line); }
h3 { font-size: 16px; margin: 0 0 2px; color: var(--accent); }
p { margin: 0 0 10px; }
.lead { color: var(--soft); margin-bottom: 24px; }
.answers { background: var(--tint); border-left: 4px solid var(--accent); padding: 18px 22px 8px; }
.answers p { margin-bottom: 14px; max-width: 92ch; }
figure { margin: 26px 0; }
figure img { width: 100%; height: auto; display: block; }
figcaption, .note { color: var(--soft); font-size: 14px; margin-top: 6px; max-width: 95ch; }
.table { overflow-x: auto; margin-top: 22px; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; font-size: 15px; padding-bottom: 6px; }
th, td { padding: 4px 8px; text-align: right; white-space: nowrap; }
th { font-weight: 600; vertical-align: bottom; border-bottom: 1.5px solid var(--ink); white-space: normal; }
td { border-bottom: 1px solid var(--line); }
.text { text-align: left; }
.long { white-space: normal; max-width: 34em; overflow-wrap: anywhere; }
details { margin-top: 18px; }
summary { cursor: pointer; color: var(--accent); font-size: 15px; }
nav { margin-top: 18px; }
nav a { color: var(--accent); margin-right: 18px; }
@media print { main { max-width: none; padding: 0; } figure, .table { break-inside: avoid; } }
"""


def write_report(folder, start=None, end=None, minimum_triplets=30, command="", say=lambda text: None):
    """Evaluate a twin folder, write tables, maps, figures and ``report.html``; return the path of the page and the evaluation.

    Parameters are those of :func:`~landda_hpc.workflow.evaluation.evaluate_twin`.
    """
    evaluation = evaluate_twin(folder, start, end, minimum_triplets, say)
    try:
        write_evaluation(evaluation, command=command)
        figures = draw_evaluation(evaluation, evaluation.twin.folder / FOLDER, say)
        page = page_of(evaluation, figures, command)
    finally:
        evaluation.twin.close()
    path = evaluation.twin.folder / "report.html"
    data = page.encode()
    with replacing(path, SerialCommunicator(), len(data)) as temporary:
        Path(temporary).write_bytes(data)
    return path, evaluation


def page_of(evaluation, figures, command=""):
    """Return the page as HTML; ``figures`` are those of :func:`draw_evaluation`."""
    twin = evaluation.twin
    tables = {table.name: table for table in evaluation.tables}
    parts = [_head(twin), _answers(evaluation)]
    titles = []
    for title, figure_names, table_names in SECTIONS:
        content = [_table(tables, name) for name in table_names] + [_figure(figures, name) for name in figure_names]
        content = [part for part in content if part]
        if content:
            titles.append(title)
            parts += [f'<h2 id="{_slug(title)}">{title}</h2>', *content]
    parts += ['<h2 id="provenance">Provenance</h2>', provenance_table(twin, command).html()]
    links = "".join(f'<a href="#{_slug(title)}">{title}</a>' for title in (*titles, "Provenance"))
    parts.insert(2, f"<nav>{links}</nav>")
    body = "\n".join(parts)
    return ('<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{html.escape(twin.folder.resolve().name)}: twin experiment</title>\n"
            f"<style>{STYLE}</style></head>\n<body><main>\n{body}\n</main></body></html>\n")


def _head(twin):
    first, last = (str(time.astype("datetime64[m]")) for time in (twin.times[0], twin.times[-1]))
    return (f"<h1>Twin experiment {html.escape(twin.folder.resolve().name)}</h1>\n"
            f"<p class=\"lead\">{', '.join(twin.experiments)} against a known truth; {twin.points.n_points:,} land cells, "
            f"{len(twin.times):,} times from {first} to {last} UTC.</p>")


def _answers(evaluation):
    told = "\n".join(f"<h3>{escaped(heading)}</h3><p>{escaped(text)}</p>" for heading, text in sentences(evaluation))
    return f'<div class="answers">\n{told}\n</div>'


def _table(tables, name):
    table = tables.get(name.lstrip("+"))
    if table is None:
        return ""
    if not name.startswith("+"):
        return table.html()
    return f"<details><summary>{html.escape(table.title)} ({len(table.rows)} rows)</summary>{table.html()}</details>"


def _figure(figures, name):
    if name not in figures:
        return ""
    path, caption = figures[name]
    data = base64.b64encode(path.read_bytes()).decode()
    caption = html.escape(caption)
    return f'<figure><img alt="{caption}" src="data:image/png;base64,{data}"><figcaption>{caption}</figcaption></figure>'


def _slug(title):
    return title.lower().replace(" ", "-")


def provenance_table(twin, command=""):
    """Return versions, configuration, seeds and periods of the runs, and of this evaluation."""
    rows = [("evaluation", __version__, commit(), "", "", _span(twin.times), "1", command or "landda report")]
    for name, history in (("truth", twin.truth), *twin.experiments.items()):
        attributes, config = history.dataset.attrs, twin.configurations.get(name)
        rows.append((name, *(str(attributes.get(key, "")) for key in ("version", "commit")),
                     config.digest()[:16] if config else "", str(attributes.get("seed", "")), _span(history.times),
                     str(attributes.get("n_ranks", "")), str(attributes.get("command", ""))))
    return ResultTable("provenance", "Where the numbers come from",
                       ("run", "version", "commit", "configuration", "seed", "period", "ranks", "command"),
                       [tuple(str(cell)[:16] if place == 2 else cell for place, cell in enumerate(row)) for row in rows],
                       f"Domain: {os.path.basename(twin.domain_path)}. Tables with all digits and maps (NetCDF) are in "
                       f"the folder {FOLDER} beside this page.")


def _span(times):
    return " to ".join(str(time.astype("datetime64[m]")) for time in (times[0], times[-1]))
