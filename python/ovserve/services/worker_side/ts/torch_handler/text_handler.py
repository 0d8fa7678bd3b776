"""A handler of TorchServe that this server does not offer."""

from ovserve_worker.exceptions import NotOfferedError

raise NotOfferedError(f"{__name__} is not offered: write a handler over ts.torch_handler.base_handler")
