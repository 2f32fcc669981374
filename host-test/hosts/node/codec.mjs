// The codec on Node.js: jco makes a module of the component, and Node.js's own client sends what it prepares.
//
//     node codec.mjs --emulator target/debug/bedrock-host --services host-test/hosts/services.py \
//         --component target/components/bedrock_codec.wasm [SCENARIO …]

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { request as open } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";

import { transpile } from "@bytecodealliance/jco";

import { arrivedOverTime, CLAUDE, main, MODEL, SCHEMA, Stand } from "./scenario.mjs";

const WEATHER = { name: "get_weather", description: "Tells it.", inputSchema: JSON.stringify(SCHEMA) };

class Codec extends Stand {
  // As `jco transpile` does it.
  codec() {
    return this.once("codec", async () => {
      const folder = await mkdtemp(join(tmpdir(), "codec-"));
      try {
        const { files } = await transpile(await readFile(this.options.component), { name: "codec" });
        for (const [name, content] of Object.entries(files)) {
          await mkdir(dirname(join(folder, name)), { recursive: true });
          await writeFile(join(folder, name), content);
        }
        await writeFile(join(folder, "package.json"), '{"type":"module"}');
        return (await import(pathToFileURL(join(folder, "codec.js")))).codec;
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  }

  async good() {
    return context(await this.emulator());
  }

  async bad() {
    return context(await this.faulty());
  }
}

function context({ url, variables }) {
  const credentials = {
    accessKeyId: variables.AWS_ACCESS_KEY_ID,
    secretAccessKey: variables.AWS_SECRET_ACCESS_KEY,
    region: variables.AWS_REGION,
  };
  return { credentials: JSON.stringify(credentials), endpoint: url, strict: false, deadlines: {}, fallbacks: [] };
}

const text = (text) => ({ tag: "text", val: { text, citations: [] } });

function question(asked, model = MODEL, members = {}) {
  return {
    model: `bedrock/${model}`,
    maxTokens: 300,
    messages: [{ role: "user", content: [text(asked)] }],
    system: [],
    stopSequences: [],
    tools: [],
    metadata: [],
    betas: [],
    ...members,
  };
}

const now = () => BigInt(Date.now());

// The answer, once its head is there, and its headers as the codec takes them.
async function send({ method, authority, path, headers, body }) {
  const { hostname, port } = new URL(`http://${authority}`);
  const sent = open({ method, hostname, port, path, headers: Object.fromEntries(headers) });
  sent.end(body);
  const [answer] = await once(sent, "response");
  const flat = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
  return [answer, flat];
}

async function complete(stand, asked, context) {
  const codec = await stand.codec();
  const { request, state } = codec.prepare(asked, context, "complete", now());
  const [answer, headers] = await send(request);
  return codec.decodeResponse(state, answer.statusCode, headers, Buffer.concat(await answer.toArray()));
}

// The chunks as they come.
async function* stream(stand, asked, context) {
  const codec = await stand.codec();
  const { request, state } = codec.prepare(asked, context, "stream", now());
  const [answer, headers] = await send(request);
  const decoder = new codec.Decoder(state, answer.statusCode, headers);
  try {
    for await (const bytes of answer) yield* decoder.push(bytes);
    yield* decoder.finish();
  } finally {
    decoder[Symbol.dispose]();
  }
}

// A request that is sent; what comes of it waits until it is asked for.
class Exchange {
  constructor({ method, authority, path, headers, body }) {
    const { hostname, port } = new URL(`http://${authority}`);
    this.sent = open({ method, hostname, port, path, headers: Object.fromEntries(headers) });
    this.events = this.run(body);
    this.next = this.events.next();
  }

  async *run(body) {
    try {
      this.sent.end(body);
      const [answer] = await once(this.sent, "response");
      const headers = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
      yield { tag: "head", val: { status: answer.statusCode, headers } };
      for await (const bytes of answer) yield { tag: "bytes", val: bytes };
      yield { tag: "end" };
    } catch ({ message }) {
      yield { tag: "failed", val: { kind: "connection", message } };
    }
  }

  // The next event; none where there is none until this instant.
  async receive(until) {
    const event = await (until === undefined ? this.next : Promise.race([this.next, sleepUntil(until)]));
    if (event) this.next = this.events.next();
    return event?.value;
  }

  close() {
    this.sent.destroy();
  }
}

const sleepUntil = (until) => setTimeout(Math.max(0, Number(until - process.hrtime.bigint()) / 1e6), undefined, { ref: false });
const moment = () => ({ instant: process.hrtime.bigint(), unixMs: now() });

// The chunks of a stream, as they come; the value of the generator is the answer, or the count.
async function* steps(stand, asked, context, operation, credentials) {
  const codec = await stand.codec();
  const call = new codec.Call(asked, context, operation, moment());
  let exchange;
  try {
    for (;;) {
      const { tag, val } = call.next(moment(), BigInt(Math.floor(Math.random() * 2 ** 52)));
      if (["send", "pause", "find-credentials"].includes(tag)) exchange?.close();
      if (tag === "find-credentials") {
        call.on(credentials ? { tag: "credentials", val: credentials() } : { tag: "no-credentials", val: "nobody knows any" });
      } else if (tag === "send") exchange = new Exchange(val);
      else if (tag === "receive") {
        const event = await exchange.receive(val);
        if (event) call.on(event);
      } else if (tag === "pause") await sleepUntil(val);
      else if (tag === "chunks") yield* val;
      else if (tag === "failed") throw Object.assign(new Error(val.message), { payload: val });
      else if (tag !== "settle") return val;
    }
  } finally {
    exchange?.close();
    call[Symbol.dispose]();
  }
}

async function valueOf(generator) {
  const chunks = [];
  for (;;) {
    const { done, value } = await generator.next();
    if (done) return [value, chunks];
    chunks.push(value);
  }
}

const isText = ({ tag, val }) => tag === "content-block-delta" && val.delta.tag === "text-delta";
const textOf = (chunks) => chunks.filter(isText).map(({ val }) => val.delta.val).join("");

async function told(call) {
  try {
    await call();
  } catch (error) {
    assert.ok(error.payload?.kind, error);
    return error.payload;
  }
  assert.fail("there was no error");
}

async function collected(chunks, into = []) {
  for await (const chunk of chunks) into.push(chunk);
  return into;
}

main(
  "codec, Node",
  {
    async complete(stand) {
      const answer = await complete(stand, question("Why is the sky blue?"), await stand.good());
      assert.equal(answer.stopReason.tag, "end-turn");
      assert.match(answer.content[0].val.text, /sky/);
      assert.ok(answer.cost.total > 0n);
    },

    async stream(stand) {
      const moments = [], chunks = [];
      for await (const chunk of stream(stand, question("Tell me a story."), await stand.good())) {
        chunks.push(chunk);
        if (isText(chunk)) moments.push(performance.now());
      }
      assert.ok(textOf(chunks).length > 40);
      assert.equal(chunks.at(-1).tag, "message-stop");
      return arrivedOverTime(moments);
    },

    async tools(stand) {
      const asked = question("Use the tool: what is the weather in Berlin?", MODEL, { tools: [WEATHER] });
      const answer = await complete(stand, asked, await stand.good());
      assert.equal(answer.stopReason.tag, "tool-use");
      const call = answer.content.find(({ tag }) => tag === "tool-use").val;
      assert.equal(call.name, "get_weather");
      JSON.parse(call.input);
      const content = [{ tag: "text", val: { text: "21 degrees and sunny" } }];
      asked.messages.push(
        { role: "assistant", content: answer.content },
        { role: "user", content: [{ tag: "tool-result", val: { toolUseId: call.id, content, isError: false } }] },
      );
      assert.match(textOf(await collected(stream(stand, asked, await stand.good()))), /21 degrees/);
    },

    async "upstream-error"(stand) {
      const bad = await stand.bad();
      for (const [model, kind] of [["fault.throttled", "rate-limited"], ["fault.denied", "permission"], ["fault.bodiless", "upstream"]]) {
        for (const ask of [complete, async (...asked) => collected(stream(...asked))]) {
          assert.equal((await told(() => ask(stand, question("Hi", model), bad))).kind, kind);
        }
      }
    },

    async "broken-stream"(stand) {
      for (const model of ["fault.exception", "fault.truncated", "fault.mid-frame", "fault.corrupt"]) {
        const chunks = [], bad = await stand.bad();
        const { message } = await told(() => collected(stream(stand, question("Hi", model), bad), chunks));
        assert.ok(message);
        assert.match(textOf(chunks), /^Once /, model);
        assert.ok(!chunks.some(({ tag }) => tag === "message-stop"), model);
      }
    },

    async "any-split"(stand) {
      const codec = await stand.codec();
      const { request, state } = codec.prepare(question("Tell me a story."), await stand.good(), "stream", now());
      const [answer, headers] = await send(request);
      const body = Buffer.concat(await answer.toArray());
      const seen = [1, 2, 3, 7, 64, 1000, body.length].map((size) => {
        const decoder = new codec.Decoder(state, answer.statusCode, headers), chunks = [];
        for (let at = 0; at < body.length; at += size) chunks.push(...decoder.push(body.subarray(at, at + size)));
        chunks.push(...decoder.finish());
        decoder[Symbol.dispose]();
        return chunks;
      });
      assert.equal(seen[0].at(-1).tag, "message-stop");
      for (const chunks of seen) assert.deepEqual(chunks, seen[0]);
      return `${body.length} bytes, ${seen.length} times`;
    },

    // Whole calls that are throttled, expired, without room or signed by a wrong clock at first.
    async "second-attempts"(stand) {
      const bad = await stand.bad();
      const others = () => JSON.stringify({ ...JSON.parse(bad.credentials), accessKeyId: "AKIDRENEWED" });
      for (const name of ["throttled", "full", "skewed", "expired"]) {
        const context = { ...bad, fallbacks: name === "full" ? ["eu-west-1"] : [] };
        const asked = question("Hi", `passing.${name}`);
        const [answer] = await valueOf(steps(stand, asked, context, "complete", others));
        assert.equal(answer.content[0].val.text, "well", name);
        // The clock is corrected by now.
        if (name === "skewed") continue;
        const [, chunks] = await valueOf(steps(stand, asked, context, "stream", others));
        assert.equal(textOf(chunks), "Once upon a time", name);
      }
      const nobody = () => valueOf(steps(stand, question("Hi", "passing.expired"), bad, "complete"));
      assert.equal((await told(nobody)).kind, "authentication");
    },

    async "wrong-request"(stand) {
      const codec = await stand.codec(), good = await stand.good();
      const wrong = {
        model: [{ ...question("Hi"), model: "bedrock/" }, good],
        messages: [{ ...question("Hi"), messages: [] }, good],
        "tools[0].input_schema": [question("Hi", MODEL, { tools: [{ ...WEATHER, inputSchema: "{" }] }), good],
        "context.credentials.region": [question("Hi"), { ...good, credentials: '{"accessKeyId":"A"}' }],
      };
      for (const [path, asked] of Object.entries(wrong)) {
        assert.equal((await told(() => codec.prepare(...asked, "complete", now()))).path, path);
      }
    },

    async "count-tokens"(stand) {
      const codec = await stand.codec();
      const { request, state } = codec.prepare(question("Hi", CLAUDE), await stand.good(), "count-tokens", now());
      const [answer, headers] = await send(request);
      const body = Buffer.concat(await answer.toArray());
      assert.ok(codec.decodeCount(state, answer.statusCode, headers, body) > 0n);
    },
  },
  (options) => new Codec(options),
);
