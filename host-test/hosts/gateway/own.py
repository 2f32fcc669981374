"""Scenarios of the gateway alone: its other paths, its keys, its limits and its log."""

import http.client
import json
import socket
import time
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


@scenario(["anthropic"])
def largest_body(stand, dialect):
    """As large as Bedrock takes, in many pieces, within the memory that a host is told to give (256 MiB)."""
    bedrock = stand.faulty_bedrock()
    piece = {"type": "text", "text": "x" * 1000}
    body = dialect.question("Hi")
    body["messages"] = [{"role": "user", "content": [piece] * 18_000}]
    status, _, answer = stand.bad().ask(dialect.path, body)
    expect("status", status, 200)
    return f"{bedrock.requests[-1][3]} bytes to Bedrock"


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
def half_sent_body(stand, dialect):
    """A body that does not end is not waited for, and holds nobody up."""
    port = stand.faulty_bedrock().port
    gateway = stand.once("impatient", lambda: stand.gateway(port, {"GATEWAY_DEADLINE_BODY_MS": "1500"}))
    body = json.dumps(dialect.question("Hi")).encode()
    head = f"POST {dialect.path} HTTP/1.1\r\nhost: 127.0.0.1\r\nx-api-key: client-key\r\ncontent-type: application/json\r\n"
    half = f"{head}content-length: {len(body) + 1}\r\n\r\n".encode() + body
    held = []
    for _ in range(stand.half_bodies):
        connection = socket.create_connection(("127.0.0.1", gateway.port), 30)
        connection.sendall(half)
        held.append(connection)
    status, _, _ = gateway.ask(dialect.path, dialect.question("Hi"))
    expect("status of another call meanwhile", status, 200)
    first = http.client.HTTPResponse(held[0])
    first.begin()
    expect("status of the one that does not end", first.status, 408)
    dialect.error(first.read())
    for connection in held:
        connection.close()


@scenario(["anthropic"])
def open_to_loopback(stand, dialect):
    """Without keys, by loopback's names alone, and by no page of another origin."""
    port = stand.faulty_bedrock().port
    settings = {"GATEWAY_KEYS": "", "GATEWAY_OPEN": "on", "GATEWAY_HOSTS": "gateway.internal"}
    gateway = stand.once("open", lambda: stand.gateway(port, settings))
    for headers, wanted in [
        ({}, 200),
        ({"host": "localhost"}, 200),
        ({"host": "gateway.internal"}, 200),
        ({"host": "evil.example"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"content-type": "text/plain"}, 415),
        ({"content-encoding": "gzip"}, 400),
    ]:
        status, _, body = gateway.ask(dialect.path, dialect.question("Hi"), headers)
        expect(f"status with {headers}", status, wanted)


@scenario(["anthropic"])
def not_configured(stand, dialect):
    """A fault of the settings is the operator's: its name is told by /healthz and the log, not to clients."""
    port = stand.faulty_bedrock().port
    for settings, name in [
        ({"GATEWAY_KEYS": "ann="}, "GATEWAY_KEYS"),
        ({"GATEWAY_KEYS": ""}, "GATEWAY_KEYS"),
        ({"GATEWAY_MAX_USD_PER_WEEK": "1"}, "GATEWAY_MAX_USD_PER_WEEK"),
    ]:
        gateway = stand.once(f"fault {settings}", lambda: stand.gateway(port, settings))
        status, _, body = gateway.ask("/healthz", None, method="GET")
        expect("status of the health", (status, name in body.decode()), (503, True))
        status, _, body = gateway.ask(dialect.path, dialect.question("Hi"))
        expect("status of a call", status, 500)
        holds("no setting's name", "GATEWAY_" not in dialect.error(body)[1], body)
        until = time.monotonic() + 5
        while name not in gateway.logged() and time.monotonic() < until:
            time.sleep(0.05)
        holds("the name in the log", name in gateway.logged(), gateway.logged()[-600:])


@scenario(["anthropic"])
def operators_guardrail(stand, dialect):
    """Whatever a client sends, and a guardrail of the client's in the wrong place is refused."""
    bedrock = stand.faulty_bedrock()
    own = {"guardrailIdentifier": "own", "guardrailVersion": "1"}
    settings = {"GATEWAY_REQUEST_EXTENSIONS": json.dumps({"bedrock": {"guardrailConfig": own}})}
    gateway = stand.once("guarded", lambda: stand.gateway(bedrock.port, settings))
    theirs = {"extensions": {"bedrock": {"guardrailConfig": {"guardrailIdentifier": "theirs", "guardrailVersion": "1"}}}}
    for members in ({}, theirs):
        status, _, body = gateway.ask(dialect.path, {**dialect.question("Hi"), **members})
        expect("status", status, 200)
        sent = json.loads(bedrock.bodies[-1])
        expect("the guardrail that was sent", sent["guardrailConfig"], own)
    for members in ({"guardrailConfig": own}, {"extra_body": {"guardrail_config": own}}):
        status, _, body = gateway.ask(dialect.path, {**dialect.question("Hi"), **members})
        expect("status in the wrong place", status, 400)
        holds("the right place", "extensions.bedrock.guardrailConfig" in dialect.error(body)[1], body)


@scenario(["anthropic"])
def request_ids(stand, _):
    seen = set()
    for _ in range(2):
        _, headers, _ = stand.good().ask(ANTHROPIC.path, ANTHROPIC.question("Hi"))
        seen.add(headers.get("request-id") or headers.get("x-request-id"))
    holds("two ids", len(seen) == 2 and None not in seen, seen)
