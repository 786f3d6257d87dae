// Returns the error that the topic names, with the body as its words.
import type { IncomingHandler } from 'wasi:messaging/incoming-handler@0.2.0-draft';
import type { Error } from 'wasi:messaging/types@0.2.0-draft';

function error(tag: string | null, val: string): Error | null {
  switch (tag) {
    case 'timeout':
      return { tag };
    case 'connection':
    case 'permission-denied':
    case 'other':
      return { tag, val };
    default:
      return null;
  }
}

export const incomingHandler: IncomingHandler = {
  handle(message) {
    const returned = error(message.topic(), String.fromCharCode(...message.data()));
    if (returned != null) throw returned;
  },
};
