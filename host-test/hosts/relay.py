"""A relay in front of a server: what passes is kept, so that a check can look at what a program sent and got.

Standard library only. What is asked as of a proxy is refused and noted: so a program tells where else it wants to go.
"""

import http.client
import http.server
import json
import pathlib
import threading

from services import Server

# What is between two neighbours alone.
HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "te", "trailer", "upgrade"}


class Exchange:
    """A request and its answer, as far as it has come."""

    def __init__(self, method, path, headers, body):
        self.method, self.path, self.headers, self.body = method, path, headers, body
        self.status, self.answer_headers, self.answer = None, {}, b""

    def told(self):
        """All of it, to be written down."""
        request = {"method": self.method, "path": self.path, "headers": self.headers, "body": readable(self.body)}
        answer = {"status": self.status, "headers": self.answer_headers, "body": readable(self.answer)}
        return {"request": request, "answer": answer}


def readable(body):
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")


class Relay:
    """On a free port of loopback, until the block ends; `port` is the server's, None where nothing is behind it."""

    def __init__(self, port=None):
        relay = self
        self.target, self.exchanges, self.elsewhere = port, [], []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_CONNECT(self):
                relay.elsewhere.append(self.path)
                self.send_error(403)

            def any_method(self):
                if relay.target is None or not self.path.startswith("/"):
                    relay.elsewhere.append(self.path)
                    self.send_error(403)
                else:
                    relay.pass_on(self)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = any_method

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def pass_on(self, request):
        body = received(request)
        exchange = Exchange(request.command, request.path, dict(request.headers.items()), body)
        self.exchanges.append(exchange)
        connection = http.client.HTTPConnection("127.0.0.1", self.target, timeout=120)
        try:
            connection.putrequest(request.command, request.path, skip_host=True, skip_accept_encoding=True)
            # The host stays as it was asked for: signatures cover it.
            for name, value in request.headers.items():
                if name.lower() not in HOP_BY_HOP | {"content-length"}:
                    connection.putheader(name, value)
            connection.putheader("content-length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            exchange.status, exchange.answer_headers = response.status, dict(response.getheaders())
            give_back(request, response, exchange)
        except (OSError, http.client.HTTPException):
            # Whoever went away or broke off: the other side sees the same.
            request.close_connection = True
        finally:
            connection.close()


def received(request):
    """The body of a request, with a length or in chunks."""
    if "chunked" not in request.headers.get("transfer-encoding", ""):
        return request.rfile.read(int(request.headers.get("content-length") or 0))
    body = b""
    while size := int(request.rfile.readline().split(b";")[0], 16):
        body += request.rfile.read(size)
        request.rfile.readline()
    while request.rfile.readline().strip():
        pass
    return body


def give_back(request, response, exchange):
    """The answer, piece by piece as it comes."""
    length = response.getheader("content-length")
    request.send_response_only(response.status, response.reason)
    for name, value in response.getheaders():
        if name.lower() not in HOP_BY_HOP:
            request.send_header(name, value)
    is_chunked = length is None and request.command != "HEAD" and response.status not in (204, 304)
    if is_chunked:
        request.send_header("transfer-encoding", "chunked")
    request.end_headers()
    while piece := response.read1(65536):
        exchange.answer += piece
        request.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if is_chunked else piece)
        request.wfile.flush()
    if is_chunked:
        request.wfile.write(b"0\r\n\r\n")
    elif response.length:
        request.close_connection = True


def keep(exchanges, folder):
    """Each exchange in a file of its own, in order."""
    place = pathlib.Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    for number, exchange in enumerate(exchanges, 1):
        (place / f"{number:02}.json").write_text(json.dumps(exchange.told(), indent=1, ensure_ascii=False))
