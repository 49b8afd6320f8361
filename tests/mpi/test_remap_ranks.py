"""Files of remapping weights that several ranks make together."""

import pytest


@pytest.mark.parametrize("method", ["conservative", "same_class"])
def test_weights_do_not_depend_on_the_ranks(launch, tmp_path, method):
    land = ["--source-land", "5deg"] if method == "same_class" else []
    for n_ranks in (1, 3):
        process = launch(n_ranks, ["remap", "weights", "5deg", "ne5np4", "--method", method, *land, "-o", f"{n_ranks}.nc"],
                         tmp_path)
        assert process.returncode == 0, process.stderr
        assert process.stdout.count("written") == 1
    assert (tmp_path / "1.nc").read_bytes() == (tmp_path / "3.nc").read_bytes()


def test_a_mistake_ends_all_ranks(launch, tmp_path):
    process = launch(3, ["remap", "weights", "5deg", "ne2np4", "--method", "same_class", "-o", "w.nc"], tmp_path)
    assert process.returncode == 2 and process.stderr.count("give --source-land DOMAIN") == 1
    assert not list(tmp_path.iterdir())
