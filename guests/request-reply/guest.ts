// On "ask": sends a request to "answer" and gives what came back to "out". On "answer": replies with
// the body and with another message.
import type { IncomingHandler } from 'wasi:messaging/incoming-handler@0.2.0-draft';
import { send } from 'wasi:messaging/producer@0.2.0-draft';
import { reply, request, RequestOptions } from 'wasi:messaging/request-reply@0.2.0-draft';
import { Client, Message } from 'wasi:messaging/types@0.2.0-draft';

const AGAIN = Uint8Array.from('again', (letter) => letter.charCodeAt(0));

function ask(message: Message): void {
  const out = Client.connect('default');
  const options = new RequestOptions();
  options.setTimeoutMs(2000);
  options.setExpectedReplies(2);
  const question = new Message(message.data());
  for (const answer of request(out, 'answer', question, options)) send(out, 'out', answer);
}

export const incomingHandler: IncomingHandler = {
  handle(message) {
    if (message.topic() === 'ask') return ask(message);
    reply(message, new Message(message.data()));
    reply(message, new Message(AGAIN));
  },
};
