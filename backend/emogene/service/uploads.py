"""Files that clients bring, and how many and how large they may be."""

from collections.abc import Iterable, Sequence

from emogene.service.blobs import PIECE_BYTES, WINDOW
from emogene.service.limits import ALL_UPLOAD_BYTES, ALL_UPLOADS, UPLOAD_BYTES, UPLOADS, LimitError
from emogene.service.sessions import Session
from emogene.service.stores import Stores
from emogene_proto.errors import EmoGeneError, ProtocolError
from emogene_proto.messages import Event, Upload, Uploaded, UploadPiece, UploadProgress, UploadReady
from emogene_proto.wire import Buffer


def begin_upload(request: Upload, session: Session, sessions: Iterable[Session], stores: Stores) -> Event:
    """Uploaded where the content is here, else UploadReady.

    Args:
        sessions: of all clients.

    Raises:
        LimitError: too many files are coming already, or too large ones.
        UploadError: it is empty, larger than a backend takes, or cannot be stored.
    """
    if stores.blobs.path(request.sha256):
        return Uploaded(id=request.id, sha256=request.sha256)
    if request.id in session.uploads:
        raise ProtocolError("Two uploads have the same id.", "Update the add-on.")
    if len(session.uploads) >= UPLOADS:
        raise LimitError(f"More than {UPLOADS} files are coming already.", "Wait for one.")
    coming = _bytes(session)
    if coming and coming + request.size > UPLOAD_BYTES:
        raise LimitError(f"More than {UPLOAD_BYTES / 2**30:.0f} GB are coming already.", "Wait for one.")
    everybody = list(sessions)
    together = sum(map(_bytes, everybody))
    too_large = together and together + request.size > ALL_UPLOAD_BYTES
    if too_large or sum(len(one.uploads) for one in everybody) >= ALL_UPLOADS:
        raise LimitError("All clients together bring too many files.", "Try again in a while.")
    session.uploads[request.id] = stores.blobs.begin(request.sha256, request.size)
    return UploadReady(id=request.id, piece_bytes=PIECE_BYTES, window=WINDOW)


def take_piece(request: UploadPiece, raw: Sequence[Buffer], session: Session, stores: Stores) -> Event | None:
    """Uploaded when the file is whole, else UploadProgress; None for a piece of an upload that has failed.

    Raises:
        ProtocolError: the piece does not fit where it should.
        UploadError: the content is not what its hash promised, or the disk is full.
    """
    upload = session.uploads.get(request.id)
    if upload is None:
        return None  # sent ahead, before the client heard of the failure
    try:
        if len(raw) != 1:
            raise ProtocolError("A piece of an upload has no bytes.", "Update the add-on.")
        complete = upload.add(request.offset, bytes(raw[0]))
    except EmoGeneError:
        session.uploads.pop(request.id).discard()
        raise
    if not complete:
        return UploadProgress(id=request.id, received=upload.received, size=upload.size)
    del session.uploads[request.id]
    stores.blob_evictor.wrote(upload.size)
    return Uploaded(id=request.id, sha256=upload.sha256)


def _bytes(session: Session) -> int:
    return sum(upload.size for upload in session.uploads.values())
