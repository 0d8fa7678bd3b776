"""Messages of the protocols, compiled from tests/protos when the tests start.

They live in a descriptor pool of their own: the clients under test bring messages with the same names.
"""

from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_tools import protoc

_GOOGLE = Path(protoc.__file__).parent / "_proto"


class Protos:
    """All message classes of a folder of .proto files, by their full name."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        descriptors = scratch / "descriptors.bin"
        sources = [str(path) for path in sorted(folder.rglob("*.proto"))]
        arguments = [
            f"-I{folder}",
            f"-I{_GOOGLE}",
            "--include_imports",
            f"--descriptor_set_out={descriptors}",
        ]
        assert protoc.main(["protoc", *arguments, *sources]) == 0
        self._pool = descriptor_pool.DescriptorPool()
        for file in descriptor_pb2.FileDescriptorSet.FromString(descriptors.read_bytes()).file:
            self._pool.Add(file)

    def __getitem__(self, name: str) -> Any:
        """Return a message class, e.g. ``tensorflow.serving.PredictRequest``."""
        return message_factory.GetMessageClass(self._pool.FindMessageTypeByName(name))
