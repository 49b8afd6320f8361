"""Make the tower that the package ships from the typical meteorological year in the pvlib wheel.

    pip download --no-deps --dest /tmp/wheels pvlib==0.16.1
    python tools/make_sample_tower.py /tmp/wheels/pvlib-0.16.1-py3-none-any.whl

Writes ``landda_hpc/data/sample_tower/greensboro_tmy3.csv.gz``, the same bytes each time. The README beside it tells the
conversions, the licence and the reasons for the site parameters.
"""

import csv
import gzip
import hashlib
import io
import sys
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

MEMBER = "pvlib/data/723170TYA.CSV"
TARGET = Path(__file__).resolve().parents[1] / "landda_hpc" / "data" / "sample_tower" / "greensboro_tmy3.csv.gz"
NOMINAL_YEAR = 2001
#: column of the TMY3 file -> (column of the tower file, digits, factor)
COLUMNS = {
    "Dry-bulb (C)": ("air_temperature[C]", 1, 1.0),
    "RHum (%)": ("relative_humidity[%]", 0, 1.0),
    "Wspd (m/s)": ("wind_speed[m s-1]", 1, 1.0),
    "Wdir (degrees)": ("wind_direction[degree]", 0, 1.0),
    "Pressure (mbar)": ("surface_pressure[hPa]", 0, 1.0),
    "GHI (W/m^2)": ("shortwave_down[W m-2]", 0, 1.0),
    "Lprecip depth (mm)": ("precipitation[mm]", 1, 0.1),  # tenths of mm in spite of the title, see README
}
SITE = """\
# name: Greensboro, typical year
# latitude: 36.10
# longitude: -79.95
# elevation: 273
# land_cover: 10 (grasslands: the airfield around the instruments)
# soil_type: 7 (sandy clay loam, the Cecil series of the Piedmont)
# deep_soil_temperature: 287.6 (mean air temperature of the year)
# greenness: 0.30 0.30 0.38 0.52 0.68 0.76 0.78 0.76 0.70 0.58 0.44 0.34
# temperature_height: 2
# wind_height: 10
# slope_class: 1
# start_soil_temperature: 278.5 280.5 283.5 286.5
# start_soil_moisture: 0.29 0.29 0.29 0.29
# start_skin_temperature: 283.0
# start_canopy_water: 0
# start_snow_water_equivalent: 0
# start_snow_depth: 0
# labels: end
# utc_offset: -5
# interval: 3600
# set_up: classes, greenness, heights and start state: README of the sample tower
# note: typical meteorological year (TMY3, NREL) of Greensboro NC: months of 1980 to 2003, all dated 2001
"""


def main(wheel):
    """Convert the TMY3 file of a pvlib wheel."""
    digest = hashlib.sha256(Path(wheel).read_bytes()).hexdigest()
    with zipfile.ZipFile(wheel) as archive:
        rows = list(csv.reader(io.StringIO(archive.read(MEMBER).decode("ascii"))))
    title, records = rows[1], rows[2:]
    places = [title.index(name) for name in COLUMNS]
    lines = ["time," + ",".join(name for name, _, _ in COLUMNS.values())]
    for record in records:
        values = [f"{float(record[place]) * factor:.{digits}f}"
                  for place, (_, digits, factor) in zip(places, COLUMNS.values())]
        lines.append(f"{label(record):%Y-%m-%dT%H:%M}," + ",".join(values))
    source = f"# note: from {MEMBER} of {Path(wheel).name}, sha256 {digest}\n"
    text = SITE + source + "\n".join(lines) + "\n"
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(gzip.compress(text.encode("ascii"), compresslevel=9, mtime=0))
    print(f"{TARGET}: {len(records)} records, {TARGET.stat().st_size} bytes")


def label(record):
    """Return the end of the record in local standard time; TMY3 counts hours 01:00 to 24:00."""
    month, day, _ = (int(part) for part in record[0].split("/"))
    return datetime(NOMINAL_YEAR, month, day) + timedelta(hours=int(record[1].split(":")[0]))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
