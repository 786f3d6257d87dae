// Metadata is an ordered list in which a key may stand more than once.
import type { IncomingHandler } from 'wasi:messaging/incoming-handler@0.2.0-draft';
import { send } from 'wasi:messaging/producer@0.2.0-draft';
import { Client, Message, type Metadata } from 'wasi:messaging/types@0.2.0-draft';

function expect(message: Message, pairs: Metadata | null): void {
  const [found, wanted] = [message.metadata(), pairs].map((list) => JSON.stringify(list));
  if (found !== wanted) throw new Error(`${found}, not ${wanted}`);
}

function rules(): void {
  const made = new Message(new Uint8Array());
  expect(made, null);
  made.removeMetadata('a'); // sets nothing
  expect(made, null);
  made.addMetadata('a', '1');
  made.addMetadata('b', '');
  made.addMetadata('A', '2');
  expect(made, [['a', '1'], ['b', ''], ['A', '2']]);

  // Adding replaces every pair of the key; the new one stands where the first stood.
  made.setMetadata([['z', '0'], ['a', '1'], ['b', '2'], ['a', '3']]);
  expect(made, [['z', '0'], ['a', '1'], ['b', '2'], ['a', '3']]);
  made.addMetadata('a', '4');
  expect(made, [['z', '0'], ['a', '4'], ['b', '2']]);

  // Removing removes every pair of the key, and nothing if there is none.
  made.setMetadata([['a', '1'], ['b', '2'], ['a', '3']]);
  made.removeMetadata('a');
  expect(made, [['b', '2']]);
  made.removeMetadata('a');
  expect(made, [['b', '2']]);

  // Set to an empty list is not the same as never set.
  made.setMetadata([]);
  expect(made, []);

  // A key may be empty; removing the last pair leaves an empty list, too.
  made.addMetadata('', 'é');
  expect(made, [['', 'é']]);
  made.removeMetadata('');
  expect(made, []);
}

export const incomingHandler: IncomingHandler = {
  handle(message) {
    // The host sends these, in this order.
    expect(message, [['a', '1'], ['b', '2'], ['a', '3']]);
    rules();

    // What the host sees of it: the changed list.
    message.removeMetadata('b');
    message.addMetadata('c', 'é');
    send(Client.connect('default'), 'out', message);
  },
};
