"""The maps of a domain on the columns of a cubed sphere: land of its own for an atmosphere there."""

import numpy as np

from landda_hpc.coupling.columns import columns_of
from landda_hpc.coupling.remap_file import kept_remap
from landda_hpc.coupling.remap_points import nearest_columns
from landda_hpc.domain.dataset import CLASSES


def domain_on_sphere(domain, sphere, communicator=None):
    """Return a :class:`~landda_hpc.domain.dataset.Domain` whose points are the columns of a cubed sphere that hold some land.

    Every land cell lies in such a column, so that the atmosphere over them covers the land. Classes are those of the nearest
    land cell, other maps the conservative mean among land, weighted by its fraction.

    Parameters
    ----------
    domain : Domain
        On a latitude-longitude grid.
    sphere : CubedSphere
    communicator : Communicator, optional
        Whose ranks all call this together.
    """
    fraction = domain.fields["land_fraction"]
    land = domain.on_grid(fraction > 0.0, False).ravel()
    remap = kept_remap("conservative", domain.grid, sphere, communicator)
    share = np.nan_to_num(remap.apply(domain.on_grid(fraction, 0.0).ravel()))
    place = np.flatnonzero(share > 0.0)
    near = np.searchsorted(domain.cell, nearest_columns(columns_of(domain.grid), *sphere.positions(place), land))
    remap, share = remap.targets(place), share[place]

    def mean(values):
        weighted = domain.on_grid(fraction * values, 0.0)
        return remap.apply(weighted.reshape(*values.shape[:-1], -1)) / share

    fields = {name: values[..., near] if name in CLASSES else mean(values) for name, values in domain.fields.items()}
    fields["land_fraction"] = np.minimum(share * remap.target_fraction, 1.0)
    return domain._replace(grid=sphere, cell=place, fields=fields)
