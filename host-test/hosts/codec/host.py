"""A host for the codec's `call`: each step taken with Python's own HTTP. Standard library only."""

import contextlib
import http.client
import queue
import random
import socket
import threading
import time

from codec import CodecError


def moment():
    return {"instant": time.monotonic_ns(), "unix_ms": time.time_ns() // 1_000_000}


class Exchange:
    """A request that is sent. What comes of it is put into a queue by a thread of its own."""

    def __init__(self, request):
        self.events = queue.Queue()
        self.connection = http.client.HTTPConnection(request["authority"])
        threading.Thread(target=self.run, args=(request,), daemon=True).start()

    def run(self, request):
        try:
            self.connection.request(request["method"], request["path"], request["body"], dict(request["headers"]))
            answer = self.connection.getresponse()
            self.events.put({"head": {"status": answer.status, "headers": answer.getheaders()}})
            while data := answer.read1(65536):
                self.events.put({"bytes": data})
            self.events.put("end")
        except (OSError, http.client.HTTPException) as error:
            self.events.put({"failed": {"kind": "connection", "message": str(error)}})
        finally:
            self.connection.close()

    def receive(self, until):
        """The next event; none where there is none until this instant."""
        seconds = None if until is None else max(0, (until - time.monotonic_ns()) / 1e9)
        try:
            return self.events.get(timeout=seconds)
        except queue.Empty:
            return None

    def close(self):
        """Ends the thread too, which closes the connection."""
        if self.connection.sock:
            with contextlib.suppress(OSError):
                self.connection.sock.shutdown(socket.SHUT_RDWR)


def steps(codec, request, context, operation, credentials=None):
    """The chunks of a stream, as they come; the value of the generator is the answer, or the count.

    `credentials`: finds some, as JSON; it is asked for others where the service refuses the ones that were used.
    """
    exchange = None
    with codec.begin(request, context, operation, moment()) as call:
        try:
            while True:
                step, given = call.next(moment(), random.getrandbits(63))
                if exchange and step in ("send", "pause", "find_credentials"):
                    exchange.close()
                if step == "find_credentials":
                    call.on({"credentials": credentials()} if credentials else {"no_credentials": "nobody knows any"})
                elif step == "send":
                    exchange = Exchange(given)
                elif step == "receive":
                    event = exchange.receive(given)
                    if event:
                        call.on(event)
                elif step == "pause":
                    time.sleep(max(0, (given - time.monotonic_ns()) / 1e9))
                elif step == "chunks":
                    yield from given
                elif step == "reserve":
                    call.on({"not_reserved": {"unavailable": "this host keeps no ledger"}})
                elif step == "settle":
                    pass
                elif step == "failed":
                    raise CodecError(given)
                else:
                    return given
        finally:
            if exchange:
                exchange.close()
