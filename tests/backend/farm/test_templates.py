"""`emogene farm template`: the files that an artist or a farm's keeper gets."""

import tomllib
from pathlib import Path

import pytest

from emogene import cli
from emogene.farm.templates import TEMPLATES, FarmEngine, template_bytes, write_template
from emogene_proto.errors import ShotError

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("engine", FarmEngine)
def test_a_folder_gets_the_template_under_the_name_that_the_engine_looks_for(engine, tmp_path):
    path = write_template(engine, tmp_path)
    assert path == tmp_path / TEMPLATES[engine].usual_name
    assert path.read_bytes() == template_bytes(engine)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_beside_it_is_left_alone(tmp_path):
    (tmp_path / "template.yaml.tmp").write_text("of the artist")
    write_template(FarmEngine.OPENJD, tmp_path)
    assert (tmp_path / "template.yaml.tmp").read_text() == "of the artist"


def test_folders_of_a_named_file_are_made(tmp_path):
    path = write_template(FarmEngine.OPENJD, tmp_path / "Bündel 1" / "film.yml")
    assert path.read_bytes() == template_bytes(FarmEngine.OPENJD)


@pytest.mark.parametrize(
    ("engine", "name"), [("openjd", "film.json"), ("openjd", "film.js"), ("flamenco", "film.yaml")]
)
def test_a_name_that_the_engine_would_not_read_is_refused(engine, name, tmp_path):
    with pytest.raises(ShotError, match="does not end in"):
        write_template(FarmEngine(engine), tmp_path / name)
    assert not any(tmp_path.iterdir())


def test_a_template_that_somebody_changed_is_kept_unless_forced(tmp_path):
    path = write_template(FarmEngine.FLAMENCO, tmp_path)
    write_template(FarmEngine.FLAMENCO, tmp_path)  # equal: nothing to lose
    path.write_text("// ours")
    with pytest.raises(ShotError, match="is there already") as refused:
        write_template(FarmEngine.FLAMENCO, tmp_path)
    assert "--force" in refused.value.hint
    assert path.read_text() == "// ours"
    write_template(FarmEngine.FLAMENCO, tmp_path, force=True)
    assert path.read_bytes() == template_bytes(FarmEngine.FLAMENCO)


def test_the_command_writes_and_refuses_with_exit_codes(tmp_path, capsys):
    assert cli.run(["farm", "template", "openjd", "--out", str(tmp_path)]) == cli.OK
    assert str(tmp_path / "template.yaml") in capsys.readouterr().out
    assert cli.run(["farm", "template", "flamenco", "--out", str(tmp_path / "film.txt")]) == cli.BAD_INPUT
    assert "Hint: " in capsys.readouterr().err
    assert cli.run(["farm", "template", "opencue", "--out", str(tmp_path)]) == cli.BAD_INPUT
    assert "'openjd', 'flamenco'" in capsys.readouterr().err


def test_the_installed_package_has_the_templates():
    """Without this they would be missing everywhere but in a checkout."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["emogene"]
    packed = {path for pattern in patterns for path in (ROOT / "backend/emogene").glob(pattern)}
    assert {ROOT / "backend/emogene/farm" / template.resource for template in TEMPLATES.values()} <= packed
