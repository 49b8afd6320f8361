"""A start on an empty cache: one rank compiles while the others wait."""


def test_one_rank_compiles(launch, configuration, tmp_path):
    process = launch(3, ["run", configuration.name], configuration.parent, timeout=600,
                     LANDDA_CACHE_DIR=str(tmp_path / "cache"))
    assert process.returncode == 0, process.stderr
    assert process.stderr.count("compiling the kernels, once") == 1
    assert "[rank 0]" in next(line for line in process.stderr.splitlines() if "compiling the kernels" in line)
    again = launch(3, ["run", configuration.name, "-s", "run.name=again"], configuration.parent,
                   LANDDA_CACHE_DIR=str(tmp_path / "cache"))
    assert again.returncode == 0 and "compiling the kernels" not in again.stderr
