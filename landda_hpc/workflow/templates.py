"""Configurations and job scripts to start from."""

from importlib.resources import files
from pathlib import Path

from landda_hpc.errors import ConfigError

JOB_SCRIPT = "job.sbatch"
#: Packaged files by template, the configuration first; what it is called in the folder.
TEMPLATES = {"ensemble": (("ensemble.yaml", JOB_SCRIPT), "site.yaml"), "tower": (("tower.yaml", JOB_SCRIPT), "site.yaml"),
             "own-tower": (("own-tower.yaml", "tower.csv", JOB_SCRIPT), "site.yaml"),
             "globe": (("globe.yaml", JOB_SCRIPT), "globe.yaml"), "files": (("files.yaml", JOB_SCRIPT), "files.yaml"),
             "coupled": (("coupled.yaml", "my_atmosphere.py", JOB_SCRIPT), "coupled.yaml"),
             "twin": (("twin.yaml",), "twin.yaml")}


def write_template(folder, template):
    """Write the files of a template and return their paths; nothing is overwritten."""
    folder = Path(folder)
    sources, configuration = TEMPLATES[template]
    targets = {source: folder / (configuration if source == sources[0] else source) for source in sources}
    there = [str(path) for path in targets.values() if path.exists()]
    if there:
        raise ConfigError(f"{', '.join(there)} already exists and is left as it is. Give another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    packaged = files("landda_hpc") / "config" / "templates"
    for source, path in targets.items():
        text = (packaged / source).read_text()
        path.write_text(_job_of(configuration, text) if source == JOB_SCRIPT else text)
    return list(targets.values())


def _job_of(configuration, script):
    """Return the script that runs any configuration (``jobs/single_node.sbatch`` is the same file) as the one of a folder."""
    return script.replace("jobs/single_node.sbatch globe.yaml", JOB_SCRIPT).replace('job "$@"', f'job {configuration} "$@"')
