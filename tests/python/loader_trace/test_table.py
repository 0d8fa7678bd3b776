"""The trace in a terminal."""

from typing import Any

from ovserve.loader_trace.document import document_of
from ovserve.loader_trace.table import table_of

EXPECTED = """\
sample: /srv/libsample.so
time (UTC)    function                         model  thread  duration  result
23:33:20.250  loaderInit (<b>config.json</b>)         77      2.50 s    OK
23:33:20.250  loadModel                        m 1    77      12.5 ms   no ?[31mkey?for <m>
23:33:20.250  getModelBlacklistStatus          m 1    77      12.5 ms   {blacklisted}

other: /srv/libother.so
time (UTC)    function     model  thread  duration  result
23:33:20.250  unloadModel  m 1    77      12.5 ms   running
""".replace("{blacklisted}", "MODEL_BLACKLISTED, 41 times until 23:34:01.500")


def test_a_table_for_each_loader(calls: list[Any]) -> None:
    assert table_of(document_of(calls)) == EXPECTED


def test_colours_are_the_only_commands_to_a_terminal(calls: list[Any]) -> None:
    coloured = table_of(document_of(calls), colour=True)
    assert "\x1b[31;1m23:33:20.250  loadModel" in coloured
    assert "\x1b[31mkey" not in coloured


def test_no_calls() -> None:
    assert table_of({"loaders": []}) == "No custom loader has been called.\n"
