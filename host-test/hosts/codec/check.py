"""The codec from Python (wasmtime-py), with Python's own HTTP: one line of JSON for each scenario, status 1 where one
failed.

    VENV/bin/python host-test/hosts/codec/check.py --emulator target/debug/bedrock-host \\
        --component target/components/bedrock_codec.wasm [SCENARIO …]

Needs requirements.txt.
"""

import argparse
import http.client
import json
import pathlib
import random
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

from codec import Codec, CodecError  # noqa: E402
from dialects import MODEL, expect, holds  # noqa: E402
from host import steps  # noqa: E402
from scenario import KEYS, Stand, keys, run, scenario  # noqa: E402

SCHEMA = '{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}'
WEATHER = {"name": "get_weather", "description": "Tells it.", "input_schema": SCHEMA}


class Python(Stand):
    host = "codec, Python"

    def codec(self):
        # Compiled once for all scenarios, as a program would do it.
        if "codec" not in self.made:
            self.made["codec"] = Codec(self.arguments.component)
        return self.made["codec"]

    def good(self):
        emulator = self.emulator()
        return context(emulator.port, keys(emulator))

    def bad(self):
        return context(self.faulty_bedrock().port, KEYS)


def context(port, credentials):
    return {"credentials": json.dumps(credentials), "endpoint": f"http://127.0.0.1:{port}"}


def user(text):
    return {"role": "user", "content": [{"text": {"text": text}}]}


def question(text, model=MODEL, **members):
    return {"model": f"bedrock/{model}", "max_tokens": 300, "messages": [user(text)], **members}


def now():
    return int(time.time() * 1000)


def send(request):
    """Python's own client; the answer, once its head is there, and its headers as the codec takes them."""
    connection = http.client.HTTPConnection(request["authority"], timeout=30)
    connection.request(request["method"], request["path"], request["body"], dict(request["headers"]))
    answer = connection.getresponse()
    return answer, [(name.lower(), value) for name, value in answer.getheaders()]


def complete_with(stand, request, context):
    exchange = stand.codec().prepare(request, context, "complete", now())
    answer, headers = send(exchange["request"])
    return stand.codec().decode_response(exchange["state"], answer.status, headers, answer.read())


def stream_with(stand, request, context, moments=None):
    """The chunks as they come."""
    exchange = stand.codec().prepare(request, context, "stream", now())
    answer, headers = send(exchange["request"])
    with stand.codec().decoder(exchange["state"], answer.status, headers) as decoder:
        while data := answer.read1(65536):
            yield from decoder.push(data)
        yield from decoder.finish()


def text_of(chunks):
    return "".join(delta(chunk).get("text_delta", "") for chunk in chunks)


def delta(chunk):
    return chunk["content_block_delta"]["delta"] if "content_block_delta" in chunk else {}


def is_refused(call):
    try:
        call()
    except CodecError as error:
        return error.told
    raise AssertionError("there was no error")


@scenario(["anthropic"])
def complete(stand, _):
    answer = complete_with(stand, question("Why is the sky blue?"), stand.good())
    expect("stop reason", answer["stop_reason"], "end_turn")
    holds("text", "sky" in answer["content"][0]["text"]["text"], answer)
    holds("cost", answer["cost"]["total"] > 0, answer)


@scenario(["anthropic"])
def stream(stand, _):
    moments, chunks = [], []
    for chunk in stream_with(stand, question("Tell me a story."), stand.good()):
        chunks.append(chunk)
        if "text_delta" in delta(chunk):
            moments.append(time.monotonic())
    holds("text", len(text_of(chunks)) > 40, chunks)
    expect("the last chunk", chunks[-1], "message_stop")
    spread = moments[-1] - moments[0]
    holds("seconds between the first and the last piece", spread > 0.03 * (len(moments) - 1) > 0.1, spread)
    return f"{len(moments)} pieces in {spread:.2f} s"


@scenario(["anthropic"])
def tools(stand, _):
    asked = question("Use the tool: what is the weather in Berlin?", tools=[WEATHER])
    answer = complete_with(stand, asked, stand.good())
    expect("stop reason", answer["stop_reason"], "tool_use")
    call = next(block["tool_use"] for block in answer["content"] if "tool_use" in block)
    expect("name", call["name"], "get_weather")
    json.loads(call["input"])
    result = {"tool_use_id": call["id"], "content": [{"text": {"text": "21 degrees and sunny"}}]}
    asked["messages"] += [
        {"role": "assistant", "content": answer["content"]},
        {"role": "user", "content": [{"tool_result": result}]},
    ]
    text = text_of(stream_with(stand, asked, stand.good()))
    holds("the result in the answer", "21 degrees" in text, text)


@scenario(["anthropic"])
def upstream_error(stand, _):
    for model, kind in [("fault.throttled", "rate-limited"), ("fault.denied", "permission"), ("fault.bodiless", "upstream")]:
        for ask in (complete_with, lambda *asked: list(stream_with(*asked))):
            told = is_refused(lambda: ask(stand, question("Hi", model), stand.bad()))
            expect("kind", told["kind"], kind)
            holds("status", told["status"] in (429, 403, 500), told)


@scenario(["anthropic"])
def broken_stream(stand, _):
    for model in ("fault.exception", "fault.truncated", "fault.mid-frame", "fault.corrupt"):
        chunks = []

        def consume():
            for chunk in stream_with(stand, question("Hi", model), stand.bad()):
                chunks.append(chunk)

        told = is_refused(consume)
        holds(f"text of {model}", text_of(chunks).startswith("Once "), chunks)
        holds(f"error of {model}", told["message"], told)
        holds(f"whether {model} ended", "message_stop" not in chunks, chunks)


@scenario(["anthropic"])
def any_split(stand, _):
    """The same chunks, however the answer is cut."""
    exchange = stand.codec().prepare(question("Tell me a story."), stand.good(), "stream", now())
    answer, headers = send(exchange["request"])
    body, texts = answer.read(), []
    for seed in range(20):
        cuts, chunks = random.Random(seed), []
        with stand.codec().decoder(exchange["state"], answer.status, headers) as decoder:
            rest = body
            while rest:
                size = cuts.choice((1, 7, 100, 1000))
                chunks += decoder.push(rest[:size])
                rest = rest[size:]
            chunks += decoder.finish()
        expect("the last chunk", chunks[-1], "message_stop")
        texts.append(chunks)
    holds("whether all are the same", all(chunks == texts[0] for chunks in texts))
    return f"{len(body)} bytes, {len(texts)} times"


@scenario(["anthropic"])
def wrong_request(stand, _):
    codec, good = stand.codec(), stand.good()
    wrong = {
        "model": (question("Hi") | {"model": "bedrock/"}, good),
        "messages": (question("Hi") | {"messages": []}, good),
        "tools[0].input_schema": (question("Hi", tools=[WEATHER | {"input_schema": "{"}]), good),
        "context.credentials.region": (question("Hi"), good | {"credentials": '{"accessKeyId":"A"}'}),
    }
    for path, asked in wrong.items():
        told = is_refused(lambda: codec.prepare(*asked, "complete", now()))
        expect("path", told["path"], path)


@scenario(["anthropic"])
def count_tokens(stand, _):
    asked = question("Hi", "anthropic.claude-sonnet-4-20250514-v1:0")
    exchange = stand.codec().prepare(asked, stand.good(), "count-tokens", now())
    answer, headers = send(exchange["request"])
    count = stand.codec().decode_count(exchange["state"], answer.status, headers, answer.read())
    holds("tokens", count > 0, count)


def value_of(generator):
    """What a generator returns, and what it yielded."""
    chunks = []
    while True:
        try:
            chunks.append(next(generator))
        except StopIteration as end:
            return end.value, chunks


OTHER_KEYS = json.dumps(KEYS | {"accessKeyId": "AKIDRENEWED"})


@scenario(["anthropic"])
def second_attempts(stand, _):
    """Whole calls that are throttled, expired, without room or signed by a wrong clock at first."""
    bad = stand.bad()
    for model in ("throttled", "full", "skewed", "expired"):
        context = bad | ({"fallbacks": ["eu-west-1"]} if model == "full" else {})
        asked = question("Hi", f"passing.{model}")
        answer, _ = value_of(steps(stand.codec(), asked, context, "complete", lambda: OTHER_KEYS))
        expect(f"answer of {model}", answer["content"][0]["text"]["text"], "well")
        if model == "skewed":
            # The clock is corrected by now.
            continue
        _, chunks = value_of(steps(stand.codec(), asked, context, "stream", lambda: OTHER_KEYS))
        expect(f"text of {model}", text_of(chunks), "Once upon a time")
    # Nobody has others.
    told = is_refused(lambda: value_of(steps(stand.codec(), question("Hi", "passing.expired"), bad, "complete")))
    expect("kind", told["kind"], "authentication")


@scenario(["anthropic"])
def whole_calls(stand, _):
    """What one attempt does, a whole call does as well."""
    codec, good, bad = stand.codec(), stand.good(), stand.bad()
    moments = []
    for chunk in steps(codec, question("Tell me a story."), good, "stream"):
        if "text_delta" in delta(chunk):
            moments.append(time.monotonic())
    spread = moments[-1] - moments[0]
    holds("seconds between the first and the last piece", spread > 0.03 * (len(moments) - 1) > 0.1, spread)
    count, _ = value_of(steps(codec, question("Hi", "anthropic.claude-sonnet-4-20250514-v1:0"), good, "count-tokens"))
    holds("tokens", count > 0, count)
    for model in ("fault.denied", "fault.first-frame", "fault.cut"):
        told = is_refused(lambda: value_of(steps(codec, question("Hi", model), bad | {"max_attempts": 1}, "stream")))
        holds(f"error of {model}", told["message"], told)
    told = is_refused(lambda: value_of(steps(codec, question("Hi") | {"model": "bedrock/"}, good, "complete")))
    expect("path", told["path"], "model")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--emulator", required=True)
    parser.add_argument("--component", required=True)
    parser.add_argument("scenarios", nargs="*", default=[])
    arguments = parser.parse_args()
    with Python(arguments) as stand:
        passed = run(stand, arguments.scenarios)
    sys.exit(not passed)


if __name__ == "__main__":
    main()
