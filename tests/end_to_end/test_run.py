"""run.py with only the standard library: any Python 3 starts it, and it says what it needs."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from emogene_proto.backend_note import noted_python

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run():
    spec = importlib.util.spec_from_file_location("run_script", ROOT / "run.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_without_a_command_it_explains_itself():
    done = subprocess.run([sys.executable, "-I", ROOT / "run.py"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "demo" in done.stdout and "test" in done.stdout


def test_it_finds_a_python_that_blender_fits(run):
    assert run.version_of(run.find_python()) in run.WANTED


def test_without_a_fitting_python_it_says_which_one_to_get(run, monkeypatch, tmp_path):
    monkeypatch.setattr(run, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(run, "STAMP", tmp_path / ".venv" / "stamp")
    monkeypatch.setattr(run, "WANTED", ((3, 99),))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(run.SetupError, match="Get Python 3.11"):
        run.set_up()


def test_an_up_to_date_environment_is_not_installed_again(run, monkeypatch, tmp_path):
    python = tmp_path / ".venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    python.parent.mkdir(parents=True)
    python.touch()
    monkeypatch.setattr(run, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(run, "STAMP", tmp_path / ".venv" / "stamp.json")
    monkeypatch.setattr(run, "call", lambda arguments: pytest.fail("pip was called"))
    run.STAMP.write_text(__import__("json").dumps(run.fingerprint()))
    assert run.set_up() == python


def test_setting_up_tells_blender_where(run, monkeypatch, tmp_path):
    monkeypatch.setenv("EMOGENE_CONFIG", str(tmp_path))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setattr(run, "set_up", lambda: Path(sys.executable))
    monkeypatch.setattr(sys, "argv", ["run.py", "setup"])
    assert run.main() == 0
    assert noted_python() == Path(sys.executable)


def test_changed_pins_make_it_install_again(run):
    before = run.fingerprint()
    assert before == run.fingerprint()
    assert len(before["inputs"]) == 64
