"""Run the command line as ``python -m cardprint.cli``."""

from cardprint.cli.app import main

main()
