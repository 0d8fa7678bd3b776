"""A custom loader in Python: models that lie encrypted on disk and are decrypted in memory alone.

In the configuration of the server: ``"library_path": "encrypted_loader.py:EncryptedLoader"``, and the file
with the key as ``"loader_config_file"``.
"""

from pathlib import Path
from typing import Any

import ovserve
from encryption import KEY_BYTES, SUFFIX, decrypt


class EncryptedLoader(ovserve.CustomLoader):
    """Decrypts ``<model_file>.enc`` and ``<bin_file>.enc`` of the version's folder.

    A file ``REVOKED`` in the version's folder takes that version out of service.
    """

    def init(self, config_file: str) -> None:
        """Read the key."""
        self._key = bytes.fromhex(Path(config_file).read_text().strip())
        if len(self._key) != KEY_BYTES:
            raise ValueError(f"{config_file}: expected {KEY_BYTES} bytes as hexadecimal digits")
        self._revoked: dict[tuple[str, int], Path] = {}

    def load_model(
        self, name: str, base_path: str, version: int, options: dict[str, Any]
    ) -> ovserve.ModelBuffers:
        """Decrypt both files."""
        folder = Path(base_path, str(version))
        self._revoked[name, version] = folder / "REVOKED"
        if self._revoked[name, version].exists():
            raise ovserve.ModelBlacklistedError(f"{folder} is revoked")
        return ovserve.ModelBuffers(
            "IR",
            model=decrypt(folder / (options["model_file"] + SUFFIX), self._key),
            weights=decrypt(folder / (options["bin_file"] + SUFFIX), self._key),
        )

    def blacklist_status(self, name: str, version: int) -> ovserve.BlacklistStatus:
        """Look for the file."""
        if self._revoked[name, version].exists():
            return ovserve.BlacklistStatus.BLACKLISTED
        return ovserve.BlacklistStatus.ALLOWED

    def retire_model(self, name: str) -> None:
        """Forget the model. Not earlier: the server asks for unloaded versions too."""
        self._revoked = {key: file for key, file in self._revoked.items() if key[0] != name}
