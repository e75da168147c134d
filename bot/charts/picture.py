"""Makes a PNG of a Vega-Lite specification: `python -m bot.charts.picture`, from its input to its output.

It is a process of its own because the browser's engine inside the library keeps 80 MB for good once it has drawn.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Draw what the input says; nothing is fetched from anywhere."""
    import vl_convert

    png = vl_convert.vegalite_to_png(sys.stdin.read(), scale=1, allowed_base_urls=[])
    sys.stdout.buffer.write(png)


if __name__ == "__main__":
    main()
