// A program with the AI SDK: it is called with the name of an API, its prompt is standard input.

import { readFileSync, writeFileSync } from "node:fs";

import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

const { GATEWAY_URL, GATEWAY_KEY: apiKey, GATEWAY_MODEL: id, VAULT_WORD } = process.env;
const baseURL = `${GATEWAY_URL}/v1`;

const tools = {
  read_note: tool({
    description: "Reads a note.",
    inputSchema: z.object({ path: z.string().describe("The file's path.") }),
    execute: ({ path }) => readFileSync(path, "utf8"),
  }),
  open_vault: tool({
    description: "Opens the vault and returns the word that is kept in it.",
    inputSchema: z.object({
      drawer: z.object({ side: z.enum(["left", "right"]), number: z.number().int().min(1).max(9) }).describe("Which drawer."),
      reason: z.string().nullish(),
    }),
    execute: ({ drawer }) => ({ drawer, holds: VAULT_WORD }),
  }),
  write_note: tool({
    description: "Writes a note, over what was there.",
    inputSchema: z.object({ path: z.string(), lines: z.array(z.string()).nonempty() }),
    execute({ path, lines }) {
      writeFileSync(path, lines.join("\n"));
      return "written";
    },
  }),
};

const APIS = {
  messages: () => ({
    model: createAnthropic({ baseURL, apiKey })(id),
    providerOptions: { anthropic: { thinking: { type: "enabled", budgetTokens: 2000 } } },
  }),
  chat: () => ({
    model: createOpenAI({ baseURL, apiKey }).chat(id),
    providerOptions: { openai: { reasoningEffort: "medium" } },
  }),
  responses: () => ({
    model: createOpenAI({ baseURL, apiKey }).responses(id),
    providerOptions: {
      openai: { store: false, reasoningEffort: "medium", reasoningSummary: "auto", include: ["reasoning.encrypted_content"] },
    },
  }),
};

async function ask(api, prompt) {
  let failure;
  const result = streamText({
    ...APIS[api](),
    system: "You are a clerk who works with tools.",
    prompt,
    tools,
    stopWhen: stepCountIs(10),
    onError: ({ error }) => (failure = error),
  });
  await result.consumeStream({ onError: (error) => (failure ??= error) });
  if (failure) throw failure;
  return result.text;
}

const [api] = process.argv.slice(2);
const prompt = readFileSync(0, "utf8");
try {
  console.log(await ask(api, prompt));
} catch (error) {
  // It does not ask again by itself when a stream breaks off.
  console.log(String(error));
  console.log(await ask(api, prompt));
}
