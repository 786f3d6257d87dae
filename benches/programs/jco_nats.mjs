// Contestant: jco on Node and the official client of NATS, instance reused.
// Arguments: COMPONENT, folder with node_modules, folder for the transpiled code, URL, STREAM (empty:
// core NATS). It says READY on standard output when messages may come.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { load, Message } from "./jco_guest.mjs";

const REPLY_TO = "wasi-messaging-reply-to";
const MAX_MESSAGES = 1000;
const [, , path, packages, output, url, stream] = process.argv;

const require = createRequire(pathToFileURL(join(packages, "package.json")));
const { connect, headers } = require("@nats-io/transport-node");
const { AckPolicy, jetstream, jetstreamManager } = require("@nats-io/jetstream");

const connection = await connect({ servers: url });
const js = stream ? jetstream(connection) : undefined;
// What the guest made of the message it was given: a guest's call returns before anything is confirmed,
// so whoever acknowledges waits for these.
let confirmations = [];
let replyTo = "";

function described(message) {
  if (message.contentType === undefined && message.metadata === undefined) return undefined;
  const found = headers();
  if (message.contentType !== undefined) found.set("content-type", message.contentType);
  for (const [key, value] of message.metadata ?? []) found.append(key, value);
  return found;
}

function send(client, topic, message) {
  const options = { headers: described(message) };
  if (js) confirmations.push(js.publish(topic, message.data(), options));
  else connection.publish(topic, message.data(), options);
}

function reply(asked, message) {
  connection.publish(replyTo, message.data(), { headers: described(message) });
}

const handle = await load(path, packages, output, { send, reply });

function take(arrived, address) {
  replyTo = address;
  confirmations = [];
  handle(new Message(arrived.data, arrived.subject));
  return confirmations;
}

// What fails is not acknowledged, and comes again.
async function acknowledge(message, waiting) {
  try {
    await Promise.all(waiting);
    message.ack();
  } catch (error) {
    console.error(error);
  }
}

async function stored() {
  const manager = await jetstreamManager(connection);
  const settings = { durable_name: "bench", filter_subject: "in", ack_policy: AckPolicy.Explicit };
  await manager.consumers.add(stream, settings);
  const consumer = await js.consumers.get(stream, "bench");
  const messages = await consumer.consume({ max_messages: MAX_MESSAGES });
  console.log("READY");
  for await (const message of messages) {
    acknowledge(message, take(message, message.headers?.get(REPLY_TO)));
  }
}

async function plain() {
  connection.subscribe("in", {
    callback: (error, message) => {
      if (error) throw error;
      take(message, message.reply);
    },
  });
  await connection.flush();
  console.log("READY");
}

await (js ? stored() : plain());
