"""Messages of the protocols, compiled from tests/protos when the tests start.

They live in a descriptor pool of their own: the clients under test bring messages with the same names.
"""

from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_tools import protoc

_GOOGLE = Path(protoc.__file__).parent / "_proto"


class Protos:
    """All message classes of a folder of .proto files by their full name, and ``methods``: SERVICE/METHOD."""

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
        files = descriptor_pb2.FileDescriptorSet.FromString(descriptors.read_bytes()).file
        for file in files:
            self._pool.Add(file)
        self.methods = {
            f"{file.package}.{service.name}/{method.name}"
            for file in files
            for service in file.service
            for method in service.method
        }

    def __getitem__(self, name: str) -> Any:
        """Return a message class, e.g. ``tensorflow.serving.PredictRequest``."""
        return message_factory.GetMessageClass(self._pool.FindMessageTypeByName(name))
