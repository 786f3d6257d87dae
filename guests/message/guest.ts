// A message in the guest's hands: what it starts with, and that setters set.
import type { IncomingHandler } from 'wasi:messaging/incoming-handler@0.2.0-draft';
import { send } from 'wasi:messaging/producer@0.2.0-draft';
import { Client, Message } from 'wasi:messaging/types@0.2.0-draft';

function expect(so: boolean, what: string): void {
  if (!so) throw new Error(`not so: ${what}`);
}

const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const has = (message: Message, data: string) => String.fromCharCode(...message.data()) === data;

function newMessage(): void {
  const made = new Message(bytes('first\0\xff'));
  expect(made.topic() == null, 'no topic');
  expect(made.contentType() == null, 'no content type');
  expect(made.metadata() == null, 'no metadata');
  expect(has(made, 'first\0\xff'), 'first');

  made.setData(bytes(''));
  expect(has(made, ''), 'empty');
  made.setData(bytes('second'));
  expect(has(made, 'second'), 'second');
  expect(has(made, 'second'), 'second again');

  made.setContentType('text/plain');
  made.setContentType('text/csv');
  expect(made.contentType() === 'text/csv', 'the later content type');
  made.setContentType(''); // not the same as never set
  expect(made.contentType() === '', 'an empty content type');
  expect(made.topic() == null, 'still no topic');
}

function everyByte(): void {
  const every = Uint8Array.from({ length: 256 }, (_, at) => at);
  expect(new Message(every).data().every((byte, at) => byte === at), 'every byte');
}

export const incomingHandler: IncomingHandler = {
  handle(message) {
    newMessage();
    everyByte();

    // What arrived may be changed, too: this is the guest's copy.
    expect(message.topic() === 'in', 'topic');
    expect(message.contentType() === 'text/plain', 'content type');
    message.setData(bytes('changed'));
    expect(has(message, 'changed'), 'changed');
    expect(message.topic() === 'in', 'topic after the change');

    // … and sent on as it is, without a copy.
    send(Client.connect('default'), 'out', message);
  },
};
