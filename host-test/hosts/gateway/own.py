"""Scenarios of the gateway alone: its other paths, its keys, its limits and its log."""

import json
import uuid

from dialects import ANTHROPIC, DIALECTS, MODEL, expect, holds
from scenario import KEYS, scenario
from stand import SECRET


@scenario(["anthropic"])
def healthz(stand, _):
    status, _, _ = stand.good().ask("/healthz", None, method="GET")
    expect("status", status, 200)


@scenario(["anthropic", "openai"])
def models(stand, dialect):
    shown = {"anthropic-version": "2023-06-01"} if dialect is ANTHROPIC else {}
    status, _, body = stand.good().ask("/v1/models", None, shown, "GET")
    expect("status", status, 200)
    listed = json.loads(body)["data"]
    holds("the alias in the list", "small" in [model["id"] for model in listed], listed)
    member = "type" if dialect is ANTHROPIC else "object"
    expect(f"{member} of all", {model[member] for model in listed}, {"model"})
    status, _, body = stand.good().ask("/v1/models/small", None, shown, "GET")
    expect("the same model alone", (status, json.loads(body)), (200, listed[0]))
    status, _, body = stand.good().ask("/v1/models/none", None, shown, "GET")
    expect("status of none", status, 404)
    dialect.error(body)
    return f"{len(listed)} models"


@scenario()
def wrong_key(stand, dialect):
    for key in ("another", "", "client-key-and-more", "client-ke"):
        status, _, body = stand.good().ask(dialect.path, dialect.question("Hi"), {"x-api-key": key})
        expect(f"status with {key!r}", status, 401)
        holds("no key in the error", not key or key not in dialect.error(body)[1], body)
    status, _, _ = stand.good().ask(
        dialect.path, dialect.question("Hi"), {"x-api-key": "", "authorization": "Bearer client-key"}
    )
    expect("status with the key as a bearer", status, 200)


@scenario()
def large_body(stand, dialect):
    bedrock = stand.faulty_bedrock()
    large = "x" * (5 << 20)
    status, _, _ = stand.bad().ask(dialect.path, dialect.question(large))
    expect("status", status, 200)
    holds("length as Bedrock saw it", bedrock.requests[-1][3] > len(large), bedrock.requests[-1][3])
    limited = stand.once("limited", lambda: stand.gateway(bedrock.port, {"GATEWAY_MAX_BODY_BYTES": "20000"}))
    status, _, body = limited.ask(dialect.path, dialect.question(large[:30000]))
    expect("status over the limit", status, 413)
    dialect.error(body)


@scenario()
def cut_stream(stand, dialect):
    """Where the connection to Bedrock breaks, the answer has an error and no end."""
    port = stand.faulty_bedrock().port
    gateway = stand.once(f"cut, {dialect.name}", lambda: stand.gateway(port))
    with gateway.open(dialect.path, dialect.question("Hi", "fault.cut", stream=True)) as answer:
        _, text, ended, error = dialect.pieces(answer.events())
    expect("whether it ended", ended, False)
    stand.outlived(gateway)
    holds("the text before", text.startswith("Once "), text)
    holds("the error", error and error["message"], error)


@scenario(["anthropic"])
def other_paths(stand, _):
    for method, path, wanted in [("GET", "/v1/messages", 405), ("POST", "/v1/other", 404), ("DELETE", "/healthz", 405)]:
        status, _, body = stand.good().ask(path, None, method=method)
        expect(f"status of {method} {path}", status, wanted)
        DIALECTS["anthropic" if path.startswith("/v1/messages") else "openai"].error(body)


@scenario(["anthropic"])
def page(stand, _):
    status, headers, body = stand.good().ask("/", None, method="GET")
    expect("status", status, 200)
    holds("content-type", headers["content-type"].startswith("text/html"), headers)
    holds("a policy for its content", "default-src 'none'" in headers["content-security-policy"], headers)
    port = stand.faulty_bedrock().port
    off = stand.once("without a page", lambda: stand.gateway(port, {"GATEWAY_PAGE": "off"}))
    status, _, _ = off.ask("/", None, method="GET")
    expect("status where it is off", status, 404)
    return f"{len(body)} bytes"


@scenario(["anthropic"])
def log(stand, _):
    """A line for each call, without keys, secrets or what was asked."""
    prompt = f"Say {uuid.uuid4()}"
    gateway = stand.good()
    status, _, _ = gateway.ask(ANTHROPIC.path, ANTHROPIC.question(prompt))
    expect("status", status, 200)
    text = gateway.logged()
    holds("GenAI's names of OpenTelemetry", "gen_ai.request.model" in text, text[-600:])
    for secret in (prompt, "client-key", SECRET, stand.emulator().variables["AWS_SECRET_ACCESS_KEY"]):
        expect("whether a secret or a prompt is in the log", secret in text, False)


@scenario(["anthropic"])
def credentials_of_the_call(stand, _):
    """By a header, where a setting names it; else the header is nothing."""
    bedrock = stand.faulty_bedrock()
    sent = {"x-aws": json.dumps({"accessKeyId": "AKIDOFTHECALL", "secretAccessKey": "s", "region": "us-east-1"})}
    named = stand.once("named", lambda: stand.gateway(bedrock.port, {"GATEWAY_CREDENTIALS_HEADER": "x-aws"}))
    for gateway, key in [(named, "AKIDOFTHECALL"), (stand.bad(), KEYS["accessKeyId"])]:
        status, _, body = gateway.ask(ANTHROPIC.path, ANTHROPIC.question("Hi"), sent)
        expect("status", status, 200)
        expect("who signed", stand.signed_by(), [key])


@scenario(["anthropic"])
def client_that_leaves(stand, _):
    gateway = stand.good()
    with gateway.open(ANTHROPIC.path, ANTHROPIC.question("Tell me a story.", MODEL, stream=True)) as answer:
        next(answer.events())
    status, _, _ = gateway.ask(ANTHROPIC.path, ANTHROPIC.question("Hi"))
    expect("status of the next call", status, 200)


@scenario(["anthropic"])
def request_ids(stand, _):
    seen = set()
    for _ in range(2):
        _, headers, _ = stand.good().ask(ANTHROPIC.path, ANTHROPIC.question("Hi"))
        seen.add(headers.get("request-id") or headers.get("x-request-id"))
    holds("two ids", len(seen) == 2 and None not in seen, seen)
