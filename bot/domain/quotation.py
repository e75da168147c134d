"""How a piece of what somebody typed is quoted back to them."""


def quote(text: str, limit: int = 40) -> str:
    """`text` between double quotes, cut to `limit` characters, with invisible characters spelled out."""
    shown = text if len(text) <= limit else text[: limit - 1] + "…"
    return '"' + "".join(_visible(character) for character in shown) + '"'


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")
