// What deploy/worker/gateway.js does with a component that does as it is told here: node --expose-gc --test handler.test.mjs

import assert from "node:assert/strict";
import { test } from "node:test";

import { handler } from "../../../deploy/worker/gateway.js";

const soon = (ms) => BigInt(Math.round((performance.now() + ms) * 1e6));
const begin = { tag: "begin", val: { status: 200, headers: [["content-type", "text/event-stream"]] } };

// A gateway whose exchanges take these steps; each is told how many there were, and what was heard.
function gateway(step) {
  const heard = [];
  let steps = 0;
  return { heard, serve: () => ({ next: () => step(steps++, heard), on: ({ tag }) => heard.push(tag) }) };
}

const ask = (component, options) => handler(component, () => {})(new Request("http://gateway/", options));

test("a long stream is handed on and nothing of it is kept", async () => {
  const pieces = 40_000;
  const piece = () => ({ tag: "write", val: [new Uint8Array(1000), soon(60_000)] });
  const answer = await ask(gateway((at) => (at === 0 ? begin : at <= pieces ? piece() : { tag: "done" })));
  let bytes = 0;
  const held = [];
  for await (const { length } of answer.body) {
    bytes += length;
    if (bytes % 10_000_000 === 0) {
      globalThis.gc();
      held.push(process.memoryUsage().arrayBuffers);
    }
  }
  assert.equal(bytes, pieces * 1000);
  assert.ok(Math.max(...held) < 5_000_000, `${held}`);
});

test("a component that traps cuts the answer off, and its failure is told where there is none yet", async () => {
  const trap = (after) => gateway((at) => {
    if (at === after) throw new Error("trap");
    return at === 0 ? begin : { tag: "write", val: [new Uint8Array(1), soon(60_000)] };
  });
  const answer = await ask(trap(3));
  await assert.rejects(async () => { for await (const _ of answer.body); }, /trap/);
  await assert.rejects(ask(trap(0)), /trap/);
});

test("a client that does not read is gone, and what it got does not look whole", async () => {
  const component = gateway((at, heard) => {
    if (heard.includes("gone")) return { tag: "done" };
    return at === 0 ? begin : { tag: "write", val: [new Uint8Array(10), soon(200)] };
  });
  const answer = await ask(component);
  await new Promise((resolve) => setTimeout(resolve, 600));
  assert.ok(component.heard.includes("gone"), `${component.heard}`);
  await assert.rejects(async () => { for await (const _ of answer.body); });
});

test("a client that left before is noticed while anything is waited for", async () => {
  for (const step of [{ tag: "read-body", val: soon(60_000) }, { tag: "pause", val: soon(60_000) }]) {
    for (const ms of [0, 100]) {
      const abort = new AbortController();
      if (ms) setTimeout(() => abort.abort(), ms);
      else abort.abort();
      const component = gateway((_, heard) => (heard.includes("gone") ? { tag: "done" } : step));
      const body = new ReadableStream({});
      const answer = await ask(component, { method: "POST", body, duplex: "half", signal: abort.signal });
      assert.equal(answer.status, 499);
    }
  }
});
