// Sends as many messages as the body says, numbered from 0, to "out".
import type { IncomingHandler } from 'wasi:messaging/incoming-handler@0.2.0-draft';
import { send } from 'wasi:messaging/producer@0.2.0-draft';
import { Client, Message } from 'wasi:messaging/types@0.2.0-draft';

const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

export const incomingHandler: IncomingHandler = {
  handle(message) {
    const count = Number(String.fromCharCode(...message.data()));
    const out = Client.connect('default');
    for (let number = 0; number < count; number++) send(out, 'out', new Message(bytes(`${number}`)));
  },
};
