"""Where compiled kernels are kept, and that none of before is used after a change."""

import re
from pathlib import Path

from emogene import compiled_kernels
from emogene.compiled_kernels import SOURCES, cache_folder, usable_folder

PACKAGE = Path(compiled_kernels.__file__).parent


def test_compiled_kernels_follow_numba_cache_dir(monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert cache_folder().parent == tmp_path
    assert usable_folder() == cache_folder()


def test_kernels_that_cannot_be_kept_are_compiled_elsewhere(monkeypatch, tmp_path, caplog):
    (tmp_path / "file").write_text("no folder can be made here")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    folder = usable_folder()
    assert folder.is_dir() and tmp_path not in folder.parents
    assert "NUMBA_CACHE_DIR" in caplog.text


def test_kernels_are_kept_apart_by_all_that_is_compiled_into_them():
    """A number of a module that kernels import, and that is not hashed, would go on in kernels of before."""
    hashed = {path for pattern in SOURCES for path in PACKAGE.glob(pattern)}
    with_kernels = {path for path in PACKAGE.rglob("*.py") if re.search(r"^@(numba\.)?njit", path.read_text(), re.M)}
    assert len(with_kernels) > 20 and with_kernels <= hashed
    imported = {module for path in with_kernels for module in _modules_of_constants(path)}
    assert PACKAGE / "render" / "occupancy.py" in imported
    assert imported <= hashed


def test_every_pattern_of_sources_finds_some():
    assert all(any(PACKAGE.glob(pattern)) for pattern in SOURCES)


def _modules_of_constants(path: Path) -> set[Path]:
    """The files of the package from which a file imports something in capitals."""
    found = re.findall(r"^from (emogene)?\.(\w[\w.]*) import .*\b[A-Z]{3}", path.read_text(), re.MULTILINE)
    return {(PACKAGE if whole else path.parent) / f"{name.replace('.', '/')}.py" for whole, name in found}
