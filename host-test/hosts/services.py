"""Services of AWS's that misbehave on demand, or that hand out credentials. Standard library only.

The emulator is a good Bedrock; here is what a good one does not do. What the faulty Bedrock does is chosen by the id of
the model that it is asked for (FAULTS).
"""

import collections
import http.server
import json
import struct
import sys
import threading
import time
import zlib


def frame(headers, payload):
    """One message of AWS's event stream."""
    head = b"".join(
        bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for name, value in headers.items()
    )
    prelude = struct.pack(">II", 16 + len(head) + len(payload), len(head))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + head + payload
    return message + struct.pack(">I", zlib.crc32(message))


def event(kind, payload):
    headers = {":message-type": "event", ":event-type": kind, ":content-type": "application/json"}
    return frame(headers, json.dumps(payload).encode())


def exception(kind, message):
    headers = {":message-type": "exception", ":exception-type": kind, ":content-type": "application/json"}
    return frame(headers, json.dumps({"message": message}).encode())


START = event("messageStart", {"role": "assistant"})
WORDS = [
    event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": word}})
    for word in ("Once ", "upon ", "a ", "time")
]
END = [
    event("contentBlockStop", {"contentBlockIndex": 0}),
    event("messageStop", {"stopReason": "end_turn"}),
    event(
        "metadata",
        {"usage": {"inputTokens": 3, "outputTokens": 4, "totalTokens": 7}, "metrics": {"latencyMs": 5}},
    ),
]

THROTTLED = exception("throttlingException", "slow down")

# A call whose input ends with the answer's length.
CUT_CALL = [
    START,
    event("contentBlockStart", {"contentBlockIndex": 0, "start": {"toolUse": {"toolUseId": "t1", "name": "write"}}}),
    event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"toolUse": {"input": '{"text": "lon'}}}),
    END[0],
    event("messageStop", {"stopReason": "max_tokens"}),
    END[2],
]

# By the model's id: the frames of a stream, and whether the connection is cut after them.
STREAMS = {
    "fault.whole": ([START, *WORDS, *END], False),
    "fault.cut-call": (CUT_CALL, False),
    "fault.first-frame": ([THROTTLED], False),
    "fault.exception": ([START, *WORDS[:2], THROTTLED], False),
    "fault.truncated": ([START, *WORDS[:2]], False),
    "fault.mid-frame": ([START, *WORDS[:2], END[0][:9]], False),
    "fault.corrupt": ([START, WORDS[0], WORDS[1][:-1] + b"\x00", *END], False),
    "fault.cut": ([START, *WORDS[:2]], True),
    "fault.empty": ([], False),
}

# By the model's id: status, code, message.
REFUSALS = {
    "fault.throttled": (429, "ThrottlingException", "slow down"),
    "fault.denied": (403, "AccessDeniedException", "not allowed"),
    "fault.down": (503, "ServiceUnavailableException", "come back later"),
    "fault.bodiless": (500, "InternalServerException", None),
}


# How far the clock of `passing.skewed` is ahead, in seconds.
AHEAD = 3600


def passing(request, model):
    """What a call hears that would be taken if it were put otherwise, or later; none where it is taken so."""
    scope = request.headers.get("authorization", "")
    signed_at = request.headers.get("x-amz-date", "")
    skewed = [time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() + AHEAD - seconds)) for seconds in (300, -300)]
    is_heard = {
        "passing.throttled": request.server.count(model) % 2 == 1,
        "passing.expired": "Credential=AKIDCONFIGURED/" in scope,
        "passing.full": "/eu-west-1/" not in scope,
        "passing.skewed": not skewed[0] < signed_at < skewed[1],
    }
    return PASSING[model] if is_heard[model] else None


# By the model's id: what is heard first.
PASSING = {
    "passing.throttled": (429, "ThrottlingException", "slow down"),
    "passing.expired": (403, "ExpiredTokenException", "the security token is expired"),
    "passing.full": (429, "ThrottlingException", "no room in this region"),
    "passing.skewed": (403, "InvalidSignatureException", "signature expired"),
}


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.lock, self.counts = threading.Lock(), {}

    def count(self, model):
        """How many requests of it there were."""
        with self.lock:
            self.counts[model] = self.counts.get(model, 0) + 1
            return self.counts[model]

    def handle_error(self, request, client_address):
        # A client that goes away is no news here.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Service:
    """An HTTP service on a free port of loopback, until the block ends."""

    def __init__(self, handler):
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                length = int(self.headers.get("content-length", 0))
                body = self.rfile.read(length)
                with service.lock:
                    service.bodies.append(body)
                    service.requests.append((self.command, self.path, dict(self.headers.items()), len(body)))
                    service.asked(f"{self.command} {self.path}")
                handler(self, body)

            do_GET = do_PUT = do_POST

            def answer(self, status, body, headers=()):
                self.send_response_only(status)
                if "date" not in dict(headers):
                    self.send_header("date", self.date_time_string())
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def chunk(self, data):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                self.wfile.flush()

        self.lock = threading.Lock()
        self.requests = []
        self.bodies = collections.deque(maxlen=4)
        # Told of each request as it comes.
        self.asked = lambda request: None
        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def faulty_bedrock(request, _body):
    """Bedrock as it is on a bad day."""
    _, _, model, operation = request.path.split("/")
    request_id = ("x-amzn-requestid", "11111111-2222-3333-4444-555555555555")
    refusal = passing(request, model) if model in PASSING else REFUSALS.get(model)
    if refusal:
        status, code, message = refusal
        body = b"" if message is None else json.dumps({"message": message}).encode()
        headers = [request_id, ("content-type", "application/json"), ("x-amzn-errortype", code)]
        if model == "passing.skewed":
            headers.append(("date", request.date_time_string(int(time.time()) + AHEAD)))
        request.answer(status, body, headers)
        return
    if operation == "converse":
        answer = {
            "output": {"message": {"role": "assistant", "content": [{"text": "well"}]}},
            "stopReason": "end_turn",
            "usage": {"inputTokens": 3, "outputTokens": 4, "totalTokens": 7},
            "metrics": {"latencyMs": 5},
        }
        request.answer(200, json.dumps(answer).encode(), [request_id, ("content-type", "application/json")])
        return
    frames, is_cut = STREAMS.get(model, STREAMS["fault.whole"])
    request.send_response(200)
    request.send_header(*request_id)
    request.send_header("content-type", "application/vnd.amazon.eventstream")
    request.send_header("transfer-encoding", "chunked")
    request.end_headers()
    for part in frames:
        request.chunk(part)
        # So that each is a chunk of its own on its way.
        time.sleep(0.02)
    if is_cut:
        request.close_connection = True
        request.connection.close()
    else:
        request.wfile.write(b"0\r\n\r\n")


def expires(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


def vended(key, seconds):
    return json.dumps(
        {
            "Code": "Success",
            "AccessKeyId": key,
            "SecretAccessKey": "secret-of-" + key,
            "Token": "token-of-" + key,
            "Expiration": expires(seconds),
        }
    ).encode()


def container(delay=0.0, seconds=3600, refuses=False):
    """The endpoint next to a container: each answer has another key, from AKIDCONTAINER1 on."""
    count = iter(range(1, 1000))

    def handler(request, _body):
        time.sleep(delay)
        if refuses:
            request.answer(403, b'{"code":"AccessDenied","message":"not this task"}')
        elif request.path == "/v2/credentials/task":
            request.answer(200, vended(f"AKIDCONTAINER{next(count)}", seconds))
        else:
            request.answer(404, b"{}")

    return handler


def instance(request, _body):
    """The metadata of an instance, version 2 only."""
    roles = "/latest/meta-data/iam/security-credentials/"
    if request.command == "PUT" and request.path == "/latest/api/token":
        request.answer(200, b"the-session")
    elif request.headers.get("x-aws-ec2-metadata-token") != "the-session":
        request.answer(401, b"")
    elif request.path == roles:
        request.answer(200, b"the-role")
    elif request.path == roles + "the-role":
        request.answer(200, vended("AKIDINSTANCE", 3600))
    else:
        request.answer(404, b"")


def main():
    """Serves the faulty Bedrock for a program in another language, until stdin ends.

    Its address is the first line of stdout; each request is one more.
    """
    with Service(faulty_bedrock) as service:
        print(f"http://127.0.0.1:{service.port}", flush=True)
        service.asked = lambda request: print(request, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
