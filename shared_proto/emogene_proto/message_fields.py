"""Types and limits that requests and events share."""

from typing import Annotated

import msgspec

PROTOCOL_VERSION = 6

RequestId = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
JobId = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{12}\Z")]
Count = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
FrameNumber = Annotated[int, msgspec.Meta(gt=-(2**31), lt=2**31)]
Frames = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
StreamSide = Annotated[int, msgspec.Meta(ge=16, le=1024)]
Seconds = Annotated[float, msgspec.Meta(ge=0.0, le=1e10)]
LONGEST_TEXT = 2000
Text = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]
