// The gateway's page in headless Chromium, the gateway on wasmtime: one line of JSON for each scenario, status 1 where
// one failed.
//
//     node page.mjs --chromium /usr/bin/chromium --emulator target/debug/bedrock-host \
//         --services host-test/hosts/services.py --component target/components/bedrock_gateway.wasm \
//         --wasmtime WASMTIME [SCENARIO …]

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import { chromium } from "playwright-core";

import { TOOL } from "./kits.mjs";
import { arrivedOverTime, CLAUDE, main, Stand } from "./scenario.mjs";

// Chromium by itself asks its maker for much.
const QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-quic", "--disable-sync"];

class Browser extends Stand {
  browser() {
    return this.once("browser", async () => {
      // Chromium has no sandbox for root.
      const args = process.getuid?.() === 0 ? ["--no-sandbox", ...QUIET] : QUIET;
      const browser = await chromium.launch({ executablePath: this.options.chromium, args });
      return { browser, stop: () => browser.close() };
    });
  }

  // The page as a visitor sees it, in a browser profile of its own. `look` fails where the page asks for anything from
  // elsewhere, breaks its own policy or throws.
  async visit(gateway, look, key = "client-key") {
    const { url } = await gateway, { browser } = await this.browser();
    const context = await browser.newContext();
    const page = await context.newPage(), faults = [];
    page.setDefaultTimeout(20_000);
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("console", (message) => {
      // A refusal is in the console too.
      if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) faults.push(message.text());
    });
    page.on("request", (request) => {
      if (!/^(data:|blob:)/.test(request.url()) && new URL(request.url()).origin !== url) faults.push(request.url());
    });
    try {
      await page.goto(url);
      await page.getByLabel("Key").fill(key);
      await page.getByLabel("Key").blur();
      const detail = await look(page);
      assert.deepEqual(faults, []);
      return detail;
    } finally {
      await context.close();
    }
  }
}

async function ask(page, text, model) {
  if (model) await page.getByLabel("Model").fill(model);
  await page.getByLabel("Your message").fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

const last = (page, selector) => page.locator("article.assistant").last().locator(selector);

// What the last answer tells of itself, once it is over.
async function facts(page) {
  await last(page, ".facts").waitFor();
  const items = await last(page, ".facts li").all();
  return Object.fromEntries(await Promise.all(items.map(async (item) => [await item.getAttribute("class"), await item.textContent()])));
}

main(
  "page, Chromium",
  {
    models: (stand) =>
      stand.visit(stand.good(), async (page) => {
        await page.locator("#models option").first().waitFor({ state: "attached" });
        // The names of the settings come first.
        assert.equal(await page.locator("#models option").first().getAttribute("value"), "small");
        // Without one nothing is asked.
        await ask(page, "Hi");
        assert.equal(await page.getByLabel("Model").evaluate((model) => model.validity.valueMissing), true);
        assert.equal(await page.locator("article").count(), 0);
        return `${await page.locator("#models option").count()} models`;
      }),

    stream: (stand) =>
      stand.visit(stand.good(), async (page) => {
        // Each change of the answer's text, as the page makes it.
        await page.evaluate(() => {
          window.moments = [];
          new MutationObserver(() => {
            const length = document.querySelector("article.assistant .text")?.textContent.length ?? 0;
            if (length > (window.moments.at(-1)?.length ?? 0)) window.moments.push({ at: performance.now(), length });
          }).observe(document.getElementById("turns"), { childList: true, subtree: true });
        });
        await page.getByLabel("Model").fill("small");
        await page.getByLabel("Your message").fill("Why is the sky blue?");
        await page.getByLabel("Your message").press("Control+Enter");
        // What is typed meanwhile is the next question's.
        await page.getByLabel("Your message").fill("And the sea?");
        const told = await facts(page);
        assert.match(await last(page, ".text").textContent(), /Why is the sky blue/);
        assert.match(told["first-token"], /^\d+\.\d\d s/);
        assert.match(told.tokens, /^\d+ tokens in, \d+ out$/);
        assert.match(told.cost, /^\$0\.0+[1-9]\d*$/);
        assert.equal(told.reason, "end_turn");
        assert.equal(await page.getByLabel("Your message").inputValue(), "And the sea?");
        return arrivedOverTime(await page.evaluate(() => window.moments.map(({ at }) => at)));
      }),

    thinking: (stand) =>
      stand.visit(stand.good(), async (page) => {
        await page.getByLabel("Think").selectOption("1024");
        await ask(page, "Why?", CLAUDE);
        await facts(page);
        assert.match(await last(page, ".thinking .text").textContent(), /A short story will do/);
        // The thought goes back with the next question; Bedrock refuses one that is not as it was signed.
        await ask(page, "And then?");
        await page.locator("article.assistant").nth(1).locator(".facts").waitFor();
        assert.match(await last(page, "> .text").textContent(), /And then/);
      }),

    tools: (stand) =>
      stand.visit(stand.good(), async (page) => {
        await page.getByText("System prompt and tools").click();
        await page.getByLabel("Tools, as a JSON array").fill(JSON.stringify([TOOL]));
        await ask(page, "Use the tool: what is the weather in Berlin?", "small");
        assert.equal((await facts(page)).reason, "tool_use");
        assert.equal(await last(page, ".tool code").textContent(), TOOL.name);
        assert.deepEqual(JSON.parse(await last(page, ".tool .input").textContent()), { city: "Paris" });
        await page.getByLabel(`Result of ${TOOL.name}`).fill("21 degrees");
        await page.getByRole("button", { name: "Send" }).click();
        await page.locator("article.assistant").nth(1).locator(".facts").waitFor();
        assert.match(await last(page, ".text").textContent(), /21 degrees/);
      }),

    "cut-call": (stand) =>
      stand.visit(stand.bad(), async (page) => {
        await ask(page, "Write", "fault.cut-call");
        await page.getByText("A call was cut short").waitFor();
        // The conversation goes on without it.
        await ask(page, "Hi", "fault.whole");
        await page.locator("article.assistant").nth(1).locator(".facts").waitFor();
        assert.equal(await last(page, ".text").textContent(), "Once upon a time");
      }),

    files: (stand) =>
      stand.visit(stand.good(), async (page) => {
        await page.getByLabel("Files").setInputFiles([
          { name: "note.txt", mimeType: "text/plain", buffer: Buffer.from("Grass is green.") },
          { name: "report.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.4 of nothing") },
        ]);
        await ask(page, "What do they say?", CLAUDE);
        await facts(page);
        assert.match(await last(page, ".text").textContent(), /“note” held the text “Grass is green.”.*“report” \(pdf\) held 19 bytes/);
      }),

    warnings: (stand) =>
      stand.visit(stand.good(), async (page) => {
        await page.getByLabel("Think").selectOption("1024");
        await ask(page, "Why?", "mistral.mistral-large-2402-v1:0");
        await facts(page);
        assert.match(await last(page, ".warnings").textContent(), /thinking: /);
      }),

    stop: (stand) =>
      stand.visit(stand.good(), async (page) => {
        await ask(page, "Tell me a story.", "small");
        await last(page, ".text").waitFor();
        await page.getByRole("button", { name: "Stop" }).click();
        await last(page, ".facts").waitFor();
        assert.equal(await last(page, ".problem").textContent(), "Stopped.");
        const text = await last(page, ".text").textContent();
        assert.ok(text.length > 0 && !text.includes("The end."), text);
        await sleep(300);
        assert.equal(await last(page, ".text").textContent(), text);
        // The conversation goes on from what was said.
        await ask(page, "Who are you?");
        await page.locator("article.assistant").nth(1).locator(".facts").waitFor();
        assert.match(await last(page, ".text").textContent(), /Who are you\?.*The end\./);
        await page.getByRole("button", { name: "New" }).click();
        assert.equal(await page.locator("article").count(), 0);
      }),

    "wrong-key": (stand) =>
      stand.visit(
        stand.good(),
        async (page) => {
          await page.getByText("401: ").waitFor();
          await ask(page, "Hi", "small");
          assert.match(await last(page, ".problem").textContent(), /^401: /);
        },
        "another",
      ),

    "upstream-error": (stand) =>
      stand.visit(stand.bad(), async (page) => {
        await page.getByLabel("Files").setInputFiles([{ name: "note.txt", mimeType: "text/plain", buffer: Buffer.from("Note") }]);
        await ask(page, "Hi", "fault.denied");
        await facts(page);
        assert.match(await last(page, ".problem").textContent(), /^403: .*not allowed/);
        // To be put again.
        assert.equal(await page.getByLabel("Your message").inputValue(), "Hi");
        assert.equal(await page.getByLabel("Files").evaluate(({ files }) => files[0]?.name), "note.txt");
        await page.getByText("System prompt and tools").click();
        await page.getByLabel("Tools, as a JSON array").fill("[");
        await page.getByRole("button", { name: "Send" }).click();
        await page.getByText("The tools are no JSON").waitFor();
      }),

    "broken-stream": (stand) =>
      stand.visit(stand.bad(), async (page) => {
        for (const [model, problem] of [["fault.exception", /slow down/], ["fault.truncated", /ended without messageStop/]]) {
          await ask(page, "Hi", model);
          await facts(page);
          assert.match(await last(page, ".text").textContent(), /^Once /);
          assert.match(await last(page, ".problem").textContent(), problem);
          await page.getByRole("button", { name: "New" }).click();
        }
      }),
  },
  (options) => new Browser(options),
);
