// The official SDKs for TypeScript against the gateway, on wasmtime: one line of JSON for each scenario, status 1 where
// one failed. The calls are written as the SDKs' own documentation shows.
//
//     node clients.mjs --emulator target/debug/bedrock-host --services host-test/hosts/services.py \
//         --component target/components/bedrock_gateway.wasm --wasmtime WASMTIME [SCENARIO …]

import assert from "node:assert/strict";

import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

import * as content from "./content.mjs";
import { FUNCTION, ofAnthropic, ofOpenai, RESULT, SKY, TOOL, WEATHER } from "./kits.mjs";
import { arrivedOverTime, CLAUDE, main, MODEL } from "./scenario.mjs";

const KITS = {
  anthropic: {
    kit: Anthropic,
    client: ofAnthropic,
    ask: (client, model) => client.messages.create({ model, max_tokens: 300, messages: SKY }),
    consume: (client, model) => client.messages.stream({ model, max_tokens: 300, messages: SKY }).finalMessage(),
  },
  openai: {
    kit: OpenAI,
    client: ofOpenai,
    ask: (client, model) => client.chat.completions.create({ model, messages: SKY }),
    consume: (client, model) => all(client.chat.completions.create({ model, messages: SKY, stream: true })),
  },
  responses: {
    kit: OpenAI,
    client: ofOpenai,
    ask: (client, model) => client.responses.create({ model, input: SKY }),
    consume: (client, model) => all(client.responses.create({ model, input: SKY, stream: true })),
  },
};

async function all(stream) {
  const events = [];
  for await (const event of await stream) events.push(event);
  return events;
}

// What goes wrong, as each SDK tells it.
const failures = ({ kit, client, ask, consume }) => ({
  async "upstream-error"(stand) {
    const once = client(await stand.bad(), { maxRetries: 0 });
    await assert.rejects(ask(once, "fault.throttled"), kit.RateLimitError);
    await assert.rejects(ask(once, "fault.denied"), kit.PermissionDeniedError);
  },

  // What the SDK may try again, it does.
  async retries(stand) {
    const { requests } = await stand.faulty();
    const counts = [];
    for (const maxRetries of [0, 1]) {
      const before = requests.length;
      await assert.rejects(ask(client(await stand.bad(), { maxRetries }), "fault.throttled"), kit.RateLimitError);
      counts.push(requests.length - before);
    }
    assert.ok(counts[0] > 0);
    assert.equal(counts[1], 2 * counts[0]);
    return `${counts[0]} and ${counts[1]} requests`;
  },

  async "wrong-key"(stand) {
    await assert.rejects(ask(client(await stand.good(), { apiKey: "another" }), MODEL), kit.AuthenticationError);
  },

  async "broken-stream"(stand) {
    const once = client(await stand.bad(), { maxRetries: 0 });
    await assert.rejects(consume(once, "fault.exception"), (error) => {
      assert.ok(error instanceof kit.APIError || error instanceof kit.AnthropicError, error);
      return /slow down/.test(error.message);
    });
  },
});

const models = ({ client }) => ({
  async models(stand) {
    const { models } = client(await stand.good());
    const ids = (await all(models.list())).map(({ id }) => id);
    assert.ok(ids.includes("small"));
    // By a name of the settings, and by the id of an inference profile.
    for (const name of ["small", MODEL]) assert.equal((await models.retrieve(name)).id, name);
    return `${ids.length} models`;
  },
});

const anthropic = {
  async complete(stand) {
    const client = ofAnthropic(await stand.good());
    const message = await client.messages.create({ model: MODEL, max_tokens: 300, messages: SKY });
    assert.equal(message.stop_reason, "end_turn");
    assert.match(message.content[0].text, /sky/);
    assert.ok(message.usage.input_tokens > 0 && message.usage.output_tokens > 0);
  },

  async stream(stand) {
    const moments = [];
    const stream = ofAnthropic(await stand.good())
      .messages.stream({ model: MODEL, max_tokens: 300, messages: SKY })
      .on("text", () => moments.push(performance.now()));
    const message = await stream.finalMessage();
    assert.equal(message.content[0].text, await stream.finalText());
    assert.match(message.content[0].text, /sky/);
    return arrivedOverTime(moments);
  },

  async tools(stand) {
    const client = ofAnthropic(await stand.good());
    const asked = { model: MODEL, max_tokens: 300, tools: [TOOL] };
    const message = await client.messages.create({ ...asked, messages: [WEATHER] });
    assert.equal(message.stop_reason, "tool_use");
    const call = message.content.find(({ type }) => type === "tool_use");
    assert.equal(call.name, "get_weather");
    const result = { type: "tool_result", tool_use_id: call.id, content: RESULT };
    const messages = [WEATHER, { role: "assistant", content: message.content }, { role: "user", content: [result] }];
    assert.match(await client.messages.stream({ ...asked, messages }).finalText(), /21 degrees/);
  },

  async "count-tokens"(stand) {
    const { input_tokens } = await ofAnthropic(await stand.good()).messages.countTokens({ model: CLAUDE, messages: SKY });
    assert.ok(input_tokens > 0);
  },
};

const openai = {
  async complete(stand) {
    const answer = await ofOpenai(await stand.good()).chat.completions.create({ model: MODEL, messages: SKY });
    assert.equal(answer.choices[0].finish_reason, "stop");
    assert.match(answer.choices[0].message.content, /sky/);
    assert.ok(answer.usage.prompt_tokens > 0 && answer.usage.completion_tokens > 0);
  },

  async stream(stand) {
    const client = ofOpenai(await stand.good()), moments = [];
    const stream = client.chat.completions
      .stream({ model: MODEL, messages: SKY, stream_options: { include_usage: true } })
      .on("content", () => moments.push(performance.now()));
    assert.match(await stream.finalContent(), /sky/);
    assert.ok((await stream.totalUsage()).total_tokens > 0);
    return arrivedOverTime(moments);
  },

  async tools(stand) {
    const client = ofOpenai(await stand.good());
    const asked = { model: MODEL, tools: [FUNCTION] };
    const answer = await client.chat.completions.create({ ...asked, messages: [WEATHER] });
    assert.equal(answer.choices[0].finish_reason, "tool_calls");
    const { message } = answer.choices[0];
    const [call] = message.tool_calls;
    assert.equal(call.function.name, "get_weather");
    JSON.parse(call.function.arguments);
    const messages = [WEATHER, message, { role: "tool", tool_call_id: call.id, content: RESULT }];
    const second = await client.chat.completions.create({ ...asked, messages });
    assert.match(second.choices[0].message.content, /21 degrees/);
  },
};

const responses = {
  async complete(stand) {
    const answer = await ofOpenai(await stand.good()).responses.create({ model: MODEL, input: "Why is the sky blue?" });
    assert.equal(answer.status, "completed");
    assert.match(answer.output_text, /sky/);
    assert.ok(answer.usage.input_tokens > 0 && answer.usage.output_tokens > 0);
  },

  async stream(stand) {
    const moments = [];
    const stream = ofOpenai(await stand.good())
      .responses.stream({ model: MODEL, input: "Why is the sky blue?" })
      .on("response.output_text.delta", () => moments.push(performance.now()));
    const answer = await stream.finalResponse();
    assert.equal(answer.status, "completed");
    assert.match(answer.output_text, /sky/);
    return arrivedOverTime(moments);
  },

  async tools(stand) {
    const client = ofOpenai(await stand.good());
    const asked = { model: MODEL, tools: [{ type: "function", ...FUNCTION.function, strict: false }] };
    const { output } = await client.responses.create({ ...asked, input: [WEATHER] });
    const call = output.find(({ type }) => type === "function_call");
    assert.equal(call.name, "get_weather");
    JSON.parse(call.arguments);
    const input = [WEATHER, ...output, { type: "function_call_output", call_id: call.call_id, output: RESULT }];
    assert.match((await client.responses.create({ ...asked, input })).output_text, /21 degrees/);
  },
};

// Under their own names; those of OpenAI's APIs with theirs behind.
const named = (scenarios, suffix = "") =>
  Object.fromEntries(Object.entries(scenarios).map(([name, run]) => [name + suffix, run]));

main("SDKs, TypeScript", {
  ...named({ ...anthropic, ...content.anthropic, ...failures(KITS.anthropic), ...models(KITS.anthropic) }),
  ...named({ ...openai, ...content.openai, ...failures(KITS.openai), ...models(KITS.openai) }, "-openai"),
  ...named({ ...responses, ...content.responses, ...failures(KITS.responses) }, "-responses"),
});
