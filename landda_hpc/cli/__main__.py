"""``python -m landda_hpc.cli`` is the command ``landda``."""

from landda_hpc.cli.main import main

main()
