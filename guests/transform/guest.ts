// Parses a JSON event, sums up its readings, changes some fields, and sends it to "out".
import type { IncomingHandler } from 'wasi:messaging/incoming-handler@0.2.0-draft';
import { send } from 'wasi:messaging/producer@0.2.0-draft';
import { Client, Message } from 'wasi:messaging/types@0.2.0-draft';

interface Event {
  readings: { value: number }[];
  sequence: number;
  total?: number;
  status?: string;
  debug?: string;
}

const HIGH = 1000;
let out: Client | undefined;

// There is no TextDecoder here, and the events are ASCII.
function decode(data: Uint8Array): string {
  return String.fromCharCode(...data);
}

function encode(text: string): Uint8Array {
  const data = new Uint8Array(text.length);
  for (let at = 0; at < data.length; at++) data[at] = text.charCodeAt(at);
  return data;
}

function transform(data: Uint8Array): Uint8Array {
  const event = JSON.parse(decode(data)) as Event;
  const total = event.readings.reduce((sum, reading) => sum + reading.value, 0);
  event.total = total;
  event.status = total > HIGH ? 'high' : 'normal';
  event.sequence += 1;
  delete event.debug;
  return encode(JSON.stringify(event));
}

export const incomingHandler: IncomingHandler = {
  handle(message) {
    out ??= Client.connect('default');
    send(out, 'out', new Message(transform(message.data())));
  },
};
