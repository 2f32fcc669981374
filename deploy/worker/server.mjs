// The same gateway as a server on Node.js, Deno or Bun, with the environment as its settings:
//
//     node server.mjs 8080
//     deno run --allow-net --allow-read --allow-env server.mjs 8080
//     bun server.mjs 8080

import { readFileSync } from "node:fs";
import process from "node:process";

import { instantiate } from "./codec/bedrock_gateway_codec.js";
import { handler } from "./gateway.js";

const [port = "8080", hostname = "127.0.0.1"] = process.argv.slice(2);
const core = (name) => new WebAssembly.Module(readFileSync(new URL(`codec/${name}`, import.meta.url)));
const { gatewayCodec } = instantiate(core, {});
const serve = handler(new gatewayCodec.Gateway(Object.entries(process.env)));

if (globalThis.Deno) Deno.serve({ port: Number(port), hostname, onListen() {} }, serve);
else if (globalThis.Bun) Bun.serve({ port: Number(port), hostname, fetch: serve, idleTimeout: 0 });
else await node(Number(port), hostname);

// Node.js has the Fetch API, but no server for it.
async function node(port, hostname) {
  const { createServer } = await import("node:http");
  const { Readable } = await import("node:stream");
  const { pipeline } = await import("node:stream/promises");
  const server = createServer(async (incoming, outgoing) => {
    const abort = new AbortController();
    outgoing.on("close", () => abort.abort());
    // What was not read of a body that was refused must not hold the connection up.
    outgoing.on("finish", () => incoming.complete || incoming.destroy());
    const { method, url, headers } = incoming;
    const body = ["GET", "HEAD"].includes(method) ? null : Readable.toWeb(incoming);
    try {
      const request = new Request(`http://gateway${url}`, { method, headers, body, duplex: "half", signal: abort.signal });
      const answer = await serve(request);
      outgoing.writeHead(answer.status, [...answer.headers].flat());
      outgoing.flushHeaders();
      if (answer.body) await pipeline(Readable.fromWeb(answer.body), outgoing);
      else outgoing.end();
    } catch (error) {
      outgoing.destroy(error);
    }
  });
  server.listen(port, hostname);
}
