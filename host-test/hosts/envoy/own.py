"""Scenarios of Envoy alone: its limits, its own answers, and what is none of the filter's business."""

import http.client
import json
import socket
import time

from dialects import ANTHROPIC, MODEL, expect, holds
from scenario import KEYS, scenario
from servers import free_port


@scenario()
def cut_stream(stand, dialect):
    """Where the connection to Bedrock breaks, Envoy breaks the client's: no clean end."""
    with stand.bad().open(dialect.path, dialect.question("Hi", "fault.cut", stream=True)) as answer:
        try:
            told, is_whole = answer.body(), True
        except http.client.IncompleteRead as broken:
            told, is_whole = broken.partial, False
    holds("the text before", b"Once " in told, told)
    expect("a clean end of HTTP", is_whole, False)
    holds("no end of the answer", b"message_stop" not in told and b"[DONE]" not in told, told)


CHUNKED = {"transfer-encoding": "chunked", "content-type": "application/json"}


@scenario()
def large_body(stand, dialect):
    """Larger than Envoy's default of 1 MiB, larger than the plugin's limit, and larger than Envoy's."""
    bedrock = stand.faulty_bedrock()
    large = "x" * (5 << 20)
    status, _, _ = stand.bad().ask(dialect.path, dialect.question(large))
    expect("status", status, 200)
    holds("length as Bedrock saw it", bedrock.requests[-1][3] > len(large), bedrock.requests[-1][3])
    small = {"credentials": KEYS, "max_body_bytes": 20000}
    limited = stand.once("limited", lambda: stand.envoy(bedrock.port, small))
    status, _, body = limited.ask(dialect.path, dialect.question(large[:30000]))
    expect("status over the limit", status, 413)
    dialect.error(body)
    chunks = (b"x" * 5000 for _ in range(6))
    connection = http.client.HTTPConnection("127.0.0.1", limited.port, timeout=30)
    connection.request("POST", dialect.path, chunks, encode_chunked=True, headers=CHUNKED)
    answer = connection.getresponse()
    expect("status over the limit, in chunks", answer.status, 413)
    dialect.error(answer.read())
    connection.close()
    narrow = stand.once("narrow", lambda: stand.envoy(bedrock.port, {"credentials": KEYS}, limit=100_000))
    status, _, body = narrow.ask(dialect.path, dialect.question(large[:200_000]))
    expect("status over Envoy's limit", status, 413)
    holds("the remedy", "per_connection_buffer_limit_bytes" in dialect.error(body)[1], body)


@scenario(["anthropic"])
def held_bodies(stand, dialect):
    """Bodies that are held together are bounded: more than that is refused, and others go on."""
    bedrock = stand.faulty_bedrock()
    config = {"credentials": KEYS, "max_held_bytes": 50_000}
    envoy = stand.once("held", lambda: stand.envoy(bedrock.port, config))
    head = f"POST {dialect.path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 90000\r\n\r\n"
    held = []
    # Each of the two workers holds its own: more than half of what one may.
    for _ in range(40):
        connection = socket.create_connection(("127.0.0.1", envoy.port), 30)
        connection.sendall(head.encode() + b" " * 1900)
        held.append(connection)
    deadline = time.monotonic() + 10
    while True:
        status, headers, body = envoy.ask(dialect.path, dialect.question("x" * 20_000))
        if status == 503 or time.monotonic() > deadline:
            break
    expect("status where there is no room", status, 503)
    dialect.error(body)
    holds("when to try again", "retry-after" in headers, headers)
    status, _, _ = envoy.ask(dialect.path, dialect.question("Hi"))
    expect("status of a small one", status, 200)
    for connection in held:
        connection.close()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and status != 503:
        status, _, _ = envoy.ask(dialect.path, dialect.question("x" * 20_000))
        if status == 200:
            return
    expect("status once they are gone", status, 200)


@scenario(["anthropic", "openai"])
def models(stand, dialect):
    status, _, body = stand.good().ask("/v1/models", None, method="GET")
    expect("status", status, 200)
    listed = [model["id"] for model in json.loads(body)["data"]]
    holds("the alias in the list", "small" in listed, listed)
    return f"{len(listed)} models"


@scenario()
def local_replies(stand, dialect):
    """What Envoy answers by itself is an error in the client's shape."""
    nobody = stand.once("nobody", lambda: stand.envoy(free_port(), {"credentials": KEYS}))
    status, _, body = nobody.ask(dialect.path, dialect.question("Hi"))
    holds("status where Bedrock is not there", status in (500, 502, 503), status)
    dialect.error(body)
    elsewhere = {"credentials": {**KEYS, "region": "eu-west-1"}}
    lost = stand.once("lost", lambda: stand.envoy(free_port(), elsewhere))
    status, _, body = lost.ask(dialect.path, dialect.question("Hi"))
    expect("status where there is no route", status, 404)
    holds("the remedy", "virtual host" in dialect.error(body)[1], body)


@scenario()
def other_content(stand, dialect):
    """A body that a page of another origin may send without asking first is not read."""
    status, _, body = stand.good().ask(dialect.path, dialect.question("Hi"), headers={"content-type": "text/plain"})
    expect("status", status, 415)
    holds("the remedy", "application/json" in dialect.error(body)[1], body)


@scenario(["anthropic"])
def count_without_max_tokens(stand, _):
    question = ANTHROPIC.question("Hi", "anthropic.claude-sonnet-4-20250514-v1:0")
    del question["max_tokens"]
    status, _, body = stand.good().ask("/v1/messages/count_tokens", question)
    expect("status", status, 200)
    holds("tokens", json.loads(body)["input_tokens"] > 0, body)


@scenario(["anthropic"])
def untouched(stand, _):
    """What is no request to a model goes its way; the file lets Envoy answer it in a shape that clients read."""
    for method, path in [("GET", "/healthz"), ("POST", "/v1/other")]:
        status, _, body = stand.good().ask(path, None, method=method)
        expect(f"status of {method} {path}", status, 404)
        expect("who answers", json.loads(body)["error"]["message"], "the request could not be served")
    for method, path in [("GET", "/v1/messages"), ("DELETE", "/v1/models")]:
        status, headers, body = stand.good().ask(path, None, method=method)
        expect(f"status of {method} {path}", status, 405)
        holds("what is allowed", "OPTIONS" in headers["allow"], headers)


@scenario(["anthropic"])
def private_headers(stand, _):
    """Nothing that a client sends reaches Bedrock but what was translated."""
    stand.bad().ask(ANTHROPIC.path, ANTHROPIC.question("Hi"), headers={"authorization": "Bearer mine", "cookie": "c=1"})
    method, path, headers, _ = stand.faulty_bedrock().requests[-1]
    expect("path", (method, path), ("POST", f"/model/{MODEL.replace(':', '%3A')}/converse"))
    lower = {name.lower(): value for name, value in headers.items()}
    expect("host", lower["host"], "bedrock-runtime.us-east-1.amazonaws.com")
    holds("the signature", lower["authorization"].startswith("AWS4-HMAC-SHA256 "), "another")
    seen = {"x-api-key", "cookie", "accept-encoding"} & set(lower)
    expect("the client's own headers", seen, set())
