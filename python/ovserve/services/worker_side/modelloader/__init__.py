"""The names that model loaders of the Infosys Model Inference Library import, over :mod:`ovserve_worker`.

Loaders of a folder ``modelloader`` of the user's own are found beside those that come with the server.
"""

import pkgutil

__path__ = pkgutil.extend_path(__path__, __name__)
