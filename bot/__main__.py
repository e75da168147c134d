"""`python -m bot`: the same as the console script `rollcall`."""

from bot.cli import main

if __name__ == "__main__":
    main()
