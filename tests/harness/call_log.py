"""Reading what the hostile loader noted about the calls it got."""

import re
from pathlib import Path

_LINE = re.compile(r"(?P<mark>[<>]) (?P<call>.*?)(?: object=(?P<object>\d+))? thread=(?P<thread>\d+)")


class CallLog:
    """The file that the hostile loader appends to."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def lines(self) -> list[re.Match[str]]:
        """Return every begin and end of a call, in order."""
        text = self.path.read_text() if self.path.exists() else ""
        return [match for line in text.splitlines() if (match := _LINE.fullmatch(line))]

    def calls(self, *, questions: bool = False) -> list[str]:
        """Return the calls in the order in which they began, e.g. ``loadModel m 1``.

        Args:
            questions: with getModelBlacklistStatus, which comes once per poll.
        """
        calls = [line["call"] for line in self.lines() if line["mark"] == ">"]
        return calls if questions else [call for call in calls if not call.startswith("getModelBlacklist")]

    def overlapping(self) -> list[str]:
        """Return the calls that began while another one was under way."""
        found, under_way = [], 0
        for line in self.lines():
            if line["mark"] == ">":
                if under_way:
                    found.append(line["call"])
                under_way += 1
            else:
                under_way -= 1
        return found
