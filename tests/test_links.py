"""What the documents point at is there: files, pictures, and the headings of other documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENTS = (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "benchmarks" / "README.md")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchors(document: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of a document."""
    texts = HEADING.findall(document.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-") for text in texts}


def links() -> Iterator[tuple[Path, str, str]]:
    for document in DOCUMENTS:
        for path, anchor in LINK.findall(document.read_text(encoding="utf-8")):
            yield document, path, anchor


def test_every_link_between_documents_leads_somewhere() -> None:
    found = [(document, document if not path else document.parent / path, anchor) for document, path, anchor in links()]
    assert len(found) > 20, "the documents link to each other"
    dead = [
        f"{document.name}: {target.name}#{anchor}"
        for document, target, anchor in found
        if not target.exists() or (anchor and anchor not in anchors(target))
    ]
    assert dead == []
