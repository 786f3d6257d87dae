// Sends a plain copy of each message, its body alone, to "out", on a client that is kept.
import type { IncomingHandler } from 'wasi:messaging/incoming-handler@0.2.0-draft';
import { send } from 'wasi:messaging/producer@0.2.0-draft';
import { Client, Message } from 'wasi:messaging/types@0.2.0-draft';

let out: Client | undefined;

export const incomingHandler: IncomingHandler = {
  handle(message) {
    out ??= Client.connect('default');
    send(out, 'out', new Message(message.data()));
  },
};
