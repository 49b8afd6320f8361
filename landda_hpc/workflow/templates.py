"""Configurations and job scripts to start from."""

from importlib.resources import files
from pathlib import Path

from landda_hpc.errors import ConfigError

#: Packaged files by template, the configuration first; what it is called in the folder; its run.name.
TEMPLATES = {"ensemble": (("ensemble.yaml", "job.sbatch"), "site.yaml", "sample"),
             "tower": (("tower.yaml", "job.sbatch"), "site.yaml", "tower"),
             "own-tower": (("own-tower.yaml", "tower.csv", "job.sbatch"), "site.yaml", "own_tower"),
             "globe": (("globe.yaml", "job.sbatch"), "globe.yaml", "globe"),
             "files": (("files.yaml", "job.sbatch"), "files.yaml", "files"),
             "coupled": (("coupled.yaml", "job.sbatch"), "coupled.yaml", "coupled"),
             "twin": (("twin.yaml",), "twin.yaml", "demo")}


def write_template(folder, template):
    """Write the files of a template and return their paths; nothing is overwritten."""
    folder = Path(folder)
    sources, configuration, run = TEMPLATES[template]
    targets = {source: folder / (configuration if source == sources[0] else source) for source in sources}
    there = [str(path) for path in targets.values() if path.exists()]
    if there:
        raise ConfigError(f"{', '.join(there)} already exists and is left as it is. Give another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    packaged = files("landda_hpc") / "config" / "templates"
    for source, path in targets.items():
        path.write_text((packaged / source).read_text().replace("@RUN@", run).replace("@CONFIG@", configuration))
    return list(targets.values())
