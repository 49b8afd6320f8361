"""What an installed package must bring along."""

import configparser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_every_data_file_of_the_package_is_installed():
    """Tables, templates, domains and the sample tower: each file beside the sources matches a pattern of setup.cfg."""
    configuration = configparser.ConfigParser()
    configuration.read(ROOT / "setup.cfg")
    patterns = configuration["options.package_data"]["landda_hpc"].split()
    package = ROOT / "landda_hpc"
    installed = {path for pattern in patterns for path in package.glob(pattern)}
    data = {path for path in package.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")}
    assert data and not data - installed
