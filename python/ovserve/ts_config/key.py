"""What a key of ``config.properties`` is."""

from dataclasses import dataclass

from ovserve.ts_config.values import Reader


@dataclass(frozen=True, slots=True)
class TsKey:
    """One known key: honoured if it has a reader, else warned about by name.

    Attributes:
        name: as the file has it.
        read: from the value's text.
        field: of ServiceOptions, perhaps ``field.field`` of a part of it, that the value goes to; empty where
            several keys make one field together.
        security: never read from the environment.
        own: not a key of TorchServe or Multi Model Server.
        reason: why the key is not honoured, for the warning.
        harmless: values, in lower case, that ask for what happens anyway: no warning.
    """

    name: str
    read: Reader | None = None
    field: str = ""
    security: bool = False
    own: bool = False
    reason: str = ""
    harmless: tuple[str, ...] = ()
