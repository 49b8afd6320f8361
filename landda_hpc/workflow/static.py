"""Build a domain file from the global maps or from a user's own, and tell what is in it."""

import shlex
import sys
from pathlib import Path

import numpy as np

from landda_hpc.domain.build import build_domain
from landda_hpc.domain.dataset import write_domain
from landda_hpc.domain.grid import Grid
from landda_hpc.domain.regions import parse_region
from landda_hpc.errors import ConfigError
from landda_hpc.io.provenance import provenance
from landda_hpc.noah import tables

DEFAULT = "-60,90,-180,180"


def make_domain(resolution=None, region=None, files=(), redistributable=False, wheels=None, output=None, force=False,
                say=print):
    """Build a domain, write it and return a description as text."""
    if (resolution is None) == (not files):
        raise ConfigError("Give either --resolution, to build from the global maps, or --from, to take other files.")
    path = Path(output or (f"domain_{resolution:g}deg.nc" if resolution else "domain.nc"))
    if path.exists() and not force:
        raise ConfigError(f"{path} exists. Choose another name with -o or replace it with --force.")
    edges = parse_region(region or DEFAULT)._asdict()
    del edges["name"]
    if files:
        from landda_hpc.domain.formats import open_domain

        domain = open_domain(files)
        domain = domain.within(**edges) if region else domain
    else:
        domain = build_domain(Grid.covering(resolution, **edges), redistributable, wheels=wheels, say=say)
    record = provenance("landda " + shlex.join(sys.argv[1:]), "none", 0, 1, files)
    own = {key: record[key] for key in ("Conventions", "history", "command", "version", "commit")}
    write_domain(path, domain._replace(attributes=domain.attributes | own))
    return f"{path}\n{describe_domain(domain)}"


def describe_domain(domain):
    """Return the grid, the number of land points and the shares of the classes as text."""
    fields, area = domain.fields, domain.area
    lines = [f"  {domain.grid.describe()}", f"  {domain.n_total} land points, {area.sum() / 1e12:.1f} million km2"]
    cover_names = tables.class_table(tables.LAND_COVER_SCHEMES[domain.land_cover_scheme]).names
    soil_names = tables.class_table(tables.SOIL_TABLES["statsgo"]).names
    for title, name, names in (("land cover", "land_cover", cover_names), ("soil", "soil_class", soil_names)):
        share = np.bincount(fields[name], area, len(names) + 1)[1:] / area.sum()
        lines.append(f"  {title}")
        lines += [f"    {number + 1:3d} {names[number]:40.40s} {100 * share[number]:6.2f} %"
                  for number in np.argsort(-share) if share[number] > 0.0]
    return "\n".join(lines)
