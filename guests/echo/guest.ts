// Sends a copy of every message to "out"; a message on "fail" is refused.
import type { IncomingHandler } from 'wasi:messaging/incoming-handler@0.2.0-draft';
import { send } from 'wasi:messaging/producer@0.2.0-draft';
import { Client, Message, type Error } from 'wasi:messaging/types@0.2.0-draft';

export const incomingHandler: IncomingHandler = {
  handle(message) {
    const topic = message.topic();
    if (topic === 'fail') throw { tag: 'other', val: 'asked to fail' } satisfies Error;
    const copy = new Message(message.data());
    const type = message.contentType();
    if (type != null) copy.setContentType(type);
    const metadata = message.metadata();
    if (metadata != null) copy.setMetadata(metadata);
    if (topic != null) copy.addMetadata('from', topic);
    send(Client.connect('default'), 'out', copy);
  },
};
