"""The real towers, read once for all tests of this folder."""

import pytest

from landda_hpc.forcing.formats import read_tower

#: format -> forcing file, observations, options
TOWERS = {
    "bondville_1998": ("bondville/bondville_1998.dat", None, {}),
    "bondville_2001": ("bondville/bondville_2001.dat", "bondville/Bondville_obs_2001.dat", {}),
    "loobos": ("loobos/Loobos_1997.dat", None, {}),
    "ameriflux_l2": ("walnut_gulch_wkg/AMF_USWkg_2004_L2_WG_V006.csv", None, {"max_gap": 25200}),
    "col_de_porte": ("col_de_porte/met_CdP_0506.txt", "col_de_porte/obs_CdP_0506.txt", {}),
}


@pytest.fixture(scope="session")
def tower_folder(shared_data):
    """Folder of the real tower files."""
    return shared_data / "data" / "forcing"


@pytest.fixture(scope="session")
def real_tower(tower_folder):
    """Return a function from the format to the record of its real file."""
    known = {}

    def read(name):
        if name not in known:
            path, observations, options = TOWERS[name]
            known[name] = read_tower(name, tower_folder / path, observations and tower_folder / observations, **options)
        return known[name]
    return read
