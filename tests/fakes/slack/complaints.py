"""What an app did that Slack would refuse, or that a person would suffer from."""

from __future__ import annotations


class Complaints:
    """The list of what was wrong; a test that provokes something strikes it off with `expect`."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def add(self, complaint: str) -> None:
        """Note what was wrong, once for each time it happened."""
        self.made.append(complaint)

    def expect(self, part: str) -> str:
        """Strike off every complaint that holds `part`, and return the first of them; there has to be one."""
        found = [complaint for complaint in self.made if part in complaint]
        assert found, f"no complaint says {part!r}; there are {self.made}"
        self.made = [complaint for complaint in self.made if part not in complaint]
        return found[0]

    def verify(self) -> None:
        """Fail with all complaints."""
        assert not self.made, str(self)

    def __str__(self) -> str:
        return "Slack complains:\n" + "\n".join(f"- {complaint}" for complaint in self.made)


class Refused(Exception):
    """Slack's answer to a call is an error.

    `error` is Slack's word for it, `more` are further fields of the answer. `complaint` is set where no situation in
    a workspace excuses the call: only a mistake in the app leads there.
    """

    def __init__(self, error: str, complaint: str | None = None, **more: object) -> None:
        super().__init__(error)
        self.error = error
        self.complaint = complaint
        self.more = more
