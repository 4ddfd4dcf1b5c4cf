"""Frames are written beside the renderer, and told finished only when they outlast a power cut."""

import queue
import threading

import pytest
from stored_frames import content_of, frame_key_of, wait_until

from emogene.service.array_folder import StoreError
from emogene.service.frame_store import FrameStore
from emogene.service.frame_writer import AHEAD, FrameWriter


class SlowStore(FrameStore):
    """A disk that syncs only when a test lets it."""

    def __init__(self, folder):
        super().__init__(folder)
        self.synced = threading.Semaphore(0)

    def write(self, key, content):
        self.synced.acquire()
        return super().write(key, content)


def test_each_frame_is_told_once_when_it_is_there(tmp_path):
    store, told = FrameStore(tmp_path), []
    keys = [frame_key_of(number) for number in range(30)]

    def written(key, size, problem):
        told.append((key, size, problem, store.read(key) == content_of(key)))

    with FrameWriter(store, written) as writer:
        for key in keys:
            writer.put(key, content_of(key))
    assert sorted(key for key, *_ in told) == sorted(keys)
    assert all((size, problem, right) == (len(content_of(key)) + 32, None, True) for key, size, problem, right in told)


def test_the_renderer_goes_on_while_a_frame_is_synced_but_not_for_ever(tmp_path):
    store, told = SlowStore(tmp_path), queue.Queue()
    with FrameWriter(store, lambda *about: told.put(about)) as writer:
        for number in range(AHEAD):
            writer.put(frame_key_of(number), b"a picture")
        assert told.empty()
        one_more = threading.Thread(target=writer.put, args=(frame_key_of(AHEAD), b"a picture"))
        one_more.start()
        one_more.join(0.1)
        assert one_more.is_alive(), "memory is not filled"
        store.synced.release()
        assert told.get(timeout=60)[2] is None
        one_more.join(60)
        assert not one_more.is_alive()
        store.synced.release(AHEAD)
    assert told.qsize() == AHEAD


@pytest.mark.parametrize("problem", [StoreError("The disk is full.", "Make room."), ZeroDivisionError()])
def test_a_frame_that_cannot_be_written_is_told_and_the_next_one_is_written(tmp_path, monkeypatch, problem):
    store, told = FrameStore(tmp_path), []
    write = store.write

    def fails_once(key, content):
        monkeypatch.setattr(store, "write", write)
        raise problem

    with FrameWriter(store, lambda *about: told.append(about)) as writer:
        monkeypatch.setattr(store, "write", fails_once)
        writer.put(frame_key_of(1), b"a picture")
        wait_until(lambda: told)
        writer.put(frame_key_of(2), b"a picture")
    assert told[0][0] == frame_key_of(1) and told[0][2].code in ("disk", "internal") and told[0][2].hint
    assert told[1][0] == frame_key_of(2) and told[1][2] is None and store.has(frame_key_of(2))
