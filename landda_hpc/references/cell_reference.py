"""Series of GLDAS, ERA5 and ERA5-Land at the locations of a 5-degree cell."""

import numpy as np

from landda_hpc.observations.cell_series import cell_table, is_cell_file
from landda_hpc.observations.netcdf import open_netcdf, text
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.series import check_range, make_series
from landda_hpc.references import ecmwf, gldas
from landda_hpc.references.quantities import QUANTITIES

NAMES = gldas.NAMES | {name: source for name, source in ecmwf.NAMES.items() if name.startswith(("swvl", "stl"))}


def recognises(fields):
    """Tell whether an open NetCDF file is of this kind."""
    return is_cell_file(fields) and any(name in fields for name in NAMES)


def read_cell_reference(path, variable=None):
    """Return the series of one variable of a cell; values that cannot be are rejected with E1.

    Parameters
    ----------
    path : str or Path
    variable : str, optional
        Name in the file, such as ``SoilMoi0_10cm_inst``; the uppermost soil moisture by default.

    Raises
    ------
    ProductRefusal
    """
    with open_netcdf(path) as fields:
        known = [name for name in NAMES if name in fields] if recognises(fields) else []
        if not known or variable not in (None, *known):
            raise ProductRefusal(path, "foreign", f"no series of {variable or 'GLDAS or ERA5'}; it has "
                                                  f"{', '.join(list(fields)[:6]) or 'nothing'}.")
        variable = variable or next((name for name in known if NAMES[name].quantity == "soil_moisture"), known[0])
        table, source = cell_table(path, fields, variable), NAMES[variable]
        value = table.numbers(variable) * source.scale
        units, low, high = QUANTITIES[source.quantity]
        code = np.zeros(len(value), np.int16)
        check_range(code, value, (low, high), "E1")
        product = (text(fields.attributes, "product").split() or [""])[0].lower().replace("-", "_")
        return make_series(table.places, table.time, value, product or "reference", path, code=code,
                           quantity=source.quantity, units=units)
