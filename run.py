#!/usr/bin/env python3
"""Sets EmoGene up in .venv beside this file and runs it: setup, demo, test, check, or any emogene command.

Standard library only, and old syntax on purpose: any Python 3 can start this file, and it then finds one that fits.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "emogene-setup.json"
WANTED = ((3, 11), (3, 13))  # what Blender's wheels on PyPI are built for
USAGE = """usage: python3 run.py COMMAND [ARGUMENTS]

  setup            install everything into .venv (the other commands do it when needed)
  demo             the whole product in real Blender; results in out/
                   --audio FILE --emotion SECONDS:NAME:INTENSITY ... to use your own voice
  test             run the tests (arguments go to pytest, e.g. --slow or -k words)
  check            style and types: ruff and pyright
  emogene ...      the command line, e.g. python3 run.py emogene doctor
"""


def main():
    command, arguments = (sys.argv[1], sys.argv[2:]) if len(sys.argv) > 1 else ("", [])
    if command not in ("setup", "demo", "test", "check", "emogene"):
        print(USAGE)
        return 0 if command in ("-h", "--help", "help") else 2
    try:
        python = set_up()
        if command == "setup":
            call([python, "-c", "from emogene_proto.backend_note import leave_note; leave_note()"])  # for Blender
            print("Ready. Next: python3 run.py demo")
            return 0
        return run_command(python, command, arguments)
    except SetupError as error:
        print("\n%s" % error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


class SetupError(Exception):
    """What stopped the set-up, in words for the person at the keyboard."""


def run_command(python, command, arguments):
    if command == "demo":
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        return call([python, "-m", "demo", *arguments], ".", dict(os.environ, PYTHONPATH=os.pathsep.join(paths)))
    if command == "test":
        return call([python, "-m", "pytest", *arguments])
    if command == "emogene":
        return call([python, "-m", "emogene", *arguments], ".")  # the user's paths are seen from where they are
    steps = ([python, "-m", "ruff", "check"], [python, "-m", "ruff", "format", "--check"], [python, "-m", "pyright"])
    return max(call(step) for step in steps)


def call(arguments, folder=str(ROOT), environment=None):
    return subprocess.call([str(a) for a in arguments], cwd=folder, env=environment)


def set_up():
    """Make .venv if it is missing or out of date; return its Python."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = fingerprint()
    if python.exists() and read_stamp() == wanted:
        return python
    if not python.exists():
        make_venv()
    version = version_of([str(python)])
    if version not in WANTED:
        raise SetupError(
            "The folder .venv holds Python %s, which does not fit. Remove .venv and run this again."
            % (version and "%d.%d" % version)
        )
    print("Installing into .venv (about 3 GB on disk; some minutes the first time) ...", flush=True)
    install = [python, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off", "-q"]
    if call([*install, "-c", "constraints.txt", "-e", ".[blender,test,corpus]"]) != 0:
        raise SetupError(
            "Installing failed; pip's message is above. Check the network and free disk, and run it again."
        )
    STAMP.write_text(json.dumps(wanted))
    return python


def fingerprint():
    """What the installed packages depend on; another value means the set-up must run again."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((ROOT / name).read_bytes())
    return {"root": str(ROOT), "inputs": digest.hexdigest()}


def read_stamp():
    try:
        return json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return None


def make_venv():
    found = find_python()
    if found is None:
        raise SetupError(
            "EmoGene needs Python 3.11 or 3.13, since Blender's own module exists only for these; none was found.\n"
            "Get Python 3.11 from python.org, your system's packages (e.g. python3.11 and python3.11-venv) or pyenv, "
            "and run this again."
        )
    print("Making .venv with %s ..." % " ".join(found), flush=True)
    if subprocess.call([*found, "-m", "venv", str(VENV)]) != 0:
        shutil.rmtree(str(VENV), ignore_errors=True)
        raise SetupError(
            "That Python cannot make a virtual environment. On Debian and Ubuntu install the package "
            "python%d.%d-venv and run this again." % version_of(found)
        )


def find_python():
    """The command of a Python that fits, this one first; None when there is none."""
    for command in candidates():
        if version_of(command) in WANTED:
            return command
    return None


def candidates():
    yield [sys.executable]
    for major, minor in WANTED:
        yield ["python%d.%d" % (major, minor)]
        if os.name == "nt":
            yield ["py", "-%d.%d" % (major, minor)]
    folders = [Path.home() / ".pyenv" / "versions", Path.home() / ".local" / "share" / "uv" / "python"]
    for folder in folders:
        for major, minor in WANTED:
            for found in sorted(folder.glob("*%d.%d*/bin/python%d.%d" % (major, minor, major, minor)), reverse=True):
                yield [str(found)]


def version_of(command):
    """(major, minor) of a Python command, or None when it does not run."""
    code = "import sys; print(sys.version_info[0], sys.version_info[1])"
    try:
        out = subprocess.run([*command, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60)
        major, minor = out.stdout.split()
        return int(major), int(minor)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


if __name__ == "__main__":
    sys.exit(main())
