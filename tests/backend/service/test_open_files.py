"""The backend takes as many open files as it may have."""

import subprocess
import sys

import pytest

LOW = """
import resource
from emogene.service.open_files import allow_many_open_files
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
hard = 2000 if hard == resource.RLIM_INFINITY else min(2000, hard)
resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
allow_many_open_files()
print(resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_low_limit_is_raised_as_far_as_it_goes():
    done = subprocess.run([sys.executable, "-c", LOW], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
