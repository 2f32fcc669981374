// What a check of a host starts, each on loopback, and stops at its end.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

async function stop(child) {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill();
    await once(child, "exit");
  }
}

// The project's Bedrock: `variables` are what a client of it has in its environment.
export async function emulator(program, pace = 45) {
  const child = spawn(program, ["emulator", "--pace", String(pace)], { stdio: ["ignore", "pipe", "inherit"] });
  const variables = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const found = /^export ([A-Z_]+)=(.*)$/.exec(line.trim());
    if (found) variables[found[1]] = found[2];
    if ("AWS_SECRET_ACCESS_KEY" in variables) break;
  }
  if (!("AWS_SECRET_ACCESS_KEY" in variables)) throw new Error("the emulator did not start");
  child.stdout.resume();
  return { variables, url: variables.AWS_ENDPOINT_URL_BEDROCK_RUNTIME, stop: () => stop(child) };
}

// Bedrock on a bad day (services.py); `requests` are what it was asked.
export async function faulty(script) {
  const child = spawn("python3", ["-B", script], { stdio: ["pipe", "pipe", "inherit"] });
  const requests = [];
  const url = await new Promise((resolve, reject) => {
    child.once("exit", () => reject(new Error(`${script} did not start`)));
    createInterface({ input: child.stdout }).on("line", (line) => (line.startsWith("http") ? resolve(line) : requests.push(line)));
  });
  return { url, requests, stop: () => stop(child) };
}

// The gateway under `wasmtime serve`, with `settings` as its environment.
export async function wasmtime(program, component, settings) {
  const port = await freePort();
  const env = Object.entries(settings).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  const child = spawn(program, ["serve", "-Scli", "-Opooling-allocator=n", "-Wmax-memory-size=268435456", "--addr", `127.0.0.1:${port}`, ...env, component]);
  let logged = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (logged += data));
  for (let tries = 0; !(await answers(port)); tries += 1) {
    if (child.exitCode !== null || tries > 1000) {
      await stop(child);
      throw new Error(`${program} did not start: ${logged}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { url: `http://127.0.0.1:${port}`, logged: () => logged, stop: () => stop(child) };
}

async function answers(port) {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
