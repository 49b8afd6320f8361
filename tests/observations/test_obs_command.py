"""``landda obs info``."""

from click.testing import CliRunner

from landda_hpc.cli.main import cli
from tests.observations.granules import write_ascat, write_smap


def run(*arguments):
    return CliRunner().invoke(cli, ["obs", "info", *map(str, arguments)])


def test_info_tells_what_files_are_and_what_is_kept(tmp_path):
    ascat = write_ascat(tmp_path / "renamed", [{}, {"topography_flag": 50}], platform="M02")
    smap = write_smap(tmp_path / "also_renamed", [{}, {"surface_flag": 8}])
    result = run(ascat, smap)
    assert result.exit_code == 0
    for text in ("nodes every 12.5 km", "metop-a", "nodes       82, with a retrieval 2", "A1 80, A2 2", "SPL2SMP",
                 "urban: 1", "OK 1, S6 1", "descending 2", "2017-02-17T00:00:00", "smap_l2 2017-02-17T00:00: received 2",
                 "A2 satellite not in the list"):
        assert text in result.output, text
    assert "OK 1, A1 80, A4 1" in run(ascat, "--any-satellite").output


def test_info_fails_for_files_that_cannot_be_used(tmp_path):
    (tmp_path / "bad").write_bytes(b"nothing that is known")
    good = write_smap(tmp_path / "s.h5", [{}])
    result = run(tmp_path / "bad", good, tmp_path / "none")
    assert result.exit_code == 1
    assert "refused     foreign" in result.output and "missing" in result.output and "OK 1" in result.output
