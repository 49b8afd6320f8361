"""Files of gridded forcing in words: format, fields with units and kinds, times, holes, grid."""

import numpy as np

from landda_hpc.errors import LanddaError
from landda_hpc.forcing.gridded.clock import GREGORIAN, time_text
from landda_hpc.forcing.gridded.files import Choice, scan_file
from landda_hpc.forcing.gridded.quantities import QUANTITIES, needed_fields
from landda_hpc.forcing.gridded.timeline import gaps, make_timeline
from landda_hpc.io.guarded import GuardedPool, WorkerFailure

SHOWN = 5  # holes of a field, and variables that are not used


def describe_forcing(paths, choice=Choice(), label="end", duplicates="error"):
    """Return what files of forcing hold, as text, and whether a run could take them."""
    scans, lines, fine, axes = {}, [], True, {}
    with GuardedPool() as pool:
        for request, outcome in pool.map_unordered(look_into, ((str(path), choice) for path in paths)):
            if isinstance(outcome, Exception):
                if not isinstance(outcome, (LanddaError, OSError)):
                    raise outcome
                named = f"{request[0]}: {outcome}" if isinstance(outcome, WorkerFailure) else outcome
                lines.append(f"not usable   {named}")
                fine = False
            else:
                scans[request[0]] = outcome._replace(axes=axes.setdefault(outcome.axes, outcome.axes))
    scans = [scans[str(path)] for path in paths if str(path) in scans]
    used = [scan for scan in scans if scan.fields]
    for format_name in dict.fromkeys(scan.format for scan in used):
        lines += _of_format(format_name, [scan for scan in used if scan.format == format_name])
    without = [scan for scan in scans if not scan.fields]
    lines += [f"no forcing   {scan.path}: {', '.join(scan.others[:SHOWN])}" + (" ..." if scan.others[SHOWN:] else "")
              for scan in without]
    fields = sorted({field for scan in used for field in scan.fields}, key=list(QUANTITIES).index)
    for field in fields:
        try:
            lines += _field(field, [scan for scan in used if field in scan.fields], label, duplicates)
        except LanddaError as error:
            lines.append(f"{field:12s} {error}")
            fine = False
    taken, lacking = needed_fields(fields)
    if fields:
        lines.append(f"a run takes  {', '.join(taken) or 'nothing'}" + (f"; it lacks {'; '.join(lacking)}" if lacking else ""))
    return "\n".join(lines or ["no files"]), fine and bool(fields) and not lacking


def look_into(request):
    """Return the scan of a file; ``request`` holds its path and the choice of the user."""
    return scan_file(*request)


def _of_format(format_name, scans):
    """Return lines on the files of a format and their grids."""
    lines = [f"format       {format_name}, {len(scans)} file{'s' if len(scans) > 1 else ''}, {scans[0].path}"
             + (f" to {scans[-1].path}" if scans[1:] else "")]
    for axes in dict.fromkeys(scan.axes for scan in scans):
        latitude, longitude = axes
        spacing = [float(np.median(np.abs(np.diff(axis)))) if len(axis) > 1 else float("nan") for axis in axes]
        order = "north first" if latitude[0] > latitude[-1] else "south first"
        lines.append(f"grid         {axes.shape[0]} x {axes.shape[1]}, {spacing[0]:g} x {spacing[1]:g} degrees, {order}, "
                     f"{min(latitude):g} to {max(latitude):g} N, {min(longitude):g} to {max(longitude):g} E")
    calendars = sorted({scan.calendar for scan in scans} - set(GREGORIAN))
    lines += [f"calendar     {', '.join(calendars)}"] if calendars else []
    others = sorted({name for scan in scans for name in scan.others})
    lines += [f"not used     {', '.join(others[:3 * SHOWN])}" + (" ..." if others[3 * SHOWN:] else "")] if others else []
    return lines


def _field(field, scans, label, duplicates):
    """Return lines on a field: where it comes from, its times and its holes."""
    found, quantity = scans[0].fields[field], QUANTITIES[field]
    timeline = make_timeline(field, scans, label, duplicates)
    n_known = int((timeline.record >= 0).sum())
    end = timeline.time(timeline.n - (0 if quantity.flux else 1))
    change = found.conversion
    factor = "" if (change.factor, change.offset) == (1.0, 0.0) else f" x {change.factor:g}" + (
        f" + {change.offset:g}" if change.offset else "")
    lines = [f"{field:12s} {found.name} [{found.units}]{factor} -> {quantity.long_name} [{quantity.units}], {found.kind}, "
             + (f"every {timeline.step / 3600:g} h, {n_known} times, " if n_known > 1 else "")
             + f"{time_text(timeline.first)} to {time_text(end)} UTC"]
    holes = gaps(timeline, 0, timeline.n - 1)
    for hole in holes[:SHOWN]:
        until = "" if hole.length == 1 else f" until {timeline.span(hole.first + hole.length - 1)}"
        lines.append(f"{'':12s} missing {timeline.span(hole.first)}{until}")
    return lines + ([f"{'':12s} and {len(holes) - SHOWN} more holes"] if holes[SHOWN:] else [])
