// Throws what is none of the interface's errors, which traps, unless the topic is "fine".
import type { IncomingHandler } from 'wasi:messaging/incoming-handler@0.2.0-draft';

export const incomingHandler: IncomingHandler = {
  handle(message) {
    if (message.topic() !== 'fine') throw new Error('last words');
  },
};
