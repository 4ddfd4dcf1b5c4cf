"""A running backend for the tests of the service."""

import pytest
from running_backend import GATED_WORKER, RunningBackend, small_shot, upload, write_voice


@pytest.fixture(scope="package")
def backend(tmp_path_factory, tiny_actor):
    """One backend for the tests that leave it in peace."""
    with RunningBackend(tmp_path_factory.mktemp("backend"), tiny_actor.parent) as running:
        yield running


@pytest.fixture
def client(backend):
    connected = backend.connect()
    yield connected
    connected.close()


@pytest.fixture(scope="package")
def voice(tmp_path_factory):
    """One second of sound."""
    return write_voice(tmp_path_factory.mktemp("voice") / "voice.wav")


@pytest.fixture
def shot(client, voice):
    """A shot whose audio the backend has."""
    upload(client, voice)
    return small_shot(voice)


@pytest.fixture(scope="package")
def gated_backend(tmp_path_factory, tiny_actor):
    folder = tmp_path_factory.mktemp("gated")
    with RunningBackend(folder, tiny_actor.parent, worker_command=GATED_WORKER) as running:
        yield running


@pytest.fixture
def gated(gated_backend, voice):
    """A backend that renders only what the test lets through; it has the voice."""
    client = gated_backend.connect()
    upload(client, voice)
    client.close()
    gated_backend.hold()
    yield gated_backend
    gated_backend.release()
