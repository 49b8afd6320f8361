"""The sections of a configuration, one frozen class each; every key has its meaning, unit and default here."""

from typing import Annotated, Literal

from pydantic import AliasChoices, BeforeValidator, Field, create_model, model_validator

from landda_hpc.config.section import Fraction, Positive, Section
from landda_hpc.config.values import Duration, Time
from landda_hpc.noah.processes import DESCRIPTIONS

Correlations = tuple[tuple[float, ...], ...]
NoahVersion = Literal["noah33", "noah271"]
Monthly = Annotated[tuple[Fraction, ...], Field(min_length=12, max_length=12)]
MonthlyPositive = Annotated[tuple[Positive, ...], Field(min_length=12, max_length=12)]
Correlations = tuple[tuple[float, ...], ...]


class Run(Section):
    """What runs, when and where its files go."""

    name: str = Field("run", description="name of the run")
    folder: str | None = Field(None, description="folder of the outputs; runs/<name> by default")
    start: Time | None = Field(None, description="UTC start; by default that of the forcing")
    end: Time | None = Field(None, description="UTC end; by default that of the forcing")
    time_step: Duration = Field(1800, gt=0, le=3600, description="time step of the land model, at most 1h")
    precision: Literal["float64", "float32"] = Field("float64", description="precision of state and kernel")
    on_column_error: Literal["stop", "mask"] = Field(
        "stop", description="stop with a replay file when a column goes wrong, or mask its point and carry on")
    first_state: str | None = Field(None, description="restart file, of any run on the same points, to take the first state "
                                                      "from; its members are repeated if there are fewer")
    wall_time: Duration | None = Field(None, description="stop with a checkpoint before this time has passed")
    stop_after_cycles: int | None = Field(None, ge=1, description="stop with a checkpoint after so many cycles of this job; "
                                                                  "--resume goes on")

    @model_validator(mode="after")
    def _check(self):
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError(f"end {self.end} is not after start {self.start}")
        return self


class Forcing(Section):
    """The weather record of a site."""

    format: Literal["sample", "auto", "csv", "bondville_1998", "bondville_2001", "loobos", "ameriflux_l2",
                    "col_de_porte"] = Field("auto", description="layout of the file; sample is shipped")
    file: str | None = Field(None, description="forcing file, relative to the configuration")
    observations: str | None = Field(None, description="file of observations where the format has its own")
    max_gap: Duration = Field(0, ge=0, description="longest hole that is filled and counted; by default a missing value "
                                                  "stops the run")
    labels: Literal["start", "middle", "end"] | None = Field(None, description="what a time label names")
    utc_offset: float | None = Field(None, description="clock of the file minus UTC [h]")
    missing_precipitation: Literal["error", "zero"] = Field("error", description="long holes of precipitation")

    @model_validator(mode="after")
    def _check(self):
        if self.format != "sample" and self.file is None:
            raise ValueError("file is missing; only the format sample needs none")
        return self


class Initial(Section):
    """State at a cold start; what is missing comes from the record or an estimate."""

    soil_temperature: tuple[float, ...] | None = Field(None, description="of each layer [K]")
    soil_moisture: tuple[float, ...] | None = Field(None, description="of each layer [m3 m-3]")
    liquid_soil_moisture: tuple[float, ...] | None = Field(None, description="of each layer [m3 m-3]")
    skin_temperature: float | None = Field(None, description="[K]")
    snow_water_equivalent: float | None = Field(None, ge=0.0, description="[kg m-2]")
    snow_depth: float | None = Field(None, ge=0.0, description="[m]")
    canopy_water: float | None = Field(None, ge=0.0, description="[kg m-2]")
    albedo: Fraction | Monthly | None = Field(None, description="with snow, one number or twelve by month; by default that of "
                                                                "the snow-free ground")
    roughness_length: Positive | MonthlyPositive | None = Field(None, description="likewise [m]")


class Place(Section):
    """Properties of a point; what is missing comes from the record of its site."""

    latitude: Annotated[float, Field(ge=-90.0, le=90.0)] | None = Field(None, description="degrees north")
    longitude: Annotated[float, Field(ge=-180.0, le=360.0)] | None = Field(None, description="degrees east")
    elevation: float | None = Field(None, description="[m]")
    land_cover_class: int | None = Field(None, description="class of noah.land_cover_scheme, from 1")
    soil_class: int | None = Field(None, description="STATSGO class; 0 becomes 12")
    slope_class: int | None = Field(None, description="class of the slope table")
    deep_soil_temperature: Annotated[float, Field(gt=180.0, lt=340.0)] | None = Field(None, description="[K]")
    greenness: Monthly | None = Field(None, description="green vegetation fraction on the 15th of each month")
    greenness_range: tuple[Fraction, Fraction] | None = Field(
        None, description="least and greatest of the year, by default of the twelve months")
    albedo: Monthly | None = Field(None, description="of snow-free ground by month, in place of the class's")
    emissivity: Monthly | None = Field(None, description="of snow-free ground by month, in place of the class's")
    leaf_area_index: MonthlyPositive | None = Field(
        None, description="by month, in place of the class's [m2 m-2]")
    roughness_length: MonthlyPositive | None = Field(
        None, description="of snow-free ground by month, in place of the class's [m]")
    porosity: Annotated[float, Field(gt=0.02, lt=1.0)] | None = Field(None, description="in place of the class's [m3 m-3]")
    saturated_potential: Positive | None = Field(None, description="in place of the class's [m]")
    saturated_conductivity: Positive | None = Field(None, description="in place of the class's [m s-1]")
    b_exponent: Positive | None = Field(None, description="in place of the class's")
    quartz: Fraction | None = Field(None, description="in place of the class's")
    drainage_slope: Fraction | None = Field(None, description="in place of that of the slope class")
    max_snow_albedo: Fraction | None = Field(None, description="of deep snow; by default that of the class")
    reference_height_temperature: Positive | None = Field(None, description="of temperature and humidity [m]")
    reference_height_wind: Positive | None = Field(None, description="of the wind [m]")
    sand: Fraction | None = Field(None, description="of the soil; with clay and no soil_class it gives the class")
    clay: Fraction | None = Field(None, description="of the soil")
    soil_depth: Positive | None = Field(None, description="where the last layer ends [m]")
    root_depth: Positive | None = Field(None, description="where the roots end [m]; needs soil_depth")
    surface: Literal["land", "glacier", "land_ice", "sea_ice"] | None = Field(None, description="kind of surface")
    initial: Initial = Initial()

    @model_validator(mode="after")
    def _check_soil(self):
        if (self.sand is None) != (self.clay is None):
            raise ValueError("sand and clay belong together; one of them is missing")
        if self.sand is not None and self.sand + self.clay > 1.0:
            raise ValueError(f"sand {self.sand} and clay {self.clay} are more than the whole soil")
        if self.greenness_range is not None and self.greenness_range[0] > self.greenness_range[1]:
            raise ValueError(f"greenness_range {self.greenness_range} does not begin with the least")
        if self.root_depth is not None and self.soil_depth is None:
            raise ValueError("root_depth works only together with soil_depth")
        return self


class Variant(Place):
    """One more point with the weather of its site and other properties."""

    name: str = Field(description="added to the name of the site")


class Site(Place):
    """A tower: its weather, its properties and variants of it."""

    name: str | None = Field(None, description="by default that of the record")
    forcing: Forcing
    variants: tuple[Variant, ...] = Field((), description="more points with the same weather")


class Variation(Section):
    """Parameters of the soil and the vegetation that differ from the tables at random by cell: relative standard deviations."""

    seed: int = Field(5, ge=0, description="seed of the differences")
    porosity: float = Field(0.08, ge=0.0, le=0.3, description="of the porosity, the wilting point and what is between")
    conductivity: float = Field(0.8, ge=0.0, le=2.0, description="of the saturated conductivity")
    b_exponent: float = Field(0.15, ge=0.0, le=0.5, description="of the exponent b")
    stomatal_resistance: float = Field(0.4, ge=0.0, le=1.0, description="of the least stomatal resistance")
    greenness: float = Field(0.2, ge=0.0, le=1.0, description="of the green vegetation fraction")


class DomainSection(Section):
    """A grid of land points."""

    file: str = Field("2.5deg", description="domain file (`landda static` builds one, relative to the configuration) or a "
                                            "shipped one: 2.5deg, 5deg")
    region: Annotated[tuple[float, ...], Field(min_length=4, max_length=4)] | None = Field(
        None, description="south, north, west, east [degrees]: run only the points inside; they behave as in the full domain")
    albedo: Literal["class", "map"] = Field("class", description="snow-free albedo from the class table by greenness, or "
                                                                 "from the monthly map")
    slope_class: int = Field(1, ge=1, le=9, description="class of the slope table where the domain has no map of it")
    soil_moisture: Fraction = Field(0.6, description="at a cold start, of the porosity")
    variation: Variation | None = Field(None, description="parameters that differ at random from the tables, for a truth that "
                                                          "the model is not")


class WeatherErrors(Section):
    """Errors of the weather that a run sees, against the same weather without them."""

    seed: int = Field(11, ge=0, description="seed of the errors; the same for all members")
    displacement: float = Field(500.0, ge=0.0, le=1000.0, description="of rain and clouds, root mean square [km]")
    smoothing: Duration = Field(10800, ge=3600, description="time over which precipitation is averaged, whole hours")
    precipitation_bias: float = Field(0.3, ge=0.0, le=1.0, description="of regions, relative standard deviation")
    precipitation_std: float = Field(0.7, ge=0.0, le=2.0, description="of errors that come and go, relative")
    shortwave_std: float = Field(0.2, ge=0.0, le=1.0, description="relative")
    longwave_std: float = Field(20.0, ge=0.0, le=100.0, description="[W m-2]")
    temperature_std: float = Field(1.2, ge=0.0, le=10.0, description="[K]")

    @model_validator(mode="after")
    def _check(self):
        if self.smoothing % 3600:
            raise ValueError(f"smoothing is {self.smoothing} s, expected whole hours")
        return self


class FileVariable(Section):
    """A variable of the user's files."""

    name: str = Field(description="in the files, in GRIB the short name")
    units: str | None = Field(None, description="in place of those of the file")
    kind: Literal["instant", "mean", "accumulated", "running"] | None = Field(
        None, description="what a number stands for; running: accumulated since 00 UTC; by default what the file says")
    interval: Duration | None = Field(None, description="length of the interval of a mean or an accumulation")


def _named_variable(value):
    """Return a variable given by its name alone as its section."""
    return {"name": value} if isinstance(value, str) else value


def _listed(value):
    """Return one name as a list of one."""
    return (value,) if isinstance(value, str) else value


ForcingField = Literal["tair", "qair", "tdew", "relhum", "uwind", "vwind", "wind", "psurf", "swdown", "lwdown", "rainf",
                       "snowf"]


class Weather(Section):
    """Weather of a domain."""

    kind: Literal["weather", "files"] = Field(
        "weather", validation_alias=AliasChoices("kind", "source"),
        description="weather: made hour by hour from the climate of each point; files: read from gridded files; the key may "
                    "also be called source")
    seed: int = Field(1, ge=0, description="seed of the weather; the same for all members")
    temperature_height: Positive = Field(2.0, description="reference height of temperature and humidity [m]")
    wind_height: Positive = Field(10.0, description="reference height of the wind [m]")
    cycle: tuple[int, int] | None = Field(
        None, description="first and last year: the weather of these years again and again, whatever the date")
    errors: WeatherErrors | None = Field(None, description="let the run see the weather with errors")
    files: Annotated[tuple[str, ...], BeforeValidator(_listed)] = Field(
        (), description="files, folders and patterns such as met/2001*.nc, relative to the configuration")
    format: Literal["auto", "gldas", "era5", "era5_land", "cf"] = Field(
        "auto", description="of the files; cf: by forcing.variables or standard names")
    variables: dict[ForcingField, Annotated[FileVariable, BeforeValidator(_named_variable)]] = Field(
        {}, description="field -> its name in the files, or {name, units, kind, interval}; in place of the names of the format")
    label: Literal["start", "middle", "end"] = Field("end", description="what the time of a mean or accumulation names, where "
                                                                        "neither bounds nor the format tell")
    interval: Duration | None = Field(None, gt=0, description="length of the intervals of means and accumulations; by default "
                                                              "from bounds or the distance of times")
    interpolation: Literal["bilinear", "nearest", "conservative"] = Field("bilinear", description="from the files' grid")
    flux_interpolation: Literal["auto", "bilinear", "nearest", "conservative"] = Field(
        "auto", description="of radiation and precipitation; auto: conservative from a finer grid, else as interpolation")
    lapse: bool = Field(False, description="correct temperature, humidity, pressure and longwave for height; needs orography")
    orography: str | None = Field(None, description="file with the terrain of the source [m or m2 s-2]")
    orography_variable: str | None = Field(None, description="its name; by default a usual one")
    land_mask: str | None = Field(None, description="file with the land of the source; by default land is where values are")
    land_mask_variable: str | None = Field(None, description="its name; by default a usual one")
    max_gap: Duration = Field(0, ge=0, description="longest hole of the files that is filled; by default a missing value stops "
                                                  "the run")
    duplicates: Literal["error", "first", "last"] = Field("error", description="of records for the same time, in the order of "
                                                                               "the files")
    read_ahead: bool = Field(True, description="read the next interval in a thread while the model computes")

    @model_validator(mode="after")
    def _check(self):
        if self.cycle is not None and self.cycle[1] < self.cycle[0]:
            raise ValueError(f"cycle: the last year {self.cycle[1]} is before the first, {self.cycle[0]}")
        problems = []
        if self.kind == "files":
            problems += ["files is missing; kind files needs it"] if not self.files else []
            problems += ["errors belong to kind weather, not to files"] if self.errors is not None else []
            problems += ["lapse needs orography, the terrain of the source"] if self.lapse and not self.orography else []
            names = [variable.name for variable in self.variables.values()]
            double = sorted({name for name in names if names.count(name) > 1})
            problems += [f"variables name {', '.join(double)} more than once"] if double else []
        else:
            given = [key for key in OF_FILES if getattr(self, key) != type(self).model_fields[key].default]
            problems += [f"{', '.join(given)} belong to kind: files, but kind is weather"] if given else []
        if problems:
            raise ValueError("; ".join(problems))
        return self


#: Keys of the forcing that only files have.
OF_FILES = ("files", "format", "variables", "label", "interval", "interpolation", "flux_interpolation", "lapse", "orography",
            "orography_variable", "land_mask", "land_mask_variable", "max_gap", "duplicates", "read_ahead")


class SpinUp(Section):
    """What comes before the start of the run."""

    years: int = Field(0, ge=0, le=1000, description="years of one unperturbed member, in the folder spin_up of the run")
    cycle: tuple[int, int] | None = Field(None, description="years whose weather they repeat; by default those before the "
                                                            "start as they are")
    ensemble: Duration = Field(0, ge=0, description="time that the whole ensemble runs, perturbed, without history")


class _ProcessSection(Section):
    """Choice of single processes in which Noah 2.7.1 and 3.3 differ; those without one follow noah.variant."""


NoahProcesses = create_model("NoahProcesses", __base__=_ProcessSection, __doc__=_ProcessSection.__doc__, **{
    name: (NoahVersion | None, Field(None, description=f"in Noah 2.7.1: {text}")) for name, text in DESCRIPTIONS.items()})


class Noah(Section):
    """Options of the land model."""

    variant: NoahVersion = Field("noah33", description="version of Noah; noah271 takes all processes from 2.7.1 that "
                                                       "noah.processes does not take from 3.3")
    processes: NoahProcesses = NoahProcesses()
    surface_layer: Literal["myj", "older"] = Field("myj", description="scheme of the exchange coefficients")
    roughness_dependent_czil: bool = Field(False, description="Zilitinkevich coefficient of Chen and Zhang (2009)")
    land_cover_scheme: Literal["modis_igbp", "usgs", "umd"] = Field("modis_igbp", description="table of the classes")
    soil_table: Literal["statsgo", "statsgo_wrf39"] = Field("statsgo", description="table of the soils")
    pedotransfer: bool = Field(False, description="porosity, potential, conductivity and b from sand and clay, "
                                                  "where these are given, and not from the class")
    deep_temperature_lag: int = Field(0, ge=0, description="days by which the deep temperature lags behind the "
                                                           "surface; 0 keeps it constant")
    layer_thickness: Annotated[tuple[Positive, ...], Field(min_length=2, max_length=10)] = Field(
        (0.1, 0.3, 0.6, 1.0), description="of the soil layers from the top [m]")

    @model_validator(mode="after")
    def _check(self):
        if "surface_layer" in self.as_271 and self.roughness_dependent_czil:
            raise ValueError("roughness_dependent_czil needs a surface layer of Noah 3.3, but it is that of 2.7.1. Leave it "
                             "out, or set processes.surface_layer to noah33")
        return self

    @property
    def as_271(self):
        """Names of the processes that follow Noah 2.7.1."""
        return tuple(name for name in DESCRIPTIONS if (getattr(self.processes, name) or self.variant) == "noah271")


class Ensemble(Section):
    """The ensemble."""

    size: int = Field(20, ge=1, description="members; 1 runs without perturbations")
    seed: int = Field(20220301, ge=0, description="seed of all random numbers")
    bias_correction: bool = Field(True, description="keep the last member unperturbed and centre the others on it")

    @model_validator(mode="after")
    def _check(self):
        if self.size == 2:
            raise ValueError("size 2 is too small for perturbations; expected 1 or at least 3")
        return self


class PerturbedVariable(Section):
    """Perturbation of one forcing variable."""

    type: Literal["lognormal", "additive"] = Field(description="multiplicative with mean 1, or additive")
    std: float = Field(ge=0.0, description="standard deviation: of the factor, or in the units of the variable")
    limits: tuple[float, float] = Field(description="values outside are limited and counted")


class ForcingPerturbation(Section):
    """Perturbations of shortwave (SW), longwave (LW) and precipitation (P)."""

    interval: Duration = Field(3600, description="time between draws")
    hold: bool = Field(True, description="keep a draw in force until the next")
    tau: Duration = Field(86400, description="e-folding time")
    vars: dict[Literal["SW", "LW", "P"], PerturbedVariable] = Field(
        {"SW": PerturbedVariable(type="lognormal", std=0.3, limits=(0.0, 1400.0)),
         "LW": PerturbedVariable(type="additive", std=50.0, limits=(50.0, 750.0)),
         "P": PerturbedVariable(type="lognormal", std=0.5, limits=(0.0, 0.03))}, description="by variable")
    corr: Correlations = Field(((1.0, -0.5, -0.8), (-0.5, 1.0, 0.5), (-0.8, 0.5, 1.0)),
                               description="correlations of SW, LW, P")
    multiplicative_bias: Literal["renormalise", "additive_shift"] = Field(
        "renormalise", description="bias correction of factors; additive_shift as LIS does")


class StatePerturbation(Section):
    """Perturbations of the soil moisture of each layer."""

    interval: Duration = Field(21600, description="time between draws")
    reference_interval: Duration = Field(21600, description="interval that std belongs to")
    scale_with_interval: bool = Field(True, description="keep the diffusion of another interval the same")
    tau: Duration = Field(43200, description="e-folding time")
    std: tuple[float, ...] = Field((0.01, 0.006, 0.003, 0.0015), description="of each layer [m3 m-3]")
    corr: Correlations = Field(((1.0, 0.6, 0.4, 0.2), (0.6, 1.0, 0.6, 0.4), (0.4, 0.6, 1.0, 0.6),
                                (0.2, 0.4, 0.6, 1.0)), description="correlations of the layers")
    active_layer_rule: bool = Field(True, description="leave frozen and very dry or wet layers alone")
    taper: bool = Field(True, description="smaller perturbations near the bounds")


class Perturb(Section):
    """Perturbations of forcing and state."""

    enabled: bool = Field(True, description="perturb, where there is more than one member")
    zero_mean: bool = Field(True, description="centre the random numbers over the members")
    truncate: float = Field(2.5, gt=0.0, description="largest normal deviate")
    forcing: ForcingPerturbation = ForcingPerturbation()
    state: StatePerturbation = StatePerturbation()
    ar1_step: Literal["interval", "model_step"] = Field("interval", description="time step of the autocorrelation")


class Output(Section):
    """The history."""

    interval: Duration = Field(3600, description="time between records")
    variables: tuple[str, ...] | None = Field(None, description="names of the registry; a default set if missing")
    members: bool = Field(False, description="write every member beside mean and spread")
    precision: Literal["float64", "float32"] | None = Field(
        None, description="of the numbers in the file; by default float64 for sites and float32 for a domain")
    overpass: tuple[Literal["ascat", "smap"], ...] = Field(
        (), description="write overpass.nc: soil moisture of the last member at the local times of these sensors, where it "
                        "passes the tests M1 to M6, for climatologies")


class Restart(Section):
    """Checkpoints."""

    interval: Duration = Field(30 * 86400, description="time between checkpoints; one is always written at the end")
    keep: int = Field(2, ge=1, description="checkpoints that are kept")


class Parallel(Section):
    """Threads and files."""

    threads_per_rank: int = Field(1, ge=1, description="threads of the land model")
    io: Literal["auto", "parallel", "gather"] = Field("auto", description="parallel HDF5 where h5py has it")
    rebalance: Duration | None = Field(None, gt=0, description="time after which the points of a domain are divided anew among "
                                                               "the ranks by the cost of their state, once more time was "
                                                               "lost than that takes; numbers do not change")


class Log(Section):
    """What a run tells."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="of rank 0; others WARNING")
    progress: bool = Field(True, description="progress with the time left")
