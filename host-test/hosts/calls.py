"""Scenarios of every host: calls of a model, and what can go wrong with them."""

import concurrent.futures
import json

from dialects import ANTHROPIC, expect, holds
from scenario import scenario

CLAUDE = "anthropic.claude-sonnet-4-20250514-v1:0"


@scenario()
def complete(stand, dialect):
    status, headers, body = stand.good().ask(dialect.path, dialect.question("Why is the sky blue?", "small"))
    expect("status", status, 200)
    expect("content-type", headers["content-type"], "application/json")
    answer = json.loads(body)
    holds("model", answer["model"], answer)
    holds("text", "sky" in dialect.text(answer), answer)
    return f"{len(body)} bytes"


@scenario()
def stream(stand, dialect):
    with stand.good().open(dialect.path, dialect.question("Tell me a story.", stream=True)) as answer:
        expect("status", answer.status, 200)
        expect("content-type", answer.headers["content-type"].split(";")[0], "text/event-stream")
        moments, text, ended, error = dialect.pieces(answer.events())
    expect("error", error, None)
    expect("whether it ended", ended, True)
    holds("text", len(text) > 40, text)
    spread = moments[-1] - moments[0]
    # The emulator waits 45 ms before each piece. Held back on the way, they would come at once.
    holds("seconds between the first and the last piece", spread > 0.03 * (len(moments) - 1) > 0.1, spread)
    return f"{len(moments)} pieces in {spread:.2f} s"


@scenario()
def tools(stand, dialect):
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    tools = [dialect.tool("get_weather", schema)]
    asked = dialect.question("Use the tool: what is the weather in Berlin?", tools=tools)
    status, _, body = stand.good().ask(dialect.path, asked)
    expect("status", status, 200)
    answer = json.loads(body)
    call_id, name, arguments = dialect.call(answer)
    expect("call", (name, arguments), ("get_weather", {"city": "Paris"}))
    dialect.go_on(asked, answer, call_id, "21 degrees and sunny")
    status, _, body = stand.good().ask(dialect.path, asked)
    expect("status of the second turn", status, 200)
    holds("the result in the answer", "21 degrees" in dialect.text(json.loads(body)), body)


@scenario()
def upstream_error(stand, dialect):
    told = []
    for model, wanted in [("fault.throttled", [429]), ("fault.denied", [403]), ("fault.bodiless", [500, 502])]:
        for streams in (False, True):
            status, headers, body = stand.bad().ask(dialect.path, dialect.question("Hi", model, stream=streams))
            holds(f"status of {model}", status in wanted, status)
            expect("content-type", headers["content-type"], "application/json")
            told.append(dialect.error(body)[0])
    return ", ".join(dict.fromkeys(told))


@scenario()
def first_frame_error(stand, dialect):
    """A stream that begins with an error is one: the status line has not left by then."""
    status, _, body = stand.bad().ask(dialect.path, dialect.question("Hi", "fault.first-frame", stream=True))
    expect("status", status, 429)
    return dialect.error(body)[0]


@scenario()
def empty_stream(stand, dialect):
    status, _, body = stand.bad().ask(dialect.path, dialect.question("Hi", "fault.empty", stream=True))
    holds("status", status >= 500, status)
    return f"{status} {dialect.error(body)[0]}"


@scenario()
def broken_stream(stand, dialect):
    for model in ("fault.exception", "fault.truncated", "fault.mid-frame", "fault.corrupt"):
        with stand.bad().open(dialect.path, dialect.question("Hi", model, stream=True)) as answer:
            expect("status", answer.status, 200)
            _, text, ended, error = dialect.pieces(answer.events())
        holds(f"text of {model}", "Once ".startswith(text[:5]) and text, text)
        holds(f"error of {model}", error and error["message"], error)
        expect(f"whether {model} ended", ended, False)


@scenario()
def wrong_request(stand, dialect):
    host = stand.bad()
    for body in (b"{", b"", b"[]", b"\xff\xfe", b'{"model": 7}', b"[" * 100_000):
        status, _, told = host.ask(dialect.path, body)
        expect(f"status of {body[:20]!r}", status, 400)
        dialect.error(told)
    status, _, body = host.ask(dialect.path, dialect.question("Hi"), headers={"x-strange": "\xff\xfe"})
    expect("status with a header that is not UTF-8", status, 200)


@scenario(["anthropic"])
def count_tokens(stand, _):
    status, _, body = stand.good().ask("/v1/messages/count_tokens", ANTHROPIC.question("Hi", CLAUDE))
    expect("status", status, 200)
    holds("input_tokens", json.loads(body)["input_tokens"] > 0, body)


@scenario()
def many_at_once(stand, dialect):
    def one(_):
        with stand.good().open(dialect.path, dialect.question("Tell me a story.", stream=True)) as answer:
            return dialect.pieces(answer.events())

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        told = list(pool.map(one, range(32)))
    expect("whether all ended", {ended for _, _, ended, _ in told}, {True})
    expect("how many texts there are", len({text for _, text, _, _ in told}), 1)
    return f"{len(told)} streams"
