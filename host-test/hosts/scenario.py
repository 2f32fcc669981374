"""What a scenario is, what it needs, and how it says what it expects. Standard library only."""

import json
import traceback

import services
from dialects import DIALECTS
from servers import Emulator

KEYS = {"accessKeyId": "AKIDCONFIGURED", "secretAccessKey": "configured-secret", "region": "us-east-1"}

SCENARIOS = {}


class Skipped(Exception):
    """What the host cannot do, by no fault of ours: why."""


def scenario(names=tuple(DIALECTS)):
    """Run the function once for each of these dialects: under its own name, and those of OpenAI's with theirs behind."""

    def register(function):
        for dialect in names:
            name = function.__name__.replace("_", "-")
            scenario = name if dialect == "anthropic" else f"{name}-{dialect}"
            SCENARIOS[scenario] = (function, DIALECTS[dialect])
        return function

    return register


def keys(emulator):
    """`credentials` of a plugin's configuration."""
    return {
        "accessKeyId": emulator.variables["AWS_ACCESS_KEY_ID"],
        "secretAccessKey": emulator.variables["AWS_SECRET_ACCESS_KEY"],
        "region": emulator.variables["AWS_REGION"],
    }


class Stand:
    """What the scenarios need, started when it is first asked for. A host's own says what `good` and `bad` are."""

    # Its name in what is told.
    host = ""

    def __init__(self, arguments):
        self.arguments = arguments
        self.open = []
        self.made = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for opened in reversed(self.open):
            opened.__exit__(None, None, None)

    def start(self, thing):
        started = thing.__enter__()
        self.open.append(thing)
        return started

    def once(self, name, make):
        if name not in self.made:
            self.made[name] = self.start(make())
        return self.made[name]

    def is_well(self):
        """Whether what was started is still as it was."""

    def emulator(self):
        return self.once("emulator", lambda: Emulator(self.arguments.emulator))

    def good(self):
        """In front of the emulator."""
        raise NotImplementedError

    def faulty_bedrock(self):
        return self.once("faulty", lambda: services.Service(services.faulty_bedrock))

    def bad(self):
        """In front of a Bedrock that misbehaves."""
        raise NotImplementedError

    def signed_by(self, count=1):
        """The keys that the last requests to the faulty Bedrock were signed with."""
        requests = self.faulty_bedrock().requests[-count:]
        lower = [{name.lower(): value for name, value in headers.items()} for _, _, headers, _ in requests]
        return [headers["authorization"].split("Credential=")[1].split("/")[0] for headers in lower]


def run(stand, names):
    """Run the scenarios, all or those that are named: a line of JSON for each; whether none failed."""
    passed = True
    for name, (function, dialect) in SCENARIOS.items():
        if names and name not in names:
            continue
        try:
            outcome, detail = "ok", function(stand, dialect)
            stand.is_well()
        except Skipped as reason:
            outcome, detail = "skipped", str(reason)
        except Exception as error:
            passed, outcome = False, "failed"
            place = traceback.extract_tb(error.__traceback__)[-1]
            detail = f"{type(error).__name__}: {error} ({place.name}, line {place.lineno})"[:2000]
        line = {"host": stand.host, "scenario": name, "outcome": outcome, "detail": detail}
        print(json.dumps({key: value for key, value in line.items() if value is not None}), flush=True)
    return passed
