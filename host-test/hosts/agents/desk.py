"""Where a program works: a folder of its own with a task in it, and the task's outcome. Standard library only."""

import json
import os
import pathlib
import re
import secrets
import signal
import subprocess
import tempfile

# Seconds that a program may take.
PATIENCE = 120


class Desk:
    """Folders that are gone at the end: `home` for the program's own files, `work` for the task's."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="agent-", ignore_cleanup_errors=True)
        root = pathlib.Path(self.folder.name)
        self.home, self.work = root / "home", root / "work"
        self.home.mkdir()
        self.work.mkdir()
        # Words that a model can only say after it has called a tool: in a file, and in the vault.
        self.note, self.word = f"secret-{secrets.token_hex(6)}", f"secret-{secrets.token_hex(6)}"
        self.notes, self.answer = self.work / "notes.txt", self.work / "answer.txt"
        self.notes.write_text(f"Buy milk.\nThe word is {self.note}.\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def prompt(self, *orders):
        """A task with a plan (host-test/emulator/src/agent/plan.rs): each order is a word, with a tool and an input."""
        lines = [" ".join([*order[:2], *(json.dumps(part) for part in order[2:])]) for order in orders]
        plan = "\n".join(["PLAN", *lines, "END"])
        return f"Read the note, open the vault, and write down both words. This is how:\n\n{plan}\n"

    def run(self, command, env, prompt=None):
        """All that the program wrote. It gets no environment but this one, and takes its children with it."""
        base = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self.home),
            "TMPDIR": str(self.home),
            "LANG": "C.UTF-8",
            # All that a program keeps for itself stays in the folder.
            **{f"XDG_{kind}_HOME": str(self.home / kind.lower()) for kind in ("CONFIG", "CACHE", "DATA", "STATE")},
        }
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=self.work,
            env={**base, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        try:
            return plain(process.communicate(prompt, timeout=PATIENCE)[0])
        except subprocess.TimeoutExpired:
            end(process)
            raise AssertionError(f"it did not end: {plain(rest_of(process))[-1000:]}") from None
        finally:
            end(process)

    def check(self, output):
        """Whether the task is done: both words are in the file and in what was said."""
        written = self.answer.read_text() if self.answer.exists() else None
        words = (self.note, self.word)
        if not (written and all(word in written and word in output for word in words)):
            raise AssertionError(f"answer.txt holds {written!r}; the program wrote: {output[-1000:]}")


def rest_of(process):
    """What it wrote before it was killed; nothing where a child that left its group holds the pipe open."""
    try:
        return process.communicate(timeout=5)[0]
    except subprocess.TimeoutExpired as late:
        return (late.output or b"").decode("utf-8", "replace")


def plain(output):
    """Without colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", output)


def end(process):
    """The program and all that it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
