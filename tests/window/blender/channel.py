"""Lets a test run Python inside this Blender, on its main thread, between two redraws: `--python channel.py -- FOLDER`.

Writes the port that it listens on into FOLDER/port. A request is one line of JSON, `{"code": ..., "expression": ...}`;
the answer is one line, `{"value": ...}` or `{"error": ...}`.
"""

import json
import socket
import sys
import traceback
from pathlib import Path

import bpy

LOOK_EVERY_SECONDS = 0.01

_folder = Path(sys.argv[sys.argv.index("--") + 1])
_listener = socket.create_server(("127.0.0.1", 0))
_listener.setblocking(False)
_peers: list[socket.socket] = []
_waiting = b""
_names: dict = {"bpy": bpy}


def _accept() -> None:
    try:
        peer, _ = _listener.accept()
    except BlockingIOError:
        return
    peer.setblocking(False)
    _peers.append(peer)


def _received() -> list[bytes]:
    global _waiting
    for peer in _peers:
        try:
            _waiting += peer.recv(1 << 20)
        except BlockingIOError:
            continue
    *lines, _waiting = _waiting.split(b"\n")
    return lines


def _answer(line: bytes) -> bytes:
    request = json.loads(line)
    try:
        exec(request["code"], _names)
        answer = {"value": eval(request["expression"], _names)}
    except Exception:
        answer = {"error": traceback.format_exc()}
    return json.dumps(answer, default=str).encode() + b"\n"


def _look() -> float:
    _accept()
    for line in _received():
        answer = _answer(line)
        for peer in _peers:
            peer.setblocking(True)
            peer.sendall(answer)
            peer.setblocking(False)
    return LOOK_EVERY_SECONDS


bpy.context.preferences.view.show_splash = False
bpy.app.timers.register(_look, persistent=True)
_port = _folder / "port.new"
_port.write_text(str(_listener.getsockname()[1]))
_port.rename(_folder / "port")
