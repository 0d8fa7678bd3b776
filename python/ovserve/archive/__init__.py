"""Model archives of TorchServe and Multi Model Server (``.mar``, ``.tar.gz``, directories): written and read.

Needs neither a server nor the native core::

    from ovserve.archive import ArchiveRequest, write_archive

    write_archive(ArchiveRequest("resnet", "handler.py", version="1.0", serialized_file="resnet.xml"))
"""

from ovserve.archive.limits import UnpackLimits
from ovserve.archive.manifest import Manifest, handler_of
from ovserve.archive.model_config import ModelConfig
from ovserve.archive.names import check_model_name
from ovserve.archive.refusals import (
    ArchiveError,
    ArchiveExistsError,
    DigestError,
    InvalidManifestError,
    PackingError,
    SignatureError,
    UnsafeArchiveError,
)
from ovserve.archive.request import ArchiveRequest
from ovserve.archive.signing import TrustedKey, load_trusted_keys, require_signed, sign_archive
from ovserve.archive.unpack import ModelDirectory, unpack
from ovserve.archive.write import WrittenArchive, write_archive

__all__ = [
    "ArchiveError",
    "ArchiveExistsError",
    "ArchiveRequest",
    "DigestError",
    "InvalidManifestError",
    "Manifest",
    "ModelConfig",
    "ModelDirectory",
    "PackingError",
    "SignatureError",
    "TrustedKey",
    "UnpackLimits",
    "UnsafeArchiveError",
    "WrittenArchive",
    "check_model_name",
    "handler_of",
    "load_trusted_keys",
    "require_signed",
    "sign_archive",
    "unpack",
    "write_archive",
]
