// A whole gateway for hosts with the Fetch API: Workers, Deno, Bun, Node.js. The component says what to do; here it is done.

const now = () => ({ instant: BigInt(Math.round(performance.now() * 1e6)), unixMs: BigInt(Date.now()) });
const random = () => crypto.getRandomValues(new BigUint64Array(1))[0];
const until = (instant) => Math.max(0, Number(instant - now().instant) / 1e6);
const encoder = new TextEncoder();

// A request to AWS. What comes of it waits until it is asked for.
class Call {
  constructor({ method, scheme, authority, path, headers, body }) {
    this.abort = new AbortController();
    const init = { method, headers, redirect: "manual", signal: this.abort.signal };
    if (body.length > 0) init.body = body;
    this.events = this.run(`${scheme}://${authority}${path}`, init);
    this.next = this.events.next();
  }

  async *run(url, init) {
    try {
      const answer = await fetch(url, init);
      yield { tag: "head", val: { status: answer.status, headers: [...answer.headers] } };
      for await (const bytes of answer.body ?? []) yield { tag: "bytes", val: bytes };
      yield { tag: "end" };
    } catch (error) {
      yield { tag: "failed", val: String(error?.message ?? error) };
    }
  }

  // The next event; none where there is none until this instant, and "gone" where the client leaves first.
  async receive(instant, gone) {
    let timer;
    const late = new Promise((resolve) => {
      if (instant !== undefined) timer = setTimeout(resolve, until(instant));
    });
    const event = await Promise.race([this.next, late, gone]);
    clearTimeout(timer);
    if (event && "done" in event) this.next = this.events.next();
    return event && "done" in event ? event.value : event;
  }
}

// Takes the steps of one exchange. `respond` is called once, with the answer.
async function take(exchange, request, respond, log) {
  const body = request.body?.getReader();
  const { readable, writable } = new TransformStream();
  const writer = writable.getWriter();
  // The client is gone where its request is aborted, or what it reads is cancelled.
  const gone = new Promise((resolve) => {
    const leave = () => resolve({ tag: "gone" });
    request.signal?.addEventListener("abort", leave);
    writer.closed.catch(leave);
  });
  let call, head;
  const pieces = [];
  for (;;) {
    const { tag, val } = exchange.next(now(), random());
    if (["send", "pause", "done"].includes(tag)) call?.abort.abort();
    if (tag === "read-body") {
      const piece = await Promise.race([body?.read() ?? { done: true }, gone]).catch(() => ({ tag: "gone" }));
      exchange.on(piece.tag ? piece : piece.done ? { tag: "body-end" } : { tag: "body", val: piece.value });
    } else if (tag === "send") call = new Call(val);
    else if (tag === "receive") {
      const event = await call.receive(val, gone);
      if (event) exchange.on(event);
    } else if (tag === "pause") {
      const event = await Promise.race([new Promise((resolve) => setTimeout(resolve, until(val))), gone]);
      if (event) exchange.on(event);
    } else if (tag === "begin") {
      head = { status: val.status, headers: new Headers(val.headers) };
      // An answer whose length is known is sent whole; others stream.
      if (!head.headers.has("content-length") && ![204, 304].includes(val.status)) respond(new Response(readable, head));
    } else if (tag === "write") {
      if (head.headers.has("content-length")) pieces.push(val);
      else await writer.write(val).catch(() => exchange.on({ tag: "gone" }));
    } else {
      if (val) log(val.trimEnd());
      if (head && pieces.length > 0) respond(new Response(new Blob(pieces), head));
      else if (head) respond(new Response(null, head));
      await writer.close().catch(() => {});
      return;
    }
  }
}

// What answers requests, by a `gateway` of the component.
export function handler(gateway, log = console.log) {
  return (request) =>
    new Promise((respond, fail) => {
      const { pathname, search } = new URL(request.url);
      const headers = [...request.headers].map(([name, value]) => [name, encoder.encode(value)]);
      const head = { method: request.method, path: pathname + search, headers };
      const exchange = gateway.serve(head, now(), [random(), random()]);
      take(exchange, request, respond, log)
        .catch(fail)
        .finally(() => exchange[Symbol.dispose]?.());
    });
}
