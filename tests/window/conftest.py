"""A window with the add-on in it, and a backend outside of it, for all tests of this folder."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest
import soundfile
from real_window import INSIDE, RealWindow
from running_backend import GATED_WORKER, RunningBackend
from studio import EXTENSION, FRAMES, ROOT, SCREENSHOTS, VOICE_SECONDS, connect, zip_for
from virtual_screen import NoWindow, Rect

Photograph = Callable[..., None]


@pytest.fixture(scope="session")
def backend(actors_folder, tmp_path_factory) -> Iterator[RunningBackend]:
    """Its frames can be held back, so that a test can look at a render that is half done."""
    with RunningBackend(tmp_path_factory.mktemp("backend"), actors_folder, worker_command=GATED_WORKER) as backend:
        yield backend


@pytest.fixture(scope="session")
def voice(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("voice") / "voice.wav"
    samples, rate = soundfile.read(ROOT / "demo" / "voice.flac", dtype="float32")
    soundfile.write(path, samples[: int(VOICE_SECONDS * rate)], rate)
    return path


@pytest.fixture(scope="session")
def bare_window(tmp_path_factory) -> Iterator[RealWindow]:
    """A window without the add-on; whoever installs it removes it again."""
    with ExitStack() as stack:
        try:
            window = stack.enter_context(RealWindow(tmp_path_factory.mktemp("window")))
        except NoWindow as reason:
            pytest.skip(str(reason))
        yield window


@pytest.fixture(scope="session")
def window(bare_window, tmp_path_factory) -> RealWindow:
    """The window with the add-on installed."""
    window = bare_window
    zip_path = zip_for(window, tmp_path_factory.mktemp("dist"))
    window.run(
        "bpy.ops.extensions.package_install_files("
        f"filepath={str(zip_path)!r}, repo='user_default', enable_on_install=True)"
    )
    window.run_file(INSIDE / "studio.py")
    return window


@pytest.fixture
def studio(window, voice, tmp_path) -> RealWindow:
    """An artist's screen: sequencer with the EmoGene tab, preview, 3D viewport; the voice on the timeline."""
    window.run("bpy.ops.wm.read_homefile(load_ui=True, app_template='')")
    window.run("arrange()")
    window.settled()
    actor, size = ("bundled", 256) if SCREENSHOTS else ("tiny", 64)
    window.run(
        "scene = bpy.context.scene\n"
        "scene.render.fps = 24\n"
        f"character().actor, scene.emogene.width, scene.emogene.height = {actor!r}, {size}, {size}\n"
        f"bpy.ops.emogene.load_voice(filepath={str(voice)!r})\n"
        f"scene.frame_end = {FRAMES}\n"
        f"bpy.ops.wm.save_as_mainfile(filepath={str(tmp_path / 'film.blend')!r})"
    )
    window.run("show_all_strips()")
    window.settled()
    return window


@pytest.fixture
def connected(studio, backend) -> Iterator[RealWindow]:
    """The studio with its backend ready; nothing runs any more at the end."""
    backend.release()
    connect(studio, backend)
    yield studio
    backend.release()
    studio.run("session().job is None or bpy.ops.emogene.cancel()")
    studio.wait("session().job is None")
    studio.run("session().phase.value in ('off', 'lost') or bpy.ops.emogene.stop_backend()")
    studio.wait("session().phase.value == 'off'")


@pytest.fixture
def disabled() -> Callable[[RealWindow], AbstractContextManager[None]]:
    """`with disabled(window):` the add-on is disabled and Blender has drawn that."""

    @contextmanager
    def disabled(window: RealWindow) -> Iterator[None]:
        window.run(f"bpy.ops.preferences.addon_disable(module={EXTENSION!r})")
        try:
            window.settled()  # Blender takes keys out of its own list only with the next event
            yield
        finally:
            window.run(f"bpy.ops.preferences.addon_enable(module={EXTENSION!r})")

    return disabled


@pytest.fixture
def photograph() -> Photograph:
    """`photograph(window, "panel", rect)` writes a picture of the guide, where pictures are wanted."""

    def photograph(window: RealWindow, name: str, rect: Rect | None = None) -> None:
        if SCREENSHOTS:
            window.save(ROOT / SCREENSHOTS / f"{name}.png", rect)

    return photograph
