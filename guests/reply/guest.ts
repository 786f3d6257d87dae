// Replies to every message with its body.
import type { IncomingHandler } from 'wasi:messaging/incoming-handler@0.2.0-draft';
import { reply } from 'wasi:messaging/request-reply@0.2.0-draft';
import { Message } from 'wasi:messaging/types@0.2.0-draft';

export const incomingHandler: IncomingHandler = {
  handle(message) {
    reply(message, new Message(message.data()));
  },
};
