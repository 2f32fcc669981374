"""What the programs in Python give to their models, and how each is run: the same tools, and a second try.

A program is called with the name of an API; the prompt is its standard input, the gateway is in its environment.
"""

import asyncio
import os
import pathlib
import sys
from typing import Literal

import pydantic

URL, KEY, MODEL = (os.environ.get(f"GATEWAY_{name}", "") for name in ("URL", "KEY", "MODEL"))


def read_note(path: str) -> str:
    """Reads a note.

    Args:
        path: The file's path.
    """
    return pathlib.Path(path).read_text()


class Drawer(pydantic.BaseModel):
    """Which drawer."""

    side: Literal["left", "right"]
    number: int = pydantic.Field(ge=1, le=9)


def open_vault(drawer: Drawer, reason: str) -> str:
    """Opens the vault and returns the word that is kept in it.

    Args:
        drawer: Which drawer.
        reason: For the vault's book.
    """
    return f"In drawer {drawer.number} on the {drawer.side} there is {os.environ['VAULT_WORD']}."


def write_note(path: str, lines: list[str]) -> str:
    """Writes a note, over what was there.

    Args:
        path: The file's path.
        lines: What to write.
    """
    pathlib.Path(path).write_text("\n".join(lines))
    return "written"


TOOLS = [read_note, open_vault, write_note]


def main(apis):
    """Ask by the API that is named. None of these programs asks again by itself when a stream breaks off."""
    ask, prompt = apis[sys.argv[1]], sys.stdin.read()
    try:
        print(asyncio.run(ask(prompt)))
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
        print(asyncio.run(ask(prompt)))
