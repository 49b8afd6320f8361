"""``landda bench``: one subcommand per measurement."""

import click

PRECISION = click.Choice(["float64", "float32"])


class _Choice(click.ParamType):
    """Whole numbers separated by commas."""

    name = "numbers"

    def convert(self, value, param, ctx):
        """Return a tuple of positive whole numbers."""
        if isinstance(value, tuple):
            return value
        try:
            numbers = tuple(int(part) for part in value.split(","))
        except ValueError:
            numbers = ()
        if not numbers or min(numbers) < 1:
            self.fail(f"{value!r} is no list of positive whole numbers such as 1,2,4", param, ctx)
        return numbers


NUMBERS = _Choice()


def _options(*options):
    """Return a decorator that adds options in this order."""
    def decorate(function):
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


RESULT = _options(click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table."),
                  click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write JSON into a file too."))
SIZE = _options(
    click.option("--domain", default="2.5deg", show_default=True, help="A shipped domain or a file."),
    click.option("--members", default=20, show_default=True),
    click.option("--precision", default="float64", show_default=True, type=PRECISION),
    click.option("--time-step", default=1800, show_default=True, help="[s]"),
    click.option("--cycles", default=1, show_default=True, help="Cycles of 6 h that are measured."),
    click.option("--open-loop", is_flag=True, help="Without observations."),
    click.option("--folder", default=".", show_default=True, type=click.Path(file_okay=False, exists=True),
                 help="On the disk to be measured; all ranks see it."))


def _tell(results, text, as_json, output):
    """Print results and write them where wanted; ranks without results say nothing."""
    import json
    from pathlib import Path

    if results is None:
        return
    document = json.dumps(results, indent=2)
    if output:
        Path(output).write_text(document + "\n")
    click.echo(document if as_json else text(results))


@click.group(epilog="Examples: landda bench noah --mix cold --json | mpirun -n 2 landda bench cycle --domain 5deg | "
                    "landda bench scaling --weak --ranks 1,2 | landda bench model --ranks 64,512,4096")
def command():
    """Measure speed and memory: parts of the model, whole cycles, scaling."""


@command.command(epilog="Example: landda bench noah --mix cold --precision float32 --json")
@click.option("--mix", "mixes", multiple=True, type=click.Choice(["warm", "mixed", "cold"]), help="All by default.")
@click.option("--precision", "precisions", multiple=True, type=PRECISION, help="Both by default.")
@click.option("--columns", default=65536, show_default=True, help="Columns, members counted.")
@click.option("--members", default=20, show_default=True)
@click.option("--repeats", default=7, show_default=True)
@click.option("--threads", default=1, show_default=True)
@RESULT
def noah(mixes, precisions, columns, members, repeats, threads, as_json, output):
    """Time the land model: ns per column and step. Compilation is told apart."""
    from landda_hpc.workflow.bench import MIXES, bench_noah, bench_text

    results = bench_noah(mixes or tuple(MIXES), precisions or ("float64", "float32"), columns, members, repeats, threads)
    _tell(results, bench_text, as_json, output)


@command.command(epilog="Example: landda bench enkf --precision float64")
@click.option("--precision", "precisions", multiple=True, type=PRECISION, help="Both by default.")
@click.option("--columns", default=65536, show_default=True, help="Columns, members counted.")
@click.option("--members", default=20, show_default=True)
@click.option("--repeats", default=7, show_default=True)
@RESULT
def enkf(precisions, columns, members, repeats, as_json, output):
    """Time the filter: us per analysed point. Compilation is told apart."""
    from landda_hpc.workflow.bench_enkf import bench_enkf, bench_enkf_text

    _tell(bench_enkf(precisions or ("float64", "float32"), columns, members, repeats), bench_enkf_text, as_json, output)


@command.command(epilog="Example: landda bench weather --domain 5deg")
@click.option("--domain", default="2.5deg", show_default=True)
@RESULT
def weather(domain, as_json, output):
    """Time the generated weather beside the land model."""
    from landda_hpc.workflow.bench_weather import bench_weather, weather_text

    _tell(bench_weather(domain), weather_text, as_json, output)


@command.command(epilog="Examples: landda bench cycle | mpirun -n 2 landda bench cycle --domain global.nc --points 20000")
@SIZE
@click.option("--points", type=click.IntRange(1), help="Points, spread evenly over the domain; all by default.")
@click.option("--spin-up-years", default=0, show_default=True, help="Of one member before; a cold start has no snow.")
@RESULT
def cycle(domain, members, precision, time_step, cycles, open_loop, folder, points, spin_up_years, as_json, output):
    """Time whole 6-hour cycles as a run does them: every section against the land model, the filter, memory per column."""
    from landda_hpc.parallel import world_communicator
    from landda_hpc.workflow.bench_cycle import bench_cycle, cycle_text

    communicator = world_communicator()
    results = bench_cycle(communicator, folder, domain, points, members, precision, time_step,
                          () if open_loop else ("ascat", "smap"), cycles, spin_up_years)
    _tell(results if communicator.is_root else None, cycle_text, as_json, output)


@command.command(epilog="Example: mpirun -n 2 landda bench io --folder /scratch")
@click.option("--domain", default="2.5deg", show_default=True, help="A shipped domain or a file.")
@click.option("--points", type=click.IntRange(1), help="Points, spread evenly over the domain; all by default.")
@click.option("--members", default=20, show_default=True)
@click.option("--precision", default="float64", show_default=True, type=PRECISION)
@click.option("--repeats", default=5, show_default=True)
@click.option("--folder", default=".", show_default=True, type=click.Path(file_okay=False, exists=True),
              help="On the disk to be measured; all ranks see it.")
@RESULT
def io(domain, points, members, precision, repeats, folder, as_json, output):
    """Time restart and history files against dd with fsync on the same disk."""
    from landda_hpc.parallel import world_communicator
    from landda_hpc.workflow.bench_io import bench_io, io_text

    _tell(bench_io(world_communicator(), folder, domain, points, members, precision, repeats), io_text, as_json, output)


@command.command(epilog="Examples: landda bench ingest --domain domain_0.25deg.nc | mpirun -n 2 landda bench ingest archive/")
@click.argument("inputs", nargs=-1, type=click.Path(exists=True))
@click.option("--domain", default="2.5deg", show_default=True, help="A shipped domain or a file.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes of each rank that read files; all cores by default.")
@click.option("--repeats", default=3, show_default=True)
@click.option("--folder", default=".", show_default=True, type=click.Path(file_okay=False, exists=True),
              help="For temporary files; all ranks see it.")
@RESULT
def ingest(inputs, domain, workers, repeats, folder, as_json, output):
    """Time the ingest of product files, by default of a simulated day of MetOp-B and C at 12.5 km and of SMAP."""
    from landda_hpc.parallel import world_communicator
    from landda_hpc.workflow.bench_ingest import bench_ingest, ingest_table

    _tell(bench_ingest(world_communicator(), inputs, domain, repeats, workers, folder), ingest_table, as_json, output)


@command.command(epilog="Examples: landda bench scaling --strong --ranks 1,2 | "
                        "landda bench scaling --weak --points 2000 --ranks 1,2,4 --launcher 'srun --mpi=pmix'")
@click.option("--strong", "kind", flag_value="strong", default="strong", help="The same points on all rank counts (default).")
@click.option("--weak", "kind", flag_value="weak", help="As many points on each rank.")
@click.option("--ranks", default="1,2", show_default=True, type=NUMBERS, help="The first is the reference.")
@click.option("--points", type=click.IntRange(1), help="Of the run, or of each rank for --weak.")
@click.option("--repeats", default=5, show_default=True)
@click.option("--launcher", help="Command that starts ranks; {ranks} stands for their number. By default as `landda job` "
                                 "inside a SLURM job, else mpirun.")
@click.option("--plot", type=click.Path(dir_okay=False), help="Draw the figure into a file.")
@SIZE
@RESULT
def scaling(kind, ranks, points, repeats, launcher, plot, domain, members, precision, time_step, cycles, open_loop, folder,
            as_json, output):
    """Time cycles on several numbers of ranks, repeats in turn: medians, spread and efficiency."""
    from pathlib import Path

    from landda_hpc.workflow.bench_scaling import bench_scaling, scaling_text

    domain = str(Path(domain).resolve()) if Path(domain).exists() else domain
    case = {"domain": domain, "members": members, "precision": precision, "time-step": time_step, "cycles": cycles,
            "open-loop": open_loop, "folder": str(Path(folder).resolve())}
    results = bench_scaling(kind, ranks, repeats, launcher, points, lambda line: click.echo(line, err=True), **case)
    if plot:
        from landda_hpc.plots.scaling import scaling_figure

        scaling_figure(results).savefig(plot, dpi=150)
    _tell(results, scaling_text, as_json, output)


@command.command(epilog="Examples: landda bench balance --domain domain_0.25deg.nc --bands 64,512 | landda bench balance "
                        "--domain domain_0.25deg.nc --bands 4096 --states domain_0.5deg.nc --measured-bands 1000")
@click.option("--domain", default="2.5deg", show_default=True, help="A shipped domain or a file.")
@click.option("--bands", default="64,512", show_default=True, type=NUMBERS)
@click.option("--members", default=20, show_default=True)
@click.option("--states", default="2.5deg", show_default=True, help="Domain on which the land runs for a year to tell snow, "
              "frost and wet ground; points of --domain take those of its nearest point. The finer, the truer for bands of few "
              "points: 1 degree takes some minutes, 0.5 a quarter of an hour.")
@click.option("--measured-bands", default=16, show_default=True, type=click.IntRange(1), help="Bands of --states to be timed.")
@RESULT
def balance(domain, bands, members, states, measured_bands, as_json, output):
    """Tell how equal the work of the ranks is through a year, predicted and measured."""
    from landda_hpc.workflow.bench_balance import balance_text, bench_balance

    _tell(bench_balance(domain, bands, members, measured_bands, states), balance_text, as_json, output)


@command.command(epilog="Examples: landda bench remap --grid 0.25deg --sphere ne30np4 | mpirun -n 2 landda bench remap")
@click.option("--grid", default="0.25deg", show_default=True, help="Of latitudes and longitudes.")
@click.option("--sphere", "spheres", multiple=True, help="ne30np4 and ne120np4 by default.")
@click.option("--repeats", default=5, show_default=True)
@RESULT
def remap(grid, spheres, repeats, as_json, output):
    """Time remapping to and from cubed spheres: making weights, applying them, memory."""
    from landda_hpc.parallel import world_communicator
    from landda_hpc.workflow.bench_remap import bench_remap, bench_remap_text

    communicator = world_communicator()
    results = bench_remap(grid, spheres or ("ne30np4", "ne120np4"), repeats=repeats, communicator=communicator)
    _tell(results if communicator.is_root else None, bench_remap_text, as_json, output)


@command.command(epilog="Example: landda bench model --ranks 64,512,4096")
@click.option("--ranks", default="64,512,4096", show_default=True, type=NUMBERS, help="To predict.")
@click.option("--members", default=20, show_default=True)
@click.option("--precision", default="float64", show_default=True, type=PRECISION)
@click.option("--time-step", default=1800, show_default=True, help="[s]")
@click.option("--launcher", help="As for scaling.")
@click.option("--folder", default=".", show_default=True, type=click.Path(file_okay=False, exists=True),
              help="On the disk to be measured.")
@RESULT
def model(ranks, members, precision, time_step, launcher, folder, as_json, output):
    """Predict a cycle on numbers of ranks that this machine does not have, from measurements on it."""
    from landda_hpc.workflow.bench_model import bench_model, model_text

    results = bench_model(folder, ranks, members, precision, time_step, launcher, say=lambda line: click.echo(line, err=True))
    _tell(results, model_text, as_json, output)
