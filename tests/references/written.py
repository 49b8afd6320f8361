"""Small files in layouts of which no real file can be had."""

import h5py
import netCDF4
import numpy as np

from landda_hpc.observations.ease2 import M25, M36

DAY = 8560.0  # days from 2000-01-01 to 2023-06-09
CELLS = np.arange(300, 340)  # columns of the cells with a retrieval, in one row


def write_amsr2(folder):
    """Write AMSR2 LPRM with retrievals along a row."""
    path = folder / "LPRM-AMSR2_L3_D_SOILM3_V001_20230609000000.nc4"
    with netCDF4.Dataset(path, "w") as file:
        for name, values in (("Longitude", -179.875 + 0.25 * np.arange(1440)), ("Latitude", 89.875 - 0.25 * np.arange(720))):
            file.createDimension(name, len(values))
            file.createVariable(name, "f4", (name,))[:] = values
        for name, number, missing in (("soil_moisture_x", 25, -32767), ("soil_moisture_x_error", 900, -32767),
                                      ("opt_depth_x", 50, -32767), ("ts", 2900, -32767), ("scantime", 9.606e8, 0.0)):
            variable = file.createVariable(name, "f8" if name == "scantime" else "i2", ("Longitude", "Latitude"), zlib=True,
                                           fill_value=missing)
            variable[CELLS, 300] = number
    return path


def write_smos_ic(folder, version):
    """Write SMOS-IC; version 2 has no microseconds."""
    path = folder / f"SM_OPER_MIR_CDF3SA_20230609T000000_20230609T235959_{version}_001_8.DBL.nc"
    with netCDF4.Dataset(path, "w") as file:
        for name, values in (("lat", M25.centre(np.arange(583, -1, -1), 0)[0]), ("lon", M25.centre(0, np.arange(1388))[1])):
            file.createDimension(name, len(values))
            file.createVariable(name, "f4", (name,))[:] = values
        names = [("Soil_Moisture", 0.2), ("Soil_Moisture_StdError", 0.02), ("RMSE", 3.0), ("Scene_Flags", 1.0), ("Days", DAY),
                 ("UTC_Seconds", 36000.0)] + ([("UTC_Microseconds", 5e5)] if version == "105" else [])
        for name, number in names:
            file.createVariable(name, "f8", ("lat", "lon"), zlib=True, fill_value=np.nan)[200, CELLS] = number
    return path


def write_smap_l3(folder):
    """Write SPL3SMP: the morning with retrievals of 0.2, the afternoon of 0.3 at the same cells."""
    path = folder / "SMAP_L3_SM_P_20230609_R19240_001.h5"
    with h5py.File(path, "w") as file:
        for ending, hour, value in (("", 6.0, 0.2), ("_pm", 18.0, 0.3)):
            group = file.create_group(f"Soil_Moisture_Retrieval_Data_{'PM' if ending else 'AM'}")
            latitude, longitude = M36.centre(150, CELLS)
            seconds = DAY * 86400.0 - 43200.0 + 3600.0 * (hour - longitude / 15.0)
            fields = {"latitude": latitude, "longitude": longitude, "tb_time_seconds": seconds, "vegetation_water_content": 1.0,
                      "soil_moisture_dca": value, "soil_moisture_scav": value + 0.1}
            words = {"retrieval_qual_flag_dca": CELLS % 2, "retrieval_qual_flag_scav": 0, "surface_flag": 0,
                     "tb_qual_flag_h": 0, "tb_qual_flag_v": 0}
            for numbers, kind, fill in ((fields, "<f4", -9999.0), (words, "<u2", 65534)):
                for name, number in numbers.items():
                    full = np.full((406, 964), fill, "<f8" if name == "tb_time_seconds" else kind)
                    full[150, CELLS] = number
                    group.create_dataset(name + ending, data=full, compression="gzip")
    return path


def write_cdr_v8(folder, layout):
    """Write a climate record of version 8: 3 locations with 40 values each, time rising; flag 1 at every tenth value."""
    path = folder / f"H121_{layout}.nc"
    n_locations, n_each = 3, 40
    index = np.tile(np.arange(n_locations), n_each) if layout != "contiguous" else np.repeat(np.arange(n_locations), n_each)
    time = 45000.0 + np.arange(len(index)) / (3.0 if layout != "contiguous" else 1.0)
    places = {"location_id": 70000 + np.arange(n_locations), "latitude": 45.0 + np.arange(n_locations),
              "longitude": 10.0 + np.arange(n_locations)}
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("obs", len(index))
        file.createDimension("locations", n_locations)
        for name, values in places.items():
            kind = "i4" if name == "location_id" else "f8"
            if layout == "points":
                file.createVariable(name, kind, ("obs",))[:] = values[index]
            else:
                file.createVariable(name, kind, ("locations",))[:] = values
        if layout == "contiguous":
            file.createVariable("row_size", "i8", ("locations",))[:] = n_each
        elif layout == "indexed":
            file.createVariable("locationIndex", "i8", ("obs",))[:] = index
        file.createVariable("time", "f8", ("obs",))[:] = time
        file["time"].units = "days since 1900-01-01 00:00:00"
        for name, number in (("surface_soil_moisture", 0.5 * np.arange(len(index))), ("surface_soil_moisture_noise", 4.0)):
            file.createVariable(name, "f4", ("obs",), fill_value=-9999.0)[:] = number
        for name, number in (("processing_flag", (np.arange(len(index)) % 10 == 9) * 1), ("surface_flag", 1),
                             ("topographic_complexity", 5), ("wetland_fraction", 2), ("frozen_soil_probability", 0)):
            file.createVariable(name, "i1", ("obs",), fill_value=127)[:] = number
    return path


def write_lis_restart(folder):
    """Write a restart of 12 tiles and 4 layers, layers first as Fortran leaves them."""
    path = folder / "LIS_RST_NOAH33_202306090000.d01.nc"
    with netCDF4.Dataset(path, "w") as file:
        for name, size in (("ntiles", 12), ("dim1", 4)):
            file.createDimension(name, size)
        for name, number in (("T1", 290.0), ("CMC", 2.0e-4), ("SNOWH", 0.0), ("SNEQV", 1.0e-2), ("CH", 0.01), ("ALBEDO", 0.2)):
            variable = file.createVariable(name, "f4", ("ntiles",))
            variable.missing_value = np.float32(-9999.0)
            variable[:] = number
        for name, number in (("STC", 285.0), ("SMC", 0.3), ("SH2O", 0.25)):
            file.createVariable(name, "f4", ("dim1", "ntiles"))[:] = number + 0.01 * np.arange(4)[:, None]
    return path


def write_lis_input(folder):
    """Write the heart of a domain file of LDT, 4 by 6 cells of 0.25 degrees."""
    path = folder / "lis_input.d01.nc"
    sizes = {"north_south": 4, "east_west": 6, "sfctypes": 17, "soiltypes": 16, "month": 12}
    plane = ("north_south", "east_west")
    with netCDF4.Dataset(path, "w") as file:
        for name, size in sizes.items():
            file.createDimension(name, size)
        latitude, longitude = np.meshgrid(10.125 + 0.25 * np.arange(4), 20.125 + 0.25 * np.arange(6), indexing="ij")
        cover, soil = np.zeros((17, 4, 6)), np.zeros((16, 4, 6))
        cover[9], soil[5] = 1.0, 1.0
        for name, dimensions, values in (
                ("lat", plane, latitude), ("lon", plane, longitude), ("LANDMASK", plane, 1.0), ("DOMAINMASK", plane, 1.0),
                ("LANDCOVER", ("sfctypes", *plane), cover), ("TEXTURE", ("soiltypes", *plane), soil),
                ("ELEVATION", plane, 300.0), ("GREENNESS", ("month", *plane), 0.4), ("TBOT", plane, 295.0)):
            file.createVariable(name, "f4", dimensions)[:] = values
        file.setncatts({"MAP_PROJECTION": "EQUIDISTANT CYLINDRICAL", "DX": 0.25, "DY": 0.25, "NUMVEGTYPES": 17,
                        "LANDCOVER_SCHEME": "IGBP", "SOILTEXT_SCHEME": "STATSGO", "URBANCLASS": 13, "BARESOILCLASS": 16,
                        "SNOWCLASS": 15, "WATERCLASS": 17})
    return path


WRITERS = {
    "amsr2": write_amsr2, "smos-ic 105": lambda folder: write_smos_ic(folder, "105"),
    "smos-ic 2": lambda folder: write_smos_ic(folder, "200"), "smap l3": write_smap_l3,
    "cdr v8 contiguous": lambda folder: write_cdr_v8(folder, "contiguous"),
    "cdr v8 indexed": lambda folder: write_cdr_v8(folder, "indexed"),
    "cdr v8 points": lambda folder: write_cdr_v8(folder, "points"), "lis restart": write_lis_restart,
    "lis_input": write_lis_input,
}
