"""The trace in a browser."""

import re
from html.parser import HTMLParser
from typing import Any

from ovserve.loader_trace.document import document_of
from ovserve.loader_trace.page import page_of


class Cells(HTMLParser):
    """Collects what stands in cells, and the tags and classes there are."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.tags: set[str] = set()
        self.kinds: list[str | None] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._inside = tag == "td"
        if self._inside:
            self.cells.append("")
        if tag == "tr" and attrs:
            self.kinds.append(dict(attrs)["class"])

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.cells[-1] += data


def test_what_a_loader_writes_is_text(calls: list[Any]) -> None:
    page = page_of(document_of(calls))
    parsed = Cells()
    parsed.feed(page)
    assert parsed.cells[:6] == ["23:33:20.250", "loaderInit (<b>config.json</b>)", "", "77", "2.50 s", "OK"]
    assert parsed.cells[11] == "no \x1b[31mkey\nfor <m>"
    assert parsed.kinds == ["ok", "failed", "blacklisted", "running"]
    assert "b" not in parsed.tags
    assert "script" not in parsed.tags


def test_nothing_is_loaded_from_elsewhere(calls: list[Any]) -> None:
    assert not re.findall(r"https?:|src=|href=|url\(", page_of(document_of(calls)))


def test_no_calls() -> None:
    assert "No custom loader has been called." in page_of({"loaders": []})
