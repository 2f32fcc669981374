"""What a scenario is, what it needs, and how it says what it expects. Standard library only."""

import json
import traceback

import services
from servers import Emulator

MODEL = "us.amazon.nova-lite-v1:0"
PATHS = {"anthropic": "/v1/messages", "openai": "/v1/chat/completions"}
KEYS = {"accessKeyId": "AKIDCONFIGURED", "secretAccessKey": "configured-secret", "region": "us-east-1"}

SCENARIOS = {}


class Skipped(Exception):
    """What the host cannot do, by no fault of ours: why."""


def scenario(dialects=("anthropic", "openai")):
    """Run the function once for each dialect, under its own name."""

    def register(function):
        for dialect in dialects:
            name = function.__name__.replace("_", "-")
            SCENARIOS[name if dialect == "anthropic" else f"{name}-{dialect}"] = (function, dialect)
        return function

    return register


def expect(what, seen, wanted):
    if seen != wanted:
        raise AssertionError(f"{what}: expected {wanted!r}, saw {seen!r}")


def holds(what, condition, seen=None):
    if not condition:
        raise AssertionError(f"{what}: saw {seen!r}")


def question(text, model=MODEL, **members):
    return {"model": model, "max_tokens": 300, "messages": [{"role": "user", "content": text}], **members}


def text_of(dialect, answer):
    if dialect == "anthropic":
        return "".join(block.get("text", "") for block in answer["content"])
    return answer["choices"][0]["message"]["content"]


def is_error(dialect, body):
    """An error in the client's own shape; its type and message."""
    error = json.loads(body)
    if dialect == "anthropic":
        expect("the error's type", error["type"], "error")
    holds("the error's message", error["error"]["message"], error)
    return error["error"]["type"], error["error"]["message"]


def pieces(dialect, events):
    """Of a stream: the moments of its pieces of text, the text, whether it ended, and its error."""
    moments, text, ended, error = [], "", False, None
    for moment, name, data in events:
        if data == "[DONE]":
            ended = True
            continue
        data = json.loads(data)
        if dialect == "anthropic":
            expect("the event's name", name, data["type"])
            ended = ended or name == "message_stop"
            error = data["error"] if name == "error" else error
            piece = data.get("delta", {}).get("text", "")
        else:
            error = data.get("error", error)
            choices = data.get("choices") or [{}]
            piece = choices[0].get("delta", {}).get("content") or ""
        if piece:
            moments.append(moment)
            text += piece
    return moments, text, ended, error


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
