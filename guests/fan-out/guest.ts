// Sends ten copies of every message to "out", on a client that is kept.
import type { IncomingHandler } from 'wasi:messaging/incoming-handler@0.2.0-draft';
import { send } from 'wasi:messaging/producer@0.2.0-draft';
import { Client, Message } from 'wasi:messaging/types@0.2.0-draft';

const COPIES = 10;
let out: Client | undefined;

export const incomingHandler: IncomingHandler = {
  handle(message) {
    out ??= Client.connect('default');
    const body = message.data();
    for (let copies = 0; copies < COPIES; copies++) send(out, 'out', new Message(body));
  },
};
