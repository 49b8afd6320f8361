"""Configurations and job scripts to start from."""

from importlib.resources import files
from pathlib import Path

from landda_hpc.errors import ConfigError

TEMPLATES = {"ensemble": ("ensemble.yaml", "job.sbatch"), "tower": ("tower.yaml", "job.sbatch"),
             "own-tower": ("own-tower.yaml", "tower.csv", "job.sbatch")}
RUNS = {"ensemble": "sample", "tower": "tower", "own-tower": "own_tower"}  # run.name of each


def write_template(folder, template):
    """Write the files of a template and return their paths; nothing is overwritten."""
    folder = Path(folder)
    targets = {source: folder / ("site.yaml" if source.endswith(".yaml") else source)
               for source in TEMPLATES[template]}
    there = [str(path) for path in targets.values() if path.exists()]
    if there:
        raise ConfigError(f"{', '.join(there)} already exists and is left as it is. Give another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    packaged = files("landda_hpc") / "config" / "templates"
    for source, path in targets.items():
        path.write_text((packaged / source).read_text().replace("@RUN@", RUNS[template]))
    return list(targets.values())
