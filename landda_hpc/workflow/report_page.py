"""The page of a report: HTML that needs no other file and no network."""

import base64
import html

from landda_hpc.workflow.result_table import escaped

#: Sections of the page: heading, figures and tables by name; a table marked with ``+`` is folded.
SECTIONS = (
    ("Against the truth", ("rmse_surface", "rmse_root_zone", "series", "land_cover"),
     ("truth", "truth_daily", "+truth_by_land_cover")),
    ("Triple collocation", ("triple_collocation", "triple_collocation_errors", "triple_collocation_land_cover"),
     ("triple_collocation", "triple_collocation_errors", "+triple_collocation_by_land_cover")),
    ("The atmosphere", ("profile_specific_humidity", "profile_air_temperature",
                        *(f"rmsd_2m_{quantity}_{what}" for quantity in ("specific_humidity", "air_temperature")
                          for what in ("000h", "024h", "072h", "leads")), "precipitation"),
     ("domains_specific_humidity", "domains_air_temperature", "precipitation_change",
      *(f"+rmsd_{what}" for quantity in ("specific_humidity", "air_temperature")
        for what in (f"2m_{quantity}", f"2m_{quantity}_significance", f"profile_{quantity}")), "+precipitation")),
    ("The filter", ("innovations", "consistency", "observations", "observation_error", "daily", "increments"),
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
.missing { color: var(--soft); }
.figures { padding-left: 20px; }
.figures li { margin-bottom: 4px; }
.figures a { color: var(--accent); }
nav { margin-top: 18px; }
nav a { color: var(--accent); margin-right: 18px; }
@media print { main { max-width: none; padding: 0; } figure, .table { break-inside: avoid; } }
"""


def page_of(name, kind, lead, answers, tables, figures, provenance, index=()):
    """Return the page as HTML.

    Parameters
    ----------
    name, kind, lead : str
        Of what is told, such as ``demo``, ``Twin experiment``, and the line below this heading.
    answers : list of (str, str)
        Headings and sentences.
    tables : list of ResultTable
    figures : dict of str to (Path, str)
        Path and caption by name.
    provenance : ResultTable
    index : list of (str, str, str)
        Of figures that are expected: what each shows, the section that it is in, and why it is missing where it is.
    """
    tables = {table.name: table for table in tables}
    sections = []
    for heading, figure_names, table_names in SECTIONS:
        content = [_table(tables, name) for name in table_names] + [_figure(figures, name) for name in figure_names]
        content = [part for part in content if part]
        if content:
            sections.append((heading, [f'<h2 id="{_slug(heading)}">{heading}</h2>', *content]))
    parts = [f"<h1>{html.escape(f'{kind} {name}')}</h1>\n<p class=\"lead\">{html.escape(lead)}</p>", _answers(answers)]
    links = "".join(f'<a href="#{_slug(heading)}">{heading}</a>' for heading in (*(one for one, _ in sections), "Provenance"))
    parts += [f"<nav>{links}</nav>", _index(index)]
    parts += [part for _, content in sections for part in content]
    parts += ['<h2 id="provenance">Provenance</h2>', provenance.html()]
    body = "\n".join(part for part in parts if part)
    return ('<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{html.escape(f'{name}: {kind.lower()}')}</title>\n"
            f"<style>{STYLE}</style></head>\n<body><main>\n{body}\n</main></body></html>\n")


def _answers(answers):
    told = "\n".join(f"<h3>{escaped(heading)}</h3><p>{escaped(text)}</p>" for heading, text in answers)
    return f'<div class="answers">\n{told}\n</div>' if told else ""


def _index(index):
    if not index:
        return ""
    rows = [f'<li><a href="#{_slug(section)}">{escaped(what)}</a></li>' if not missing else
            f'<li class="missing">{escaped(what)}: not drawn, {escaped(missing)}</li>' for what, section, missing in index]
    return ('<h2 id="figures">Figures and tables of the experiments of Kwon et al. (2026)</h2>\n'
            '<p class="note">In the order of Figs. 2 to 8 and Tables 5 and 6 of doi:10.5194/hess-30-1261-2026.</p>\n'
            '<ul class="figures">\n' + "\n".join(rows) + "\n</ul>")


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
