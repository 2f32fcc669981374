// A whole gateway for hosts with the Fetch API: Workers, Deno, Bun, Node.js. The component says what to do; here it is done.

const now = () => ({ instant: BigInt(Math.round(performance.now() * 1e6)), unixMs: BigInt(Date.now()) });
const random = () => crypto.getRandomValues(new BigUint64Array(1))[0];
const left = (instant) => Math.max(0, Number(instant - now().instant) / 1e6);
const encoder = new TextEncoder();

// Whoever waits is woken by what comes: one wait at a time, and nothing is kept of those that are over.
class Bell {
  ring() {
    this.wake?.();
  }

  // Until it rings, or until this instant.
  wait(instant) {
    return new Promise((resolve) => {
      const ms = instant === undefined ? Infinity : left(instant);
      // Longer waits than a timer takes are none.
      const timer = ms < 2 ** 31 ? setTimeout(resolve, ms) : undefined;
      this.wake = () => {
        clearTimeout(timer);
        this.wake = undefined;
        resolve();
      };
    });
  }
}

// Something that is read piece by piece, as events, one ahead of who takes them.
class Source {
  constructor(events, bell) {
    this.events = events;
    this.bell = bell;
    this.advance();
  }

  advance() {
    this.next = undefined;
    this.events.next().then(({ value }) => {
      this.next = value;
      this.bell.ring();
    });
  }

  // The next event, if there is one by now.
  take() {
    const event = this.next;
    if (event) this.advance();
    return event;
  }
}

// An exchange with AWS, as events.
async function* asked({ method, scheme, authority, path, headers, body }, signal) {
  try {
    const init = { method, headers, redirect: "manual", signal };
    if (body.length > 0) init.body = body;
    const answer = await fetch(`${scheme}://${authority}${path}`, init);
    yield { tag: "head", val: { status: answer.status, headers: [...answer.headers] } };
    for await (const bytes of answer.body ?? []) yield { tag: "bytes", val: bytes };
    yield { tag: "end" };
  } catch (error) {
    yield { tag: "failed", val: String(error?.message ?? error) };
  }
}

// A client's body, as events.
async function* read(reader) {
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield { tag: "body", val: value };
    }
    yield { tag: "body-end" };
  } catch {
    yield { tag: "gone" };
  }
}

// Takes the steps of one exchange. `respond` is called once, with the answer.
async function take(exchange, request, respond, log) {
  const bell = new Bell();
  let isGone = false;
  const leave = () => {
    isGone = true;
    bell.ring();
  };
  // The client is gone where its request is aborted, or what it reads is cancelled.
  request.signal?.addEventListener("abort", leave);
  if (request.signal?.aborted) leave();
  const { readable, writable } = new TransformStream();
  const writer = writable.getWriter();
  writer.closed.catch(leave);
  // What comes next of a source, of the client's departure, or nothing where the instant comes first.
  const next = async (source, instant) => {
    if (!isGone && !source?.next && (instant === undefined || left(instant) > 0)) await bell.wait(instant);
    return isGone ? { tag: "gone" } : source?.take();
  };
  let reader, body, abort, call, head;
  const pieces = [];
  const isWhole = () => head.headers.has("content-length") || head.status === 204;
  try {
    for (;;) {
      const { tag, val } = exchange.next(now(), random());
      let event;
      if (tag === "send" || tag === "pause" || tag === "done") abort?.abort();
      if (tag === "read-body") {
        reader ??= request.body?.getReader();
        body ??= new Source(reader ? read(reader) : read({ read: async () => ({ done: true }) }), bell);
        event = await next(body, val);
      } else if (tag === "send") {
        abort = new AbortController();
        call = new Source(asked(val, abort.signal), bell);
      } else if (tag === "receive") event = await next(call, val);
      else if (tag === "pause") event = await next(undefined, val);
      else if (tag === "begin") {
        head = { status: val.status, headers: new Headers(val.headers) };
        // An answer whose length is known is sent whole; others stream.
        if (!isWhole()) respond(new Response(readable, head));
      } else if (tag === "write" && isWhole()) pieces.push(val[0]);
      else if (tag === "write") {
        let isWritten = false;
        const written = writer.write(val[0]).then(() => (isWritten = true), leave);
        written.then(() => bell.ring());
        while (!isWritten && !isGone && left(val[1]) > 0) await bell.wait(val[1]);
        if (!isWritten) leave();
        if (isGone) event = { tag: "gone" };
      } else {
        if (val) log(val.trimEnd());
        if (!head) respond(new Response(null, { status: 499 }));
        else if (isWhole()) respond(new Response(pieces.length > 0 ? new Blob(pieces) : null, head));
        // A stream that is cut off must not look whole.
        if (isGone) writer.abort(new Error("the client is gone")).catch(() => {});
        else if (head && !isWhole()) writer.close().catch(() => {});
        return;
      }
      if (event) exchange.on(event);
    }
  } catch (error) {
    abort?.abort();
    writer.abort(error).catch(() => {});
    throw error;
  } finally {
    // What nobody reads any more must not hold the connection up.
    reader?.cancel().catch(() => {});
    request.signal?.removeEventListener("abort", leave);
  }
}

// What answers requests, by a `gateway` of the component.
export function handler(gateway, log = console.log) {
  return (request) =>
    new Promise((respond, fail) => {
      const { host, pathname, search } = new URL(request.url);
      const headers = [...request.headers, [":authority", request.headers.get("host") ?? host]];
      const bytes = headers.map(([name, value]) => [name, encoder.encode(value)]);
      const head = { method: request.method, path: pathname + search, headers: bytes };
      const exchange = gateway.serve(head, now(), [random(), random()]);
      take(exchange, request, respond, log)
        .catch(fail)
        .finally(() => exchange[Symbol.dispose]?.());
    });
}
