// What a scenario is and how it says what it saw; what all scenarios ask.

import assert from "node:assert/strict";

import * as servers from "./servers.mjs";

export const MODEL = "us.amazon.nova-lite-v1:0";
export const CLAUDE = "anthropic.claude-sonnet-4-20250514-v1:0";
export const SCHEMA = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const KEYS = { AWS_ACCESS_KEY_ID: "AKIDCONFIGURED", AWS_SECRET_ACCESS_KEY: "configured-secret", AWS_REGION: "us-east-1" };

// `--name value` becomes a member; what remains names scenarios.
export function parsed(argv) {
  const options = { scenarios: [] };
  for (let at = 2; at < argv.length; at += 1) {
    if (argv[at].startsWith("--")) options[argv[at].slice(2)] = argv[(at += 1)];
    else options.scenarios.push(argv[at]);
  }
  return options;
}

// What the scenarios need, started when it is first asked for.
export class Stand {
  constructor(options) {
    this.options = options;
    this.made = new Map();
  }

  once(name, make) {
    if (!this.made.has(name)) this.made.set(name, make());
    return this.made.get(name);
  }

  emulator() {
    return this.once("emulator", () => servers.emulator(this.options.emulator));
  }

  faulty() {
    return this.once("faulty", async () => ({ variables: KEYS, ...(await servers.faulty(this.options.services)) }));
  }

  // The gateway on wasmtime, in front of this Bedrock.
  gateway(name, bedrock, settings) {
    return this.once(name, async () => {
      const { url, variables } = await bedrock;
      const environment = { ...variables, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url, GATEWAY_KEYS: "ann=client-key", ...settings };
      return servers.wasmtime(this.options.wasmtime, this.options.component, environment);
    });
  }

  good() {
    return this.gateway("good", this.emulator(), { GATEWAY_MODELS: JSON.stringify({ small: `bedrock/${MODEL}` }) });
  }

  bad() {
    return this.gateway("bad", this.faulty());
  }

  // Whether what was started is still as it was.
  async isWell() {
    for (const started of this.made.values()) {
      const logged = (await started).logged?.() ?? "";
      assert.doesNotMatch(logged, /panicked|wasm trap/);
    }
  }

  async stop() {
    for (const started of [...this.made.values()].reverse()) await (await started.catch(() => undefined))?.stop?.();
  }
}

// Each of a stream's pieces arrived on its own: the emulator waits 45 ms before each.
export function arrivedOverTime(moments) {
  const spread = moments.at(-1) - moments[0];
  assert.ok(moments.length > 3 && spread > 30 * (moments.length - 1), `${moments.length} pieces in ${spread} ms`);
  return `${moments.length} pieces in ${Math.round(spread)} ms`;
}

// Runs the scenarios, all or those that are named: a line of JSON for each; status 1 where one failed.
export async function main(host, scenarios, make = (options) => new Stand(options)) {
  const options = parsed(process.argv);
  const stand = make(options);
  try {
    for (const [scenario, run] of Object.entries(scenarios)) {
      if (options.scenarios.length && !options.scenarios.includes(scenario)) continue;
      const line = { host, scenario, outcome: "ok" };
      try {
        line.detail = await run(stand);
        await stand.isWell();
      } catch (error) {
        process.exitCode = 1;
        line.outcome = "failed";
        line.detail = String(error.stack ?? error).slice(0, 2000);
      }
      console.log(JSON.stringify(line));
    }
  } finally {
    await stand.stop();
  }
}
