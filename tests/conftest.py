"""What holds for every test."""

import os
import re
from collections.abc import Generator

import pytest
from hypothesis import settings

# How long an example takes says more about what else the machine does than about the code.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")

#: Where everything can be installed, a test that finds something missing has to fail, not to hide.
NO_SKIPS = bool(os.environ.get("STEADY_NO_SKIPS"))
#: What no installation changes: another operating system, root's rights, files that others published, a
#: machine that is busy with other things.
_OF_THE_SYSTEM = re.compile(
    r"root may write|too busy|this system has no|uses Linux|no published requests|got empty"
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With `STEADY_NO_SKIPS`, let a test fail that was skipped because something is missing."""
    report = yield
    reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else ""
    if NO_SKIPS and report.skipped and not hasattr(report, "wasxfail") and not _OF_THE_SYSTEM.search(reason):
        report.outcome = "failed"
        report.longrepr = f"This must be there when STEADY_NO_SKIPS is set. {reason}"
    return report
