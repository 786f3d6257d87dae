// Contestant: jco on Node, instance reused.
// Arguments: COMPONENT, folder with node_modules, folder for the transpiled code.
// Speaks the protocol that serving.py describes.
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const GROWTH_SHARE = 0.1;
const HANDLER = "wasi:messaging/incoming-handler@0.2.0-draft";
const [, , path, packages, output] = process.argv;

let sent = 0;

class Client {
  static connect() {
    return new Client();
  }
  disconnect() {}
}

class Message {
  #data;
  #topic;
  #contentType;
  #metadata;
  constructor(data, topic) {
    this.#data = data;
    this.#topic = topic;
  }
  topic() {
    return this.#topic;
  }
  data() {
    return this.#data;
  }
  setContentType(contentType) {
    this.#contentType = contentType;
  }
  addMetadata(key, value) {
    const kept = (this.#metadata ?? []).filter(([name]) => name !== key);
    this.#metadata = [...kept, [key, value]];
  }
}

function send(client, topic, message) {
  sent += 1;
}

async function transpiled() {
  const code = await readFile(path);
  const folder = join(output, createHash("sha256").update(code).digest("hex").slice(0, 16));
  const entry = join(packages, "node_modules/@bytecodealliance/jco-transpile/dist/index.js");
  const { transpileBytes } = await import(pathToFileURL(entry));
  const { files } = await transpileBytes(code, { name: "bench", instantiation: "async" });
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  await writeFile(join(folder, "package.json"), '{"type":"module"}\n');
  return folder;
}

async function instance(folder) {
  const { instantiate } = await import(pathToFileURL(join(folder, "bench.js")));
  const core = async (name) => WebAssembly.compile(await readFile(join(folder, name)));
  return instantiate(core, {
    "wasi:messaging/types": { Client, Message },
    "wasi:messaging/producer": { send },
  });
}

function run(handle, body, count) {
  const before = sent;
  for (let number = 0; number < count; number += 1) {
    handle(new Message(body, "in"));
  }
  if (sent - before !== count) {
    throw new Error(`${count} messages handled, ${sent - before} sent`);
  }
}

const batches = new Map();

function measure(handle, size, seconds) {
  const body = new Uint8Array(size).fill(120);
  let messages = 0;
  let total = 0;
  let processor = 0;
  while (total < seconds) {
    const batch = batches.get(size) ?? 1;
    const start = performance.now();
    const before = process.cpuUsage();
    run(handle, body, batch);
    const spent = (performance.now() - start) / 1000;
    if (spent < seconds * GROWTH_SHARE) {
      batches.set(size, batch * 2);
      continue;
    }
    const busy = process.cpuUsage(before);
    messages += batch;
    total += spent;
    processor += (busy.user + busy.system) / 1e6;
  }
  return { messages, seconds: total, cpu: processor };
}

const component = await instance(await transpiled());
const handler = component[HANDLER] ?? component.incomingHandler;
console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const { size, seconds } = JSON.parse(line);
  console.log(JSON.stringify(measure(handler.handle, size, seconds)));
}
