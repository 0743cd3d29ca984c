"""How hard the property tests try: HYPOTHESIS_PROFILE is dev, ci or deep."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.database import DirectoryBasedExampleDatabase

BUILD = Path(__file__).parents[1] / "build" / "hypothesis"
set_hypothesis_home_dir(BUILD)

# A commit waits for the disk: no example is too slow by the clock.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

settings.register_profile("dev", PATIENT, database=DirectoryBasedExampleDatabase(BUILD / "examples"))
# The same examples in every run; a database would have no say in them.
settings.register_profile("ci", PATIENT, derandomize=True, database=None, print_blob=True)
settings.register_profile(
    "deep",
    PATIENT,
    database=DirectoryBasedExampleDatabase(BUILD / "examples"),
    max_examples=5000,
    stateful_step_count=200,
    print_blob=True,
)

_in_ci = any(os.environ.get(name) for name in ("CI", "CARDPRINT_REQUIRE_COMPONENTS"))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if _in_ci else "dev"))
