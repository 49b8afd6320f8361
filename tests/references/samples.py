"""The readers and the files on which their common tests run: real samples, and synthetic ones where none can be had."""

import netCDF4
import numpy as np

from tests.references.written import WRITERS

#: Reader by its name, and a real sample of it below the folder of products.
REAL = {
    "cdr H119": "ascat_cdr_cells/H119_0165.nc", "cdr H113": "ascat_cdr_cells/H113_0165.nc",
    "cdr H110": "ascat_cdr_cells/H110_1436.nc", "cdr H111": "ascat_cdr_cells/H111_1436.nc",
    "smap indexed": "smap_l3_cells/V9_AM_PM/0165.nc", "smap orthogonal": "smap_l3_cells/V8_AM/0165.nc",
    "smos series": "smos_ic_cells/0165.nc", "gldas series": "gldas_cells/0165.nc", "era5 series": "era5_cells/0165.nc",
    "era5-land series": "era5_land_cells/0165.nc",
    "catds": "smos_l3_catds/SM_OPER_MIR_CLF31A_20150506T000000_20150506T235959_300_002_7.DBL.nc",
    "ismn ceop": "ismn_small_formats/format_ceop/SMOSMANIA_SMOSMANIA_NBN_20100304_20130801.stm",
    "ismn ceop_sep": "ismn_small_formats/format_ceop_sep/SMOSMANIA_SMOSMANIA_Narbonne_sm_0.050000_0.050000_ThetaProbe-ML2X_"
                     "20070101_20070131.stm",
    "ismn header": "ismn_small_formats/format_header_values/SMOSMANIA_SMOSMANIA_Narbonne_sm_0.050000_0.050000_ThetaProbe-"
                   "ML2X_20070101_20070131.stm",
    "gldas": "gldas_native/GLDAS_NOAH025_3H.A20160101.0300.021.nc4",
    "gldas grib": "gldas_native/GLDAS_NOAH025SUBP_3H.A2015001.0300.001.2015037193230.grb",
    "era5 grib": "ecmwf_grib/era5-single-level-scalar-time.grib", "era5 levels": "ecmwf_grib/era5_t_z_pl_1deg_2007010112.grib",
    "ifs forecast": "ecmwf_grib/ifs_fc_pl_10deg_20240603.grib", "ifs analysis": "ecmwf_grib/ifs_an_2t_msl_2020051312.grib",
    "reduced grib": "ecmwf_grib/H14_2014051500.grib", "era5 packed": "ecmwf_grib/era5_2t_1.nc",
    "lis": "lis_history/LIS_HIST_201703300000.d01.nc",
    "smos udp": "smos_l2_udp/SM_REPR_MIR_SMUDP2_20100601T073146_20100601T082504_700_100_1.nc",
    "igbp": "modis_igbp/MCD12C1.A2019001.006.2020220162300.tif", "cell grid": "gldas_cells/grid.nc",
    "warp5 grid": "ascat_cdr_grid/TUW_WARP5_grid_info_2_3.nc", "warp5 layers": "ascat_static/topo_wetland.nc",
    "station csv": "ismn/COSMOS/SilverSword/COSMOS_COSMOS_SilverSword_static_variables.csv",
}
#: Retrievals that are assimilated, and daily files of evaluation products.
RETRIEVALS = {
    "ascat netcdf": "products/ascat_l2_250_nc/W_XX-EUMETSAT-Darmstadt,SURFACE+SATELLITE,METOPA+ASCAT_C_EUMP_20170220041500_"
                    "53652_eps_o_250_ssm_l2.nc",
    "ascat bufr": "products/ascat_l2_250_bufr_pdu/W_XX-EUMETSAT-Darmstadt,SOUNDING+SATELLITE,METOPA+ASCAT_C_EUMC_"
                  "20170220041500_53652_eps_o_250_ssm_l2.bin",
    "hsaf bufr": "products/ascat_hsaf_bufr/h16_20170220_110000_METOPB_22969_EUM.buf",
    "hsaf 25 km bufr": "products/ascat_hsaf_bufr/h07_20100501_083301_metopa_18322_EUM.buf",
    "ascat native": "golden/eps_native_synthetic/ASCA_SMR_02_M02_20170220042100Z_20170220042400Z_N_O_20170220055656Z.nat",
    "smap": "products/smap_l2_spl2smp/SMAP_L2_SM_P_02801_A_20150811T013002_R18290_001.h5",
}
SYNTHETIC = ("cpc netcdf", "cpc binary", "era5 new", *WRITERS)


def sample(name, shared_data, folder):
    """Return the path of a sample."""
    if name in RETRIEVALS:
        return shared_data / "data" / RETRIEVALS[name]
    if name in REAL:
        return shared_data / "data/products" / REAL[name]
    return {**WRITERS, "cpc netcdf": write_cpc, "cpc binary": write_cpc_binary, "era5 new": write_new_era5}[name](folder)


def rain():
    """Return three days of precipitation [mm per day] from the north and from Greenwich: row + column / 1000."""
    row, column = np.mgrid[:360, :720]
    values = (row + column / 1000.0) * np.array([1.0, 0.5, 0.25])[:, None, None]
    values[:, 10, 20] = -9.96921e36
    return values


def write_cpc(folder, shape=(360, 720)):
    """Write a file as the Physical Sciences Laboratory does, three days of 2022."""
    path = folder / "precip.2022.nc"
    with netCDF4.Dataset(path, "w") as file:
        for name, size in (("time", None), ("lat", shape[0]), ("lon", shape[1])):
            file.createDimension(name, size)
            file.createVariable(name, "f8" if name == "time" else "f4", (name,))
        file["time"].units = "hours since 1900-01-01 00:00:0.0"
        file["lat"][:] = 90.0 - 180.0 / shape[0] * (np.arange(shape[0]) + 0.5)
        file["lon"][:] = 360.0 / shape[1] * (np.arange(shape[1]) + 0.5)
        precipitation = file.createVariable("precip", "f4", ("time", "lat", "lon"), zlib=True)
        precipitation.missing_value = np.float32(-9.96921e36)
        precipitation[:] = rain()[:, :shape[0], :shape[1]]
        start = (np.datetime64("2022-01-01") - np.datetime64("1900-01-01")) / np.timedelta64(1, "h")
        file["time"][:] = start + 24.0 * np.arange(3)
    return path


def write_cpc_binary(folder):
    """Write the first of the three days in binary: from the south, tenths of mm, then gauges."""
    first = rain()[0][::-1]
    tenths = np.where(first < 0.0, -999.0, 10.0 * first)
    path = folder / "PRCP_CU_GAUGE_V1.0GLB_0.50deg.lnx.20220101"
    path.write_bytes(np.stack([tenths, np.where(first < 0.0, -999.0, 2.0)]).astype("<f4").tobytes())
    return path


def write_new_era5(folder):
    """Write temperature and humidity at two levels as the new Climate Data Store does."""
    path = folder / "era5.nc"
    with netCDF4.Dataset(path, "w") as file:
        axes = {"valid_time": [1640995200, 1641016800], "pressure_level": [850.0, 500.0], "latitude": [10.0, 9.75, 9.5],
                "longitude": [0.0, 90.0, 180.0, 270.0]}
        for name, values in axes.items():
            file.createDimension(name, len(values))
            file.createVariable(name, "i8" if name == "valid_time" else "f8", (name,))[:] = values
        file["valid_time"].units = "seconds since 1970-01-01"
        for name, first, units in (("t", 250.0, "K"), ("r", 50.0, "%")):
            variable = file.createVariable(name, "f4", tuple(axes), fill_value=np.float32(np.nan))
            variable.units = units
            variable[:] = first + np.arange(48).reshape(2, 2, 3, 4)
    return path
