"""The equiangular cubed sphere: spectral-element nodes (unique Gauss-Lobatto-Legendre points) or the centres of equal cells.

Six faces with right-handed tangent axes; face 0 is centred on 0 E, 1 on 90 E, 2 on 180 E, 3 on 90 W, 4 on the north and 5 on
the south pole. A point of face ``f`` is ``c + tan(alpha) x + tan(beta) y`` with both angles in [-45, 45] degrees; lines of
equal angle are great circles. Element ``e = f ne^2 + J ne + I`` counts ``I`` along ``alpha``. Unique nodes are numbered in the
order in which the elements meet them, ``i`` (along ``alpha``) fastest.

References
----------
Ronchi, Iacono and Paolucci (1996), doi:10.1006/jcph.1996.0047; Taylor and Fournier (2010), doi:10.1016/j.jcp.2010.04.008.
"""

import functools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from landda_hpc.errors import ConfigError

#: Centres and tangent axes of the faces.
CENTRE = np.array([[1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], np.float64)
X_AXIS = np.array([[0, 1, 0], [-1, 0, 0], [0, -1, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0]], np.float64)
Y_AXIS = np.array([[0, 0, 1], [0, 0, 1], [0, 0, 1], [0, 0, 1], [-1, 0, 0], [1, 0, 0]], np.float64)
N_FACES = 6


class FacePoints(NamedTuple):
    """Points on the faces: face ``(n,)`` and the angles ``alpha``, ``beta`` [radian]."""

    face: np.ndarray
    alpha: np.ndarray
    beta: np.ndarray


@dataclass(frozen=True)
class CubedSphere:
    """A cubed sphere of ``ne`` x ``ne`` elements on a face.

    Parameters
    ----------
    ne : int
    np : int
        Nodes of an element in each direction; columns are the unique nodes, ``6 (ne (np - 1))^2 + 2``.
    pg : int
        Where it is not 0, columns are the cells of ``pg`` x ``pg`` to an element instead, ``6 (ne pg)^2``.

    Raises
    ------
    ConfigError
        For sizes that are no cubed sphere.
    """

    ne: int
    np: int = 4
    pg: int = 0

    def __post_init__(self):
        if self.ne < 1 or self.pg < 0 or (self.pg == 0 and self.np < 2):
            raise ConfigError(f"A cubed sphere of ne {self.ne}, np {self.np}, pg {self.pg} cannot be made: expected ne of 1 or "
                              "more and np of 2 or more, or cells with pg of 1 or more.")

    @classmethod
    def cells(cls, ne, pg=1):
        """Return the sphere whose columns are the centres of ``pg`` x ``pg`` cells to an element."""
        return cls(ne, 0, pg)

    @property
    def is_nodes(self):
        """Whether columns are nodes of spectral elements."""
        return self.pg == 0

    @property
    def name(self):
        """Short name, such as ``ne30np4``."""
        return f"ne{self.ne}np{self.np}" if self.is_nodes else f"ne{self.ne}pg{self.pg}"

    @property
    def n_columns(self):
        """Number of columns."""
        return N_FACES * (self.ne * (self.np - 1)) ** 2 + 2 if self.is_nodes else N_FACES * (self.ne * self.pg) ** 2

    @property
    def shape(self):
        """Number of columns, as a shape."""
        return (self.n_columns,)

    @functools.cached_property
    def latitude(self):
        """Latitude of the columns ``(n_columns,)`` [degrees north]."""
        x, y, z = self.vectors.T
        return np.degrees(np.arctan2(z, np.hypot(x, y)))

    @functools.cached_property
    def longitude(self):
        """Longitude of the columns ``(n_columns,)`` [degrees east], from 0 to less than 360."""
        east = np.mod(np.degrees(np.arctan2(self.vectors[:, 1], self.vectors[:, 0])), 360.0)
        return np.where(east >= 360.0, 0.0, east)

    @functools.cached_property
    def vectors(self):
        """Unit vectors of the columns ``(n_columns, 3)``."""
        if self.is_nodes:
            face, row, column = np.unravel_index(self._first, (N_FACES, self._n_lines, self._n_lines))
            tangent = np.tan(_angles(self.ne, gauss_lobatto(self.np)[0]))
        else:
            n = self.ne * self.pg
            face, row, column = np.unravel_index(np.arange(self.n_columns), (N_FACES, n, n))
            tangent = np.tan((2.0 * np.arange(n) + 1.0 - n) / n * np.pi / 4.0)
        found = CENTRE[face] + tangent[column, None] * X_AXIS[face] + tangent[row, None] * Y_AXIS[face]
        return found / np.linalg.norm(found, axis=1)[:, None] + 0.0  # -0 would put nodes at longitude -180

    # ---- control volumes

    @functools.cached_property
    def edge_tangents(self):
        """Tangents of the angles that bound the patches of a face ``(n + 1,)``; a column's area is one or some patches."""
        if self.is_nodes:
            edges = np.concatenate([[-1.0], np.cumsum(gauss_lobatto(self.np)[1]) - 1.0])
            return _edge_tangents(self.ne, 0.5 * (edges - edges[::-1]))
        return _edge_tangents(self.ne, np.linspace(-1.0, 1.0, self.pg + 1))

    @functools.cached_property
    def patch_column(self):
        """Column of each patch, ``(6 n^2,)`` in the order face, beta, alpha."""
        if not self.is_nodes:
            return np.arange(self.n_columns)
        element = self.elements.reshape(N_FACES, self.ne, self.ne, self.np, self.np)
        return element.transpose(0, 1, 3, 2, 4).reshape(-1)

    @functools.cached_property
    def area(self):
        """Areas on the unit sphere ``(n_columns,)`` [steradian]; they sum to 4 pi.

        A node owns the part of each of its elements that its cumulated quadrature weights bound.
        """
        tangent = self.edge_tangents
        patch = patch_areas(tangent)
        return np.bincount(self.patch_column, np.tile(patch.ravel(), N_FACES), self.n_columns)

    @functools.cached_property
    def mass(self):
        """Quadrature weights of the nodes on the unit sphere ``(n_columns,)`` [steradian]: Jacobian times weights."""
        if not self.is_nodes:
            return self.area
        nodes, weights = gauss_lobatto(self.np)
        tangent = np.tan(_angles(self.ne, nodes)).reshape(self.ne, self.np)
        x, y = tangent[None, :, None, :], tangent[:, None, :, None]
        jacobian = (1.0 + x**2) * (1.0 + y**2) / (1.0 + x**2 + y**2) ** 1.5 * (np.pi / 4.0 / self.ne) ** 2
        mass = (jacobian * weights[:, None] * weights).reshape(self.ne**2, -1)
        return np.bincount(self.elements.ravel(), np.tile(mass.ravel(), N_FACES), self.n_columns)

    # ---- connectivity

    @functools.cached_property
    def elements(self):
        """Unique nodes of the elements ``(6 ne^2, np^2)``, ``i`` along ``alpha`` fastest."""
        return self._unique[1]

    @property
    def _first(self):
        """Places of the unique nodes among all lattice points (face, beta, alpha) of the faces."""
        return self._unique[0]

    @property
    def _n_lines(self):
        """Nodes along an edge of a face with repetition, element by element."""
        return self.ne * self.np

    @functools.cached_property
    def _unique(self):
        """Return the first copies of the unique nodes and the nodes of the elements, by their places on an integer cube."""
        n = self.ne * (self.np - 1)
        line = ((self.np - 1) * np.arange(self.ne)[:, None] + np.arange(self.np)).ravel()
        key = lattice_keys(n, 2 * line - n).reshape(N_FACES, self.ne, self.np, self.ne, self.np)
        place = np.arange(key.size).reshape(key.shape)
        key, place = (values.transpose(0, 1, 3, 2, 4).ravel() for values in (key, place))
        _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
        order = np.argsort(first)
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        return place[first[order]], rank[inverse.ravel()].reshape(N_FACES * self.ne**2, self.np**2)

    def positions(self, column):
        """Return latitude and longitude [degrees] of columns by their numbers."""
        return self.latitude[column], self.longitude[column]

    def describe(self):
        """Return the grid in words."""
        kind = f"nodes, {self.np} x {self.np}" if self.is_nodes else f"cells, {self.pg} x {self.pg}"
        return f"cubed sphere of {self.ne} x {self.ne} elements on a face, {self.n_columns} {kind} to an element"


def lattice_keys(n, steps):
    """Return one number for each lattice point of all faces ``(6, k, k)``, the same for copies on several faces.

    ``steps (k,)`` are whole numbers from ``-n`` to ``n`` along both axes.
    """
    steps = steps.astype(np.int64)
    centre, x, y = (axes.astype(np.int64) for axes in (CENTRE, X_AXIS, Y_AXIS))
    place = (n * centre[:, None, None, :] + steps[None, None, :, None] * x[:, None, None, :]
             + steps[None, :, None, None] * y[:, None, None, :] + n)
    return (place[..., 0] * (2 * n + 1) + place[..., 1]) * (2 * n + 1) + place[..., 2]


@functools.cache
def gauss_lobatto(n):
    """Return the ``n`` Gauss-Lobatto-Legendre points on [-1, 1] and their weights."""
    legendre = np.polynomial.legendre.Legendre.basis(n - 1)
    inner = np.sort(legendre.deriv().roots().real)
    points = np.concatenate([[-1.0], 0.5 * (inner - inner[::-1]), [1.0]])
    weights = 2.0 / (n * (n - 1) * legendre(points) ** 2)
    return points, weights


def vectors_of(latitude, longitude):
    """Return unit vectors ``(n, 3)`` of positions [degrees]."""
    north, east = np.radians(latitude), np.radians(longitude)
    return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=-1)


def locate(latitude, longitude):
    """Return the :class:`FacePoints` of positions [degrees]; a point on an edge counts to the face of the lowest number."""
    vectors = vectors_of(latitude, longitude)
    face = np.argmax(vectors @ CENTRE.T, axis=1)
    towards = (vectors * CENTRE[face]).sum(axis=1)
    return FacePoints(face, *(np.clip(np.arctan2((vectors * axis[face]).sum(axis=1), towards), -np.pi / 4.0, np.pi / 4.0)
                              for axis in (X_AXIS, Y_AXIS)))


def _angles(ne, places):
    """Return the angles [radian] of places in [-1, 1] of all elements of a row ``(ne * n,)``."""
    whole = (2.0 * np.arange(ne) - ne)[:, None] + (places + 1.0)
    return (whole / ne * np.pi / 4.0).ravel()


def _edge_tangents(ne, places):
    """Return tangents of edges in [-1, 1] of all elements of a row; those that two elements share come once."""
    angles = _angles(ne, places).reshape(ne, -1)
    tangent = np.tan(np.append(angles[:, :-1], angles[-1, -1]))
    tangent[0], tangent[-1] = -1.0, 1.0
    return tangent


def patch_areas(tangent):
    """Return the areas of the patches of a face ``(beta, alpha)`` [steradian], each as two spherical triangles.

    References
    ----------
    Van Oosterom and Strackee (1983), doi:10.1109/TBME.1983.325207.
    """
    x, y = np.broadcast_arrays(tangent[None, :], tangent[:, None])
    norm = np.sqrt(1.0 + x**2 + y**2)
    volume = np.diff(tangent)[None, :] * np.diff(tangent)[:, None]
    corners = [(x[j, i], y[j, i], norm[j, i]) for j, i in
               ((slice(None, -1), slice(None, -1)), (slice(None, -1), slice(1, None)), (slice(1, None), slice(1, None)),
                (slice(1, None), slice(None, -1)))]
    return sum(_triangle(volume, corners[0], corners[k], corners[k + 1]) for k in (1, 2))


def _triangle(volume, *corners):
    (xa, ya, a), (xb, yb, b), (xc, yc, c) = corners
    ab, bc, ca = 1.0 + xa * xb + ya * yb, 1.0 + xb * xc + yb * yc, 1.0 + xc * xa + yc * ya
    return 2.0 * np.arctan2(volume, a * b * c + ab * c + bc * a + ca * b)
