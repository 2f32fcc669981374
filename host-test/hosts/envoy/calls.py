"""Scenarios: calls of a model, and what can go wrong with them."""

import concurrent.futures
import http.client
import json

from scenario import KEYS, MODEL, PATHS, expect, holds, is_error, pieces, question, scenario, text_of
from servers import free_port


@scenario()
def complete(stand, dialect):
    status, headers, body = stand.good().ask(PATHS[dialect], question("Why is the sky blue?", "small"))
    expect("status", status, 200)
    expect("content-type", headers["content-type"], "application/json")
    answer = json.loads(body)
    expect("model", answer["model"], "small")
    holds("text", "sky" in text_of(dialect, answer), answer)
    return f"{len(body)} bytes"


@scenario()
def stream(stand, dialect):
    with stand.good().open(PATHS[dialect], question("Tell me a story.", stream=True)) as answer:
        expect("status", answer.status, 200)
        expect("content-type", answer.headers["content-type"], "text/event-stream")
        moments, text, ended, error = pieces(dialect, answer.events())
    expect("error", error, None)
    expect("whether it ended", ended, True)
    holds("text", len(text) > 40, text)
    spread = moments[-1] - moments[0]
    # The emulator waits 45 ms before each piece. Held back on the way, they would come at once.
    holds("seconds between the first and the last piece", spread > 0.03 * (len(moments) - 1) > 0.1, spread)
    return f"{len(moments)} pieces in {spread:.2f} s"


@scenario()
def tools(stand, dialect):
    envoy, path = stand.good(), PATHS[dialect]
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    asked = question("Use the tool: what is the weather in Berlin?")
    if dialect == "anthropic":
        asked["tools"] = [{"name": "get_weather", "description": "Tells it.", "input_schema": schema}]
    else:
        asked["tools"] = [{"type": "function", "function": {"name": "get_weather", "parameters": schema}}]
    status, _, body = envoy.ask(path, asked)
    expect("status", status, 200)
    answer = json.loads(body)
    if dialect == "anthropic":
        expect("stop reason", answer["stop_reason"], "tool_use")
        call = next(block for block in answer["content"] if block["type"] == "tool_use")
        expect("name", call["name"], "get_weather")
        result = {"type": "tool_result", "tool_use_id": call["id"], "content": "21 degrees and sunny"}
        asked["messages"] += [
            {"role": "assistant", "content": answer["content"]},
            {"role": "user", "content": [result]},
        ]
    else:
        expect("finish reason", answer["choices"][0]["finish_reason"], "tool_calls")
        message = answer["choices"][0]["message"]
        call = message["tool_calls"][0]
        expect("name", call["function"]["name"], "get_weather")
        json.loads(call["function"]["arguments"])
        asked["messages"] += [
            message,
            {"role": "tool", "tool_call_id": call["id"], "content": "21 degrees and sunny"},
        ]
    status, _, body = envoy.ask(path, asked)
    expect("status of the second turn", status, 200)
    holds("the result in the answer", "21 degrees" in text_of(dialect, json.loads(body)), body)


@scenario()
def upstream_error(stand, dialect):
    told = []
    for model, wanted in [("fault.throttled", [429]), ("fault.denied", [403]), ("fault.bodiless", [500, 502])]:
        for streams in (False, True):
            status, headers, body = stand.bad().ask(PATHS[dialect], question("Hi", model, stream=streams))
            holds(f"status of {model}", status in wanted, status)
            expect("content-type", headers["content-type"], "application/json")
            told.append(is_error(dialect, body)[0])
    return ", ".join(dict.fromkeys(told))


@scenario()
def first_frame_error(stand, dialect):
    """A stream that begins with an error is one: the status line has not left by then."""
    status, _, body = stand.bad().ask(PATHS[dialect], question("Hi", "fault.first-frame", stream=True))
    expect("status", status, 429)
    return is_error(dialect, body)[0]


@scenario()
def empty_stream(stand, dialect):
    status, _, body = stand.bad().ask(PATHS[dialect], question("Hi", "fault.empty", stream=True))
    holds("status", status >= 500, status)
    return f"{status} {is_error(dialect, body)[0]}"


@scenario()
def broken_stream(stand, dialect):
    for model in ("fault.exception", "fault.truncated", "fault.mid-frame", "fault.corrupt"):
        with stand.bad().open(PATHS[dialect], question("Hi", model, stream=True)) as answer:
            expect("status", answer.status, 200)
            _, text, ended, error = pieces(dialect, answer.events())
        holds(f"text of {model}", "Once ".startswith(text[:5]) and text, text)
        holds(f"error of {model}", error and error["message"], error)
        expect(f"whether {model} ended", ended, False)


@scenario()
def cut_stream(stand, dialect):
    """Where the connection to Bedrock breaks, Envoy breaks the client's: no clean end."""
    with stand.bad().open(PATHS[dialect], question("Hi", "fault.cut", stream=True)) as answer:
        try:
            told, is_whole = answer.body(), True
        except http.client.IncompleteRead as broken:
            told, is_whole = broken.partial, False
    holds("the text before", b"Once " in told, told)
    expect("a clean end of HTTP", is_whole, False)
    holds("no end of the answer", b"message_stop" not in told and b"[DONE]" not in told, told)


@scenario()
def wrong_request(stand, dialect):
    envoy = stand.bad()
    for body in (b"{", b"", b"[]", b"\xff\xfe", b'{"model": 7}', b"[" * 100_000):
        status, _, told = envoy.ask(PATHS[dialect], body)
        expect(f"status of {body[:20]!r}", status, 400)
        is_error(dialect, told)
    status, _, body = envoy.ask(PATHS[dialect], question("Hi"), headers={"x-strange": "\xff\xfe"})
    expect("status with a header that is not UTF-8", status, 200)


@scenario()
def large_body(stand, dialect):
    """Larger than Envoy's default of 1 MiB, larger than the plugin's limit, and larger than Envoy's."""
    bedrock = stand.faulty_bedrock()
    large = "x" * (5 << 20)
    status, _, _ = stand.bad().ask(PATHS[dialect], question(large))
    expect("status", status, 200)
    holds("length as Bedrock saw it", bedrock.requests[-1][3] > len(large), bedrock.requests[-1][3])
    small = {"credentials": KEYS, "max_body_bytes": 20000}
    limited = stand.once("limited", lambda: stand.envoy(bedrock.port, small))
    status, _, body = limited.ask(PATHS[dialect], question(large[:30000]))
    expect("status over the limit", status, 413)
    is_error(dialect, body)
    chunks = (b"x" * 5000 for _ in range(6))
    connection = http.client.HTTPConnection("127.0.0.1", limited.port, timeout=30)
    connection.request("POST", PATHS[dialect], chunks, encode_chunked=True, headers={"transfer-encoding": "chunked"})
    answer = connection.getresponse()
    expect("status over the limit, in chunks", answer.status, 413)
    is_error(dialect, answer.read())
    connection.close()
    narrow = stand.once("narrow", lambda: stand.envoy(bedrock.port, {"credentials": KEYS}, limit=100_000))
    status, _, body = narrow.ask(PATHS[dialect], question(large[:200_000]))
    expect("status over Envoy's limit", status, 413)
    holds("the remedy", "per_connection_buffer_limit_bytes" in is_error(dialect, body)[1], body)


@scenario()
def local_replies(stand, dialect):
    """What Envoy answers by itself is an error in the client's shape."""
    nobody = stand.once("nobody", lambda: stand.envoy(free_port(), {"credentials": KEYS}))
    status, _, body = nobody.ask(PATHS[dialect], question("Hi"))
    holds("status where Bedrock is not there", status in (500, 502, 503), status)
    is_error(dialect, body)
    elsewhere = {"credentials": {**KEYS, "region": "eu-west-1"}}
    lost = stand.once("lost", lambda: stand.envoy(free_port(), elsewhere))
    status, _, body = lost.ask(PATHS[dialect], question("Hi"))
    expect("status where there is no route", status, 404)
    holds("the remedy", "virtual host" in is_error(dialect, body)[1], body)


@scenario(["anthropic"])
def untouched(stand, _):
    """What is no request to a model goes its way."""
    for method, path in [("GET", "/healthz"), ("GET", "/v1/messages"), ("POST", "/v1/other")]:
        status, _, body = stand.good().ask(path, None, method=method)
        expect(f"status of {method} {path}", status, 404)
        expect("body", body, b"")


@scenario(["anthropic"])
def private_headers(stand, _):
    """Nothing that a client sends reaches Bedrock but what was translated."""
    stand.bad().ask(PATHS["anthropic"], question("Hi"), headers={"authorization": "Bearer mine", "cookie": "c=1"})
    method, path, headers, _ = stand.faulty_bedrock().requests[-1]
    expect("path", (method, path), ("POST", f"/model/{MODEL.replace(':', '%3A')}/converse"))
    lower = {name.lower(): value for name, value in headers.items()}
    expect("host", lower["host"], "bedrock-runtime.us-east-1.amazonaws.com")
    holds("the signature", lower["authorization"].startswith("AWS4-HMAC-SHA256 "), "another")
    seen = {"x-api-key", "cookie", "accept-encoding"} & set(lower)
    expect("the client's own headers", seen, set())


@scenario(["anthropic"])
def count_tokens(stand, _):
    status, _, body = stand.good().ask("/v1/messages/count_tokens", question("Hi", "anthropic.claude-sonnet-4-20250514-v1:0"))
    expect("status", status, 200)
    holds("input_tokens", json.loads(body)["input_tokens"] > 0, body)


@scenario()
def many_at_once(stand, dialect):
    def one(_):
        with stand.good().open(PATHS[dialect], question("Tell me a story.", stream=True)) as answer:
            return pieces(dialect, answer.events())

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        told = list(pool.map(one, range(32)))
    expect("whether all ended", {ended for _, _, ended, _ in told}, {True})
    expect("how many texts there are", len({text for _, text, _, _ in told}), 1)
    return f"{len(told)} streams"
