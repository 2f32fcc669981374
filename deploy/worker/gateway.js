// A whole gateway for hosts with the Fetch API: Workers, Deno, Bun, Node.js. The component says what to do; here it is done.

const now = () => ({ instant: BigInt(Math.round(performance.now() * 1e6)), unixMs: BigInt(Date.now()) });
const random = () => crypto.getRandomValues(new BigUint64Array(1))[0];
const left = (instant) => Math.max(0, Number(instant - now().instant) / 1e6);
const encoder = new TextEncoder();

// What comes first of these, or nothing where none comes until this instant.
async function first(promises, instant) {
  let timer;
  const late = new Promise((resolve) => {
    // Longer waits than a timer takes are none.
    if (instant !== undefined && left(instant) < 2 ** 31) timer = setTimeout(resolve, left(instant));
  });
  try {
    return await Promise.race([...promises, late]);
  } finally {
    clearTimeout(timer);
  }
}

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
    const event = await first([this.next, gone], instant);
    if (!event || event.tag) return event;
    this.next = this.events.next();
    return event.value;
  }
}

// The client's body, piece by piece; a piece that comes too late is the next one.
class Body {
  constructor(request) {
    this.reader = request.body?.getReader();
  }

  async read(instant, gone) {
    this.next ??= this.reader ? this.reader.read().catch(() => ({ tag: "gone" })) : { done: true };
    const piece = await first([this.next, gone], instant);
    if (piece) this.next = undefined;
    if (!piece || piece.tag) return piece;
    return piece.done ? { tag: "body-end" } : { tag: "body", val: piece.value };
  }
}

// Takes the steps of one exchange. `respond` is called once, with the answer.
async function take(exchange, request, respond, log) {
  const body = new Body(request);
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
    let event;
    if (["send", "pause", "done"].includes(tag)) call?.abort.abort();
    if (tag === "read-body") event = await body.read(val, gone);
    else if (tag === "send") call = new Call(val);
    else if (tag === "receive") event = await call.receive(val, gone);
    else if (tag === "pause") event = await first([gone], val);
    else if (tag === "begin") {
      head = { status: val.status, headers: new Headers(val.headers) };
      // An answer whose length is known is sent whole; others stream.
      if (!head.headers.has("content-length") && ![204, 304].includes(val.status)) respond(new Response(readable, head));
    } else if (tag === "write") {
      const [bytes, instant] = val;
      if (head.headers.has("content-length")) pieces.push(bytes);
      else {
        const written = writer.write(bytes).then(() => ({}), () => ({ tag: "gone" }));
        event = (await first([written], instant)) ?? { tag: "gone" };
      }
    } else {
      if (val) log(val.trimEnd());
      if (head && pieces.length > 0) respond(new Response(new Blob(pieces), head));
      else respond(new Response(null, head ?? { status: 499 }));
      await first([writer.close().catch(() => {})], now().instant + 1_000_000_000n);
      return;
    }
    if (event?.tag) exchange.on(event);
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
