// A component in jco on Node.js: transpiled once by its content, instance reused.
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const HANDLER = "wasi:messaging/incoming-handler@0.2.0-draft";

export class Client {
  static connect() {
    return new Client();
  }
  disconnect() {}
}

export class Message {
  #data;
  #topic;
  contentType;
  metadata;
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
    this.contentType = contentType;
  }
  addMetadata(key, value) {
    const kept = (this.metadata ?? []).filter(([name]) => name !== key);
    this.metadata = [...kept, [key, value]];
  }
}

// Returns the guest's `handle`. `send(client, topic, message)` and `reply(replyTo, message)` take
// what it sends.
export async function load(path, packages, output, { send, reply }) {
  const folder = await transpiled(path, packages, output);
  const { instantiate } = await import(pathToFileURL(join(folder, "bench.js")));
  const core = async (name) => WebAssembly.compile(await readFile(join(folder, name)));
  const component = await instantiate(core, {
    "wasi:messaging/types": { Client, Message },
    "wasi:messaging/producer": { send },
    "wasi:messaging/request-reply": { reply },
  });
  return (component[HANDLER] ?? component.incomingHandler).handle;
}

async function transpiled(path, packages, output) {
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
