"""Entry point ``landda``: finds the subcommand, reports errors in one message, sets the exit code."""

import importlib
import os
import sys

import click

COMMANDS = {"run": "run a configuration: spin-up, open loop, assimilation cycles",
            "job": "run a configuration inside a job of SLURM and go on after its limit",
            "warmup": "compile kernels ahead, for the prologue of jobs",
            "init": "write a configuration and a job script to start from",
            "static": "build the domain of a run", "weather": "check the weather made from the climate of a domain",
            "forcing": "tell what files of meteorological forcing hold",
            "variants": "show what Noah 2.7.1 changes in six climates",
            "climatology": "make the climatologies of the bias correction",
            "obs": "look into product files, grid them, simulate them",
            "twin": "run a twin experiment: truth, products, experiments, scores, report",
            "evaluate": "compare a run with reference products, or score the experiments of a twin",
            "forecasts": "score analyses and forecasts of the atmosphere of experiments",
            "report": "score experiments, of a twin or any runs, and write what came out on one page",
            "remap": "make and apply weights between grids and cubed spheres",
            "plot": "draw a run or a domain", "verify": "compare the package with reference cases", "bench": "measure speed",
            "replay": "run a failed column again, verbosely", "doctor": "tell what this machine has",
            "info": "tell what is in a file", "config": "explain or check a configuration"}


class LazyGroup(click.Group):
    """Imports a subcommand when it is called, so that help is quick."""

    def list_commands(self, context):
        return list(COMMANDS)

    def get_command(self, context, name):
        if name not in COMMANDS:
            return None
        return importlib.import_module(f"landda_hpc.cli.{name}").command

    def format_commands(self, context, formatter):
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]},
             epilog="Under MPI: mpirun -n 4 landda run site.yaml. Exit codes: 0 done, 1 failed, 2 wrong usage or "
                    "configuration, 75 stopped early with a checkpoint.")
@click.version_option(package_name="landda-hpc")
@click.option("--debug", is_flag=True, help="Show tracebacks of all errors.")
def cli(debug):
    """Land data assimilation with an ensemble of Noah columns."""
    if debug:
        os.environ["LANDDA_DEBUG"] = "1"


def main():
    """Run the command line and exit with its code; one failing rank stops all."""
    try:
        sys.exit(cli(standalone_mode=False))  # Click returns the code of a command that exits with one, else None
    except click.Abort:
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except Exception as error:  # whatever it is, it is told once and no rank is left waiting
        from landda_hpc.parallel import stop_all, world_communicator

        sys.exit(stop_all(error, world_communicator(), bool(os.environ.get("LANDDA_DEBUG"))))
