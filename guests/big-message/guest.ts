// Sends a body of as many bytes as the body it got says; one over the limit fails with error.other.
import type { IncomingHandler } from 'wasi:messaging/incoming-handler@0.2.0-draft';
import { send } from 'wasi:messaging/producer@0.2.0-draft';
import { Client, Message } from 'wasi:messaging/types@0.2.0-draft';

const X = 'x'.charCodeAt(0);

export const incomingHandler: IncomingHandler = {
  handle(message) {
    const size = Number(String.fromCharCode(...message.data()));
    const big = new Message(Uint8Array.of(1));
    big.setData(new Uint8Array(size).fill(X));
    const body = big.data();
    if (body.length !== size || !body.every((byte) => byte === X)) throw new Error('another body');
    send(Client.connect('default'), 'out', big);
  },
};
