"""Which device each worker gets."""

from collections.abc import Sequence

from ovserve.services.spec import ServiceSpec


class DeviceRotation:
    """Hands out device numbers in turn.

    Args:
        device_ids: of the machine, for services that name none of their own.
    """

    def __init__(self, device_ids: Sequence[int] = ()) -> None:
        self._ids = tuple(device_ids)
        self._next = 0

    def choose(self, spec: ServiceSpec, slot: int) -> int | None:
        """Return the device of a service's worker, ``None`` for CPU; a replaced worker's may differ."""
        if spec.device_type == "cpu":
            return None
        if spec.device_ids:
            return spec.device_ids[slot % len(spec.device_ids)]
        if not self._ids:
            return None
        chosen = self._ids[self._next % len(self._ids)]
        self._next += 1
        return chosen
