"""An upload in steps: each one short, never more ahead than the backend allows."""

import hashlib

import pytest

from emogene_proto.errors import AudioError
from emogene_proto.messages import Failed, Upload, Uploaded, UploadPiece, UploadProgress, UploadReady
from emogene_proto.upload import HASH_STEP_BYTES, FileUpload
from emogene_proto.wire import decode_request

NEVER = float("inf")


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "voice.wav"
    file.write_bytes(bytes(range(256)) * 4000 + b"end")
    return file


def read(messages):
    """Requests with their bytes."""
    return [(request, b"".join(raw)) for request, raw in map(decode_request, messages)]


def offered(path):
    """An upload that has been offered and taken, in pieces of 100,000 bytes, 3 ahead."""
    upload = FileUpload(7, path)
    upload.step(NEVER)
    upload.handle(UploadReady(id=7, piece_bytes=100_000, window=3))
    return upload


def test_the_file_is_offered_by_hash_and_size(path):
    content = path.read_bytes()
    [(request, raw)] = read(FileUpload(7, path).step(NEVER))
    assert request == Upload(id=7, sha256=hashlib.sha256(content).hexdigest(), size=len(content)) and raw == b""


def test_a_step_ends_at_its_deadline(path):
    upload = FileUpload(7, path)
    steps = 0
    while not (messages := upload.step(deadline=0.0, clock=lambda: 1.0)):
        steps += 1
    assert steps == -(-path.stat().st_size // HASH_STEP_BYTES)
    assert read(messages)[0][0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_nothing_is_sent_before_the_backend_is_ready(path):
    upload = FileUpload(7, path)
    assert upload.step(NEVER) and not upload.step(NEVER)


def test_no_more_pieces_are_ahead_than_the_window(path):
    upload = offered(path)
    assert len(upload.step(NEVER)) == 3
    assert upload.step(NEVER) == []
    upload.handle(UploadProgress(id=7, received=200_000, size=1_024_003))
    assert [request.offset for request, _ in read(upload.step(NEVER))] == [300_000, 400_000]


def test_the_pieces_are_the_file(path):
    upload, content = offered(path), b""
    while len(content) < path.stat().st_size:
        for request, raw in read(upload.step(NEVER)):
            assert isinstance(request, UploadPiece) and request.offset == len(content)
            content += raw
        upload.handle(UploadProgress(id=7, received=len(content), size=path.stat().st_size))
    assert content == path.read_bytes() and not upload.finished
    upload.handle(Uploaded(id=7, sha256=upload.sha256))
    assert upload.finished


def test_a_refused_upload_is_over(path):
    upload = offered(path)
    upload.handle(Failed(id=7, code="upload", message="No.", hint="Try."))
    assert upload.finished


def test_a_missing_or_shortened_file_is_told(path, tmp_path):
    with pytest.raises(AudioError, match="gone.wav"):
        FileUpload(7, tmp_path / "gone.wav").step(NEVER)
    upload = offered(path)
    path.write_bytes(b"short")
    with pytest.raises(AudioError, match="cannot be read"):
        while True:
            upload.step(NEVER)
