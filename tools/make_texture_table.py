"""Count the commonest soil class of each land cover and climate on a built domain and write the packaged table.

    python tools/make_texture_table.py domain_0.25deg.nc
"""

import csv
import sys
from pathlib import Path

import numpy as np

from landda_hpc.domain import texture_table
from landda_hpc.domain.dataset import read_domain

TARGET = Path(texture_table.__file__).with_name("texture_by_climate.csv")
FEWEST = 5  # cells, for a combination to speak for itself


def commonest(domain):
    """Return the table; rare combinations take the class of their land cover, or that of all land."""
    fields = domain.fields
    place = texture_table.combination(fields["land_cover"], fields["climate_air_temperature"],
                                      fields["climate_precipitation"])
    counts = np.zeros((*texture_table.SHAPE, 20))
    np.add.at(counts, (*place, fields["soil_class"]), domain.area)
    cells = np.zeros(texture_table.SHAPE)
    np.add.at(cells, place, 1.0)
    table = counts.argmax(axis=-1)
    by_cover = counts.sum(axis=(1, 2)).argmax(axis=-1)
    overall = counts.sum(axis=(0, 1, 2)).argmax()
    by_cover[by_cover == 0] = overall
    return np.where(cells >= FEWEST, table, by_cover[:, None, None])


def main(path):
    """Write the commonest soil class of each combination in a domain."""
    domain = read_domain(path)
    table = commonest(domain)
    with open(TARGET, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["land_cover", "temperature_band", "precipitation_band", "soil_class"])
        writer.writerow(["# IGBP class", "-", "-", "STATSGO class"])
        writer.writerows([cover + 1, warmth, wetness, table[cover, warmth, wetness]]
                         for cover, warmth, wetness in np.ndindex(*texture_table.SHAPE))
    fields = domain.fields
    own = table[texture_table.combination(fields["land_cover"], fields["climate_air_temperature"],
                                          fields["climate_precipitation"])]
    agreement = np.average(own == fields["soil_class"], weights=domain.area)
    print(f"{TARGET.name}: {table.size} combinations; the class is that of the map on {100 * agreement:.1f} % of the land")


if __name__ == "__main__":
    main(sys.argv[1])
