// Contestant: jco on Node, instance reused.
// Arguments: COMPONENT, folder with node_modules, folder for the transpiled code.
// Speaks the protocol that serving.py describes.
import { createInterface } from "node:readline";
import { load, Message } from "./jco_guest.mjs";

const GROWTH_SHARE = 0.1;
const [, , path, packages, output] = process.argv;

let sent = 0;

function send(client, topic, message) {
  sent += 1;
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

const handle = await load(path, packages, output, { send });
console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const { size, seconds } = JSON.parse(line);
  console.log(JSON.stringify(measure(handle, size, seconds)));
}
