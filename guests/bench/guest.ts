// The handler of the benchmarks: everything an ordinary handler does with a message, on a client
// that is kept, and nothing else.
import type { IncomingHandler } from 'wasi:messaging/incoming-handler@0.2.0-draft';
import { send } from 'wasi:messaging/producer@0.2.0-draft';
import { Client, Message } from 'wasi:messaging/types@0.2.0-draft';

let out: Client | undefined;

export const incomingHandler: IncomingHandler = {
  handle(message) {
    out ??= Client.connect('default');
    message.topic();
    const copy = new Message(message.data());
    copy.setContentType('application/json');
    copy.addMetadata('k', 'v');
    send(out, 'out', copy);
  },
};
