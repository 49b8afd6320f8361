"""The command line, one file per subcommand; heavy modules are imported when a subcommand runs."""
