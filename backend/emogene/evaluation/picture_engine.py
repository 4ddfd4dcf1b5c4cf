"""The engine that pictures are measured with: the only place of the evaluation that asks for one."""

from emogene import pipeline
from emogene.actors.pack import Actor
from emogene.render.kernels import Engine
from emogene_proto.shot import AudioRef, Shot


def engine_of(actor: Actor, name: str = "auto") -> Engine:
    """The engine that a shot with this actor gets.

    Raises:
        RenderError: this computer does not have that engine.
    """
    return pipeline.load_engine(Shot(AudioRef(), engine=name), actor)
