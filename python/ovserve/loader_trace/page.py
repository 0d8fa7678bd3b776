"""The trace as a web page: one file, without scripts, and nothing that is loaded from elsewhere."""

from html import escape
from typing import Any

from ovserve.loader_trace.rows import HEAD, Row, row_of

POLICY = b"default-src 'none'; style-src 'unsafe-inline'"
"""The page's Content-Security-Policy: whatever a loader writes, nothing of it runs."""

_STYLE = """
body { font: 14px/1.4 system-ui, sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em; color: #222 }
h2 { margin: 2em 0 0; font-size: 1.1em } p { margin: .2em 0 .8em; color: #666; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100% } th { text-align: left; color: #666; font-weight: normal }
th, td { padding: .25em 1em .25em .5em; border-bottom: 1px solid #e4e4e4; vertical-align: top }
td { font-family: ui-monospace, monospace; font-size: .92em; overflow-wrap: anywhere }
td:first-child, td:nth-child(5) { white-space: nowrap } td:nth-child(5) { text-align: right }
tr.ok td:first-child { border-left: 4px solid #7fb77e }
tr.running td:first-child { border-left: 4px solid #5b9bd5 }
tr.blacklisted td:first-child { border-left: 4px solid #e0a030 } tr.failed { background: #fdeeee }
tr.failed td:first-child { border-left: 4px solid #cc4444 }
@media (prefers-color-scheme: dark) {
  body { background: #1b1b1b; color: #ddd } th, td { border-color: #3a3a3a } tr.failed { background: #3a2222 }
}
"""


def page_of(document: dict[str, Any]) -> str:
    """Return the page."""
    sections = "".join(_section(loader) for loader in document["loaders"])
    body = sections or "<p>No custom loader has been called.</p>"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Custom loaders</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>Custom loaders</h1>\n{body}</body></html>\n"
    )


def _section(loader: dict[str, Any]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in HEAD)
    rows = "".join(_row(row_of(call)) for call in loader["calls"])
    return (
        f"<h2>{escape(loader['name'])}</h2><p>{escape(loader['library'])}</p>\n"
        f"<table><thead><tr>{head}</tr></thead><tbody>\n{rows}</tbody></table>\n"
    )


def _row(row: Row) -> str:
    cells = "".join(f"<td>{escape(cell)}</td>" for cell in row.cells)
    return f'<tr class="{row.kind}">{cells}</tr>\n'
