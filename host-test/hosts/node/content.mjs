// What goes with a question and what comes with an answer, by the official SDKs: thinking, pictures, documents, the
// prompt cache, formats.

import assert from "node:assert/strict";

import { jsonSchemaOutputFormat } from "@anthropic-ai/sdk/helpers/json-schema";

import { FUNCTION, ofAnthropic, ofOpenai, RESULT, SKY, TOOL, WEATHER } from "./kits.mjs";
import { CLAUDE, MODEL, SCHEMA } from "./scenario.mjs";

// One grey pixel.
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==";
const PDF = Buffer.from(
  "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF",
).toString("base64");
// Longer than the shortest prompt that Claude keeps.
const LONG = "The rules of this house. ".repeat(400);

const lengthOf = (base64) => Buffer.from(base64, "base64").length;
const user = (...content) => [{ role: "user", content }];

export const anthropic = {
  // Signed thoughts go back with the tool's result: Bedrock refuses a thought that is not what was signed.
  async thinking(stand) {
    const client = ofAnthropic(await stand.good());
    const asked = {
      model: CLAUDE,
      max_tokens: 4000,
      thinking: { type: "enabled", budget_tokens: 2000 },
      tools: [TOOL],
    };
    const { content } = await client.messages.create({ ...asked, messages: [WEATHER] });
    assert.deepEqual([content[0].type, content.at(-1).type], ["thinking", "tool_use"]);
    assert.ok(content[0].thinking && content[0].signature);
    const result = { type: "tool_result", tool_use_id: content.at(-1).id, content: RESULT };
    const messages = [WEATHER, { role: "assistant", content }, { role: "user", content: [result] }];
    const thoughts = [];
    const stream = client.messages.stream({ ...asked, messages }).on("thinking", (thought) => thoughts.push(thought));
    const final = await stream.finalMessage();
    assert.ok(thoughts.length > 1);
    assert.equal(final.content[0].thinking, thoughts.join(""));
    assert.match(final.content.at(-1).text, /21 degrees/);
    const turns = [...messages, { role: "assistant", content: final.content }, ...SKY];
    assert.ok((await client.messages.create({ ...asked, messages: turns })).content.at(-1).text);
  },

  async images(stand) {
    const image = { type: "image", source: { type: "base64", media_type: "image/png", data: PNG } };
    const messages = user(image, { type: "text", text: "What is it?" });
    const message = await ofAnthropic(await stand.good()).messages.create({ model: MODEL, max_tokens: 300, messages });
    assert.ok(message.content[0].text.includes(`The image (png) held ${lengthOf(PNG)} bytes.`), message.content[0].text);
  },

  async documents(stand) {
    const source = { type: "base64", media_type: "application/pdf", data: PDF };
    const messages = user({ type: "document", source, title: "Report" }, { type: "text", text: "What does it say?" });
    const message = await ofAnthropic(await stand.good()).messages.create({ model: CLAUDE, max_tokens: 300, messages });
    const told = `The document “Report” (pdf) held ${lengthOf(PDF)} bytes.`;
    assert.ok(message.content[0].text.includes(told), message.content[0].text);
  },

  async "prompt-caching"(stand) {
    const client = ofAnthropic(await stand.good());
    const system = [{ type: "text", text: LONG, cache_control: { type: "ephemeral" } }];
    const ask = () => client.messages.create({ model: CLAUDE, max_tokens: 300, system, messages: SKY });
    const [first, again] = [(await ask()).usage, (await ask()).usage];
    assert.ok(first.cache_creation_input_tokens > 1000 && first.cache_read_input_tokens === 0, JSON.stringify(first));
    assert.equal(again.cache_read_input_tokens, first.cache_creation_input_tokens);
    return `${again.cache_read_input_tokens} tokens`;
  },

  async "structured-output"(stand) {
    const format = jsonSchemaOutputFormat({ ...SCHEMA, additionalProperties: false });
    const model = "anthropic.claude-sonnet-4-5-20250929-v1:0";
    const asked = { model, max_tokens: 300, messages: SKY, output_config: { format } };
    const answer = await ofAnthropic(await stand.good()).messages.parse(asked);
    assert.deepEqual(answer.parsed_output, { city: "Paris" });
  },
};

export const openai = {
  async thinking(stand) {
    const client = ofOpenai(await stand.good());
    const asked = { model: CLAUDE, tools: [FUNCTION], reasoning_effort: "low", max_completion_tokens: 8000 };
    const { message } = (await client.chat.completions.create({ ...asked, messages: [WEATHER] })).choices[0];
    // The name that other gateways use; the SDK keeps what it does not know.
    assert.ok(message.reasoning_content);
    const messages = [WEATHER, message, { role: "tool", tool_call_id: message.tool_calls[0].id, content: RESULT }];
    let thought = "", text = "";
    for await (const { choices } of await client.chat.completions.create({ ...asked, messages, stream: true })) {
      thought += choices[0]?.delta.reasoning_content ?? "";
      text += choices[0]?.delta.content ?? "";
    }
    assert.ok(thought);
    assert.match(text, /21 degrees/);
  },

  async images(stand) {
    const image = { type: "image_url", image_url: { url: `data:image/png;base64,${PNG}` } };
    const messages = user({ type: "text", text: "What is it?" }, image);
    const answer = await ofOpenai(await stand.good()).chat.completions.create({ model: MODEL, messages });
    const { content } = answer.choices[0].message;
    assert.ok(content.includes(`The image (png) held ${lengthOf(PNG)} bytes.`), content);
  },

  async documents(stand) {
    const file = { filename: "report.pdf", file_data: `data:application/pdf;base64,${PDF}` };
    const messages = user({ type: "file", file }, { type: "text", text: "What does it say?" });
    const answer = await ofOpenai(await stand.good()).chat.completions.create({ model: CLAUDE, messages });
    const { content } = answer.choices[0].message;
    assert.ok(content.includes("(pdf)") && content.includes(`held ${lengthOf(PDF)} bytes.`), content);
  },

  async "prompt-caching"(stand) {
    const client = ofOpenai(await stand.good());
    const part = { type: "text", text: `Mind: ${LONG}`, prompt_cache_breakpoint: { mode: "explicit" } };
    const ask = async () => {
      const messages = [{ role: "system", content: [part] }, ...SKY];
      return (await client.chat.completions.create({ model: CLAUDE, messages })).usage;
    };
    const [first, again] = [await ask(), await ask()];
    assert.equal(first.prompt_tokens_details.cached_tokens, 0);
    assert.ok(again.prompt_tokens_details.cached_tokens > 1000, JSON.stringify(again));
    assert.equal(again.prompt_tokens, first.prompt_tokens);
  },

  async "structured-output"(stand) {
    // A model without a format of its own: the gateway asks for it by a tool.
    const schema = { ...SCHEMA, additionalProperties: false };
    const response_format = { type: "json_schema", json_schema: { name: "place", strict: true, schema } };
    const asked = { model: MODEL, messages: SKY, response_format };
    const answer = await ofOpenai(await stand.good()).chat.completions.parse(asked);
    assert.deepEqual(answer.choices[0].message.parsed, { city: "Paris" });
  },
};

export const responses = {
  // As the documentation has it where nothing is stored: the thoughts go back sealed.
  async thinking(stand) {
    const client = ofOpenai(await stand.good());
    const asked = {
      model: CLAUDE,
      tools: [{ type: "function", ...FUNCTION.function, strict: false }],
      reasoning: { effort: "low", summary: "auto" },
      include: ["reasoning.encrypted_content"],
      store: false,
      max_output_tokens: 8000,
    };
    const { output } = await client.responses.create({ ...asked, input: [WEATHER] });
    assert.deepEqual([output[0].type, output.at(-1).type], ["reasoning", "function_call"]);
    assert.ok(output[0].summary[0].text && output[0].encrypted_content);
    const result = { type: "function_call_output", call_id: output.at(-1).call_id, output: RESULT };
    const input = [WEATHER, ...output, result];
    let thought = "";
    const stream = client.responses
      .stream({ ...asked, input })
      .on("response.reasoning_summary_text.delta", ({ delta }) => (thought += delta));
    const answer = await stream.finalResponse();
    assert.ok(thought);
    assert.equal(answer.output[0].summary[0].text, thought);
    assert.match(answer.output_text, /21 degrees/);
    const turns = [...input, ...answer.output, ...SKY];
    assert.ok((await client.responses.create({ ...asked, input: turns })).output_text);
  },

  async images(stand) {
    const image = { type: "input_image", image_url: `data:image/png;base64,${PNG}`, detail: "auto" };
    const input = user({ type: "input_text", text: "What is it?" }, image);
    const { output_text } = await ofOpenai(await stand.good()).responses.create({ model: MODEL, input });
    assert.ok(output_text.includes(`The image (png) held ${lengthOf(PNG)} bytes.`), output_text);
  },

  async documents(stand) {
    const file = { type: "input_file", filename: "report.pdf", file_data: `data:application/pdf;base64,${PDF}` };
    const input = user(file, { type: "input_text", text: "What does it say?" });
    const { output_text } = await ofOpenai(await stand.good()).responses.create({ model: CLAUDE, input });
    assert.ok(output_text.includes("(pdf)") && output_text.includes(`held ${lengthOf(PDF)} bytes.`), output_text);
  },

  async "structured-output"(stand) {
    const schema = { ...SCHEMA, additionalProperties: false };
    const text = { format: { type: "json_schema", name: "place", strict: true, schema } };
    const answer = await ofOpenai(await stand.good()).responses.parse({ model: MODEL, input: SKY, text });
    assert.deepEqual(answer.output_parsed, { city: "Paris" });
  },
};
