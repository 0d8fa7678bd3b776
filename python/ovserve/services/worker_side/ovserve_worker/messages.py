"""What the frames hold: their kinds, flags and packed fields. Both sides use this module."""

from __future__ import annotations

import struct

# Kinds of frames from the server.
LOAD = 1
"""JSON: what :mod:`ovserve_worker.loading` reads."""
PREDICT = 2
"""BATCH, then per request REQUEST, its texts (id, url path, headers, parts) and a blob per part."""
CANCEL = 3
"""CANCELLED: nobody waits for that request any more."""
STOP = 4
"""Close the handler and end."""
INFERRED = 5
"""OUTPUTS, its texts (error message, tensors), and a blob per tensor."""

# Kinds of frames from the worker.
LOADED = 16
"""JSON: how loading went."""
ANSWER = 17
"""ANSWERS, its text, then per request ITEM, its texts (phrase, headers, tensors) and blobs."""
METRICS = 18
"""COUNT, then per update METRIC and its texts (name, unit, dimensions)."""
INFER = 19
"""INPUTS, its texts (model, tensors), and a blob per tensor."""

# Flags of PREDICT.
EXPLAIN = 1
DESCRIBE = 2

# Flags of ANSWER.
MORE = 1
"""Further pieces of the answer follow."""
PRINTED = 2
"""The handler has printed: that is in the pipe by now."""

# Flags of REQUEST.
WANTS_TENSORS = 1
"""A dict of arrays is an answer."""

COUNT = struct.Struct("<H")
BATCH = struct.Struct("<IH")  # batch, requests
REQUEST = struct.Struct("<IHHB")  # size of texts, headers, parts, flags
CANCELLED = struct.Struct("<IH")  # batch, index
ANSWERS = struct.Struct("<IHIIH")  # batch, status, microseconds in the handler, size of text, items
ITEM = struct.Struct("<HIHH")  # status, size of texts, headers, tensors
METRIC = struct.Struct("<BdIH")  # kind, value, size of texts, dimensions
INPUTS = struct.Struct("<IqIH")  # call, version, size of texts, tensors
OUTPUTS = struct.Struct("<IHIH")  # call, status, size of texts, tensors

FAILED_ITEM = 0xFFFF
"""In place of an item's number of tensors: the first text says what is wrong with it."""
NO_VERSION = -1
TEXTS_PER_PART = 4  # name, content type, datatype, shape
TEXTS_PER_TENSOR = 3  # name, datatype, shape

OK = 200
PREDICTION_FAILED = 503
OUT_OF_RESOURCES = 507

METRIC_KINDS = ("counter", "gauge", "histogram")
