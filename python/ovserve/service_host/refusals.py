"""From what goes wrong with archives to what TorchServe's clients know."""

import contextlib
import logging
from collections.abc import Iterator

from ovserve.archive.refusals import ArchiveError
from ovserve.errors import ConfigurationError, InvalidArgumentError, NotFoundError
from ovserve.management.remote_archives import DownloadError
from ovserve.services.exchange import ServiceFailure

log = logging.getLogger(__name__)


@contextlib.contextmanager
def refused() -> Iterator[None]:
    """Turn the errors of archives, of where they lie and of settings into a :class:`ServiceFailure`."""
    try:
        yield
    except DownloadError as error:
        log.warning("%s: %s", error, error.reason)
        raise ServiceFailure(400, str(error), "DownloadArchiveException") from error
    except NotFoundError as error:  # not in the store, or not from where it may be fetched
        raise ServiceFailure(404, str(error), "ModelNotFoundException") from error
    except ArchiveError as error:
        log.warning("%s", error)
        raise ServiceFailure(400, _without_path(error), "InvalidModelException") from error
    except (ConfigurationError, InvalidArgumentError) as error:
        raise ServiceFailure(400, str(error), "InvalidModelException") from error
    except OSError as error:
        log.error("an archive cannot be used: %s", error)
        raise ServiceFailure(
            500, f"The archive cannot be used: {error.strerror or 'see the log of the server'}"
        ) from error


def _without_path(error: ArchiveError) -> str:
    """Return the message alone: clients know its text, and need not learn of the server's directories."""
    path, colon, message = str(error).partition(": ")
    return message if colon and path.startswith("/") else str(error)
