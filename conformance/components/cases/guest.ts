// The cases of the conformance suite: a message on BASE.CASE plays CASE, BASE.out hears of it.
import type { IncomingHandler } from 'wasi:messaging/incoming-handler@0.2.0-draft';
import { send } from 'wasi:messaging/producer@0.2.0-draft';
import { reply, request, RequestOptions } from 'wasi:messaging/request-reply@0.2.0-draft';
import {
  Client,
  type Error as Failure,
  Message,
  type Metadata,
} from 'wasi:messaging/types@0.2.0-draft';

type Cases = Record<string, (message: Message) => void>;

const MIXED: Metadata = [['a', '1'], ['b', '2'], ['a', '3']];
const ODD: Metadata = [['', ''], ['ключ', 'wért 🦀'], ['K', '1'], ['k', '2']];
const MIB = 2 ** 20;

let base = '';
let handled = 0;

// --- words ----------------------------------------------------------------------------------

/** UTF-8, for which QuickJS has only what URIs need. */
function encode(words: string): Uint8Array {
  const units = encodeURIComponent(words).match(/%..|./g) ?? [];
  return Uint8Array.from(units, (unit) =>
    unit.length === 1 ? unit.charCodeAt(0) : parseInt(unit.slice(1), 16),
  );
}

function decode(data: Uint8Array): string {
  const units = Array.from(data, (byte) => `%${byte.toString(16).padStart(2, '0')}`);
  return decodeURIComponent(units.join(''));
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/** What stands before and after the last dot. */
function split(topic: string): [string, string] {
  const dot = topic.lastIndexOf('.');
  return [topic.slice(0, Math.max(dot, 0)), topic.slice(dot + 1)];
}

function topicOf(name: string): string {
  return `${base}.${name}`;
}

function messageOf(words: string): Message {
  return new Message(encode(words));
}

function tell(message: Message): void {
  using out = Client.connect('default');
  send(out, topicOf('out'), message);
}

function say(words: string): void {
  tell(messageOf(words));
}

/** "data=DATA type=none metadata=none"; "(TYPE)", "empty" or "(KEY=VALUE)(KEY=VALUE)". */
function describe(message: Message): void {
  const contentType = message.contentType();
  const metadata = message.metadata();
  const type = contentType === null ? 'none' : `(${contentType})`;
  const pairs = metadata?.map(([key, value]) => `(${key}=${value})`).join('') ?? 'none';
  say(`data=${decode(message.data())} type=${type} metadata=${pairs || 'empty'}`);
}

function other(words: string): Failure {
  return { tag: 'other', val: words };
}

/** The kind of an error that an import threw; thrown again if it is another one. */
function kindOfError(error: unknown): string {
  if (error instanceof Error && 'payload' in error) return (error.payload as Failure).tag;
  throw error;
}

function kindOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return kindOfError(error);
  }
  return 'ok';
}

function copyOf(message: Message): Message {
  const copy = new Message(message.data());
  const contentType = message.contentType();
  if (contentType !== null) copy.setContentType(contentType);
  const metadata = message.metadata();
  if (metadata !== null) copy.setMetadata(metadata);
  return copy;
}

function requestWith(name: string, words: string, milliseconds: number, expected = 1): Message[] {
  const options = new RequestOptions();
  options.setTimeoutMs(milliseconds);
  options.setExpectedReplies(expected);
  using out = Client.connect('default');
  using question = messageOf(words);
  return request(out, topicOf(name), question, options);
}

/** Asks, and tells the data of each reply; or the kind of the error. */
function tellData(name: string, words: string, milliseconds: number, expected = 1): void {
  let replies: Message[];
  try {
    replies = requestWith(name, words, milliseconds, expected);
  } catch (error) {
    return say(kindOfError(error));
  }
  for (const one of replies) say(decode(one.data()));
}

/** Asks, and tells how many replies came; or the kind of the error. */
function tellCount(name: string, milliseconds: number, expected = 1): void {
  let replies: Message[];
  try {
    replies = requestWith(name, 'question', milliseconds, expected);
  } catch (error) {
    return say(kindOfError(error));
  }
  say(`${replies.length} replies`);
}

// --- messages that came ---------------------------------------------------------------------

const messagesThatCame: Cases = {
  echo(message) {
    tell(copyOf(message));
  },

  forward(message) {
    tell(message);
  },

  'forward-changed'(message) {
    message.setData(encode('changed'));
    message.setContentType('text/changed');
    message.addMetadata('added', 'yes');
    tell(message);
  },

  topic(message) {
    const [, name] = split(message.topic() ?? '');
    say(name);
  },

  'data-twice'(message) {
    say(same(message.data(), message.data()) ? 'same' : 'different');
  },
};

// --- messages of its own ----------------------------------------------------------------------

const messagesOfItsOwn: Cases = {
  'new-message'() {
    describe(messageOf('data'));
  },

  'new-topic'() {
    say(messageOf('data').topic() === null ? 'none' : 'some');
  },

  'set-content-type'() {
    const own = messageOf('data');
    own.setContentType('text/a');
    own.setContentType('text/b');
    describe(own);
  },

  'set-content-type-empty'() {
    const own = messageOf('data');
    own.setContentType('');
    describe(own);
  },

  'set-data'() {
    const own = messageOf('data');
    own.setData(encode('other data'));
    describe(own);
  },

  'set-data-empty'() {
    const own = messageOf('data');
    own.setData(new Uint8Array());
    describe(own);
  },

  'large-data'() {
    const data = new Uint8Array(16 * MIB);
    for (let at = 0; at < data.length; at++) data[at] = at % 251;
    const got = new Message(data).data();
    say(same(got, data) ? String(got.length) : 'different');
  },

  'add-metadata'() {
    const own = messageOf('data');
    own.addMetadata('a', '1');
    own.addMetadata('b', '2');
    describe(own);
  },

  'add-metadata-replaces'() {
    const own = messageOf('data');
    own.setMetadata(MIXED);
    own.addMetadata('a', '4');
    describe(own);
  },

  'set-metadata'() {
    const own = messageOf('data');
    own.setMetadata(MIXED);
    describe(own);
  },

  'set-metadata-replaces'() {
    const own = messageOf('data');
    own.addMetadata('x', '1');
    own.setMetadata([['a', '1']]);
    describe(own);
  },

  'set-metadata-empty'() {
    const own = messageOf('data');
    own.setMetadata([]);
    describe(own);
  },

  'remove-metadata'() {
    const own = messageOf('data');
    own.setMetadata(MIXED);
    own.removeMetadata('a');
    describe(own);
  },

  'remove-metadata-absent'() {
    const own = messageOf('data');
    own.setMetadata([['a', '1']]);
    own.removeMetadata('z');
    describe(own);
  },

  'remove-metadata-unset'() {
    const own = messageOf('data');
    own.removeMetadata('z');
    describe(own);
  },

  'remove-metadata-last'() {
    const own = messageOf('data');
    own.setMetadata([['a', '1']]);
    own.removeMetadata('a');
    describe(own);
  },

  'odd-metadata'() {
    const own = messageOf('data');
    own.setMetadata(ODD);
    describe(own);
  },

  'large-metadata'() {
    const key = 'k'.repeat(65536);
    const value = 'v'.repeat(65536);
    const own = messageOf('data');
    own.addMetadata(key, value);
    const pairs = own.metadata() ?? [];
    const unchanged = pairs.length === 1 && pairs[0][0] === key && pairs[0][1] === value;
    say(unchanged ? 'same' : 'different');
  },

  'many-metadata'() {
    const own = messageOf('data');
    for (let number = 0; number < 1000; number++) own.addMetadata(String(number), 'v');
    const pairs = own.metadata() ?? [];
    say(`${pairs.length} ${pairs[999][0]}`);
  },
};

// --- clients ------------------------------------------------------------------------------------

const clients: Cases = {
  connect() {
    say(kindOf(() => Client.connect('default')));
  },

  'connect-unknown'() {
    say(kindOf(() => Client.connect('no-such-client')));
  },

  'connect-empty'() {
    say(kindOf(() => Client.connect('')));
  },

  'connect-twice'() {
    using one = Client.connect('default');
    using other = Client.connect('default');
    send(one, topicOf('out'), messageOf('one'));
    send(other, topicOf('out'), messageOf('two'));
  },

  'connect-many'() {
    const many = Array.from({ length: 1000 }, () => Client.connect('default'));
    send(many[999], topicOf('out'), messageOf(String(many.length)));
    for (const one of many) one[Symbol.dispose]();
  },

  'disconnect-then-send'() {
    using gone = Client.connect('default');
    gone.disconnect();
    say(kindOf(() => send(gone, topicOf('out'), messageOf('lost'))));
  },

  'disconnect-twice'() {
    using gone = Client.connect('default');
    gone.disconnect();
    say(kindOf(() => gone.disconnect()));
  },

  'disconnect-other'() {
    using gone = Client.connect('default');
    using other = Client.connect('default');
    gone.disconnect();
    send(other, topicOf('out'), messageOf('other'));
  },

  reconnect() {
    using gone = Client.connect('default');
    gone.disconnect();
    say('again');
  },
};

// --- sending ------------------------------------------------------------------------------------

function kindOfSend(topic: string): string {
  using out = Client.connect('default');
  return kindOf(() => send(out, topic, messageOf('x')));
}

const sending: Cases = {
  'send-many'() {
    using out = Client.connect('default');
    for (let number = 0; number < 200; number++) {
      send(out, topicOf('out'), messageOf(String(number)));
    }
  },

  'send-denied'() {
    say(kindOfSend(topicOf('denied')));
  },

  'send-empty-topic'() {
    say(kindOfSend(''));
  },

  'send-illegal-topic'() {
    say(kindOfSend('no topic\r\n.*'));
  },

  'send-then-error'() {
    say('sent');
    throw other('after sending');
  },

  'send-then-trap'() {
    say('sent');
    throw new Error('after sending');
  },
};

// --- outcomes -----------------------------------------------------------------------------------

const outcomes: Cases = {
  ok() {},

  'error-timeout'() {
    throw { tag: 'timeout' } satisfies Failure;
  },

  'error-connection'(message) {
    throw { tag: 'connection', val: decode(message.data()) } satisfies Failure;
  },

  'error-permission-denied'(message) {
    throw { tag: 'permission-denied', val: decode(message.data()) } satisfies Failure;
  },

  'error-other'(message) {
    throw other(decode(message.data()));
  },

  trap() {
    throw new Error('a trap');
  },

  spin() {
    for (;;);
  },

  'memory-hog'() {
    const blocks: Uint8Array[] = [];
    for (;;) blocks.push(new Uint8Array(MIB).fill(1));
  },

  state() {
    handled++;
    say(String(handled));
  },

  'fail-once'() {
    handled++;
    if (handled === 1) throw other('the first time');
    say('second');
  },

  // QuickJS has no console: there is nothing that prints.
  print() {
    say('printed');
  },
};

// --- asking -------------------------------------------------------------------------------------

const asking: Cases = {
  ask(message) {
    using out = Client.connect('default');
    using question = copyOf(message);
    const [answer] = request(out, topicOf('answer'), question, null);
    describe(answer);
  },

  'ask-two'() {
    tellData('answer-twice', 'question', 5000, 2);
  },

  'ask-three'() {
    tellData('answer-twice', 'question', 300, 3);
  },

  'ask-never'() {
    tellCount('answer-never', 200);
  },

  'ask-nobody'() {
    tellCount('nobody', 500);
  },

  'ask-denied'() {
    tellCount('denied', 500);
  },

  'ask-zero'() {
    tellCount('answer', 500, 0);
  },

  'ask-no-wait'() {
    tellCount('answer-never', 0);
  },

  'ask-trap'() {
    tellCount('answer-trap', 500);
  },

  'ask-error'() {
    tellCount('answer-error', 500);
  },

  'ask-chain'() {
    tellData('chain-one', '0', 5000);
  },

  'ask-goes-on'() {
    tellData('answer-goes-on', 'question', 5000);
  },

  'ask-topic'() {
    const [answer] = requestWith('answer', 'question', 5000);
    say(answer.topic() === null ? 'none' : 'some');
  },

  'ask-borrowed'() {
    const own = messageOf('kept');
    using out = Client.connect('default');
    request(out, topicOf('answer'), own, null);
    own.addMetadata('asked', 'yes');
    tell(own);
  },

  'ask-late'() {
    if (kindOf(() => requestWith('answer-late', 'one', 150)) === 'ok') say('too early');
    else tellData('answer-late', 'two', 5000);
  },

  'ask-many'() {
    for (let number = 0; number < 50; number++) {
      const [answer] = requestWith('answer', String(number), 5000);
      if (decode(answer.data()) !== String(number)) return say('mixed up');
    }
    say('50');
  },

  'ask-itself'(message) {
    if (decode(message.data()) === 'answer') reply(message, messageOf('myself'));
    else tellData('ask-itself', 'answer', 1000);
  },
};

// --- answering ----------------------------------------------------------------------------------

const answering: Cases = {
  answer(message) {
    reply(message, copyOf(message));
  },

  'answer-twice'(message) {
    reply(message, messageOf('first'));
    reply(message, messageOf('second'));
  },

  'answer-never'() {},

  'answer-late'(message) {
    kindOf(() => requestWith('answer-never', 'wait', 400));
    reply(message, copyOf(message));
  },

  'answer-trap'() {
    throw new Error('a trap');
  },

  'answer-error'() {
    throw other('no answer');
  },

  'answer-goes-on'(message) {
    reply(message, messageOf('reply'));
    say('went on');
  },

  'chain-one'(message) {
    const [answer] = requestWith('chain-two', `${decode(message.data())} 1`, 5000);
    reply(message, new Message(answer.data()));
  },

  'chain-two'(message) {
    reply(message, messageOf(`${decode(message.data())} 2`));
  },

  'reply-no-address'(message) {
    say(kindOf(() => reply(message, messageOf('to nobody'))));
  },

  'reply-to-own'() {
    say(kindOf(() => reply(messageOf('own'), messageOf('to nobody'))));
  },
};

const CASES: Cases = {
  ...messagesThatCame,
  ...messagesOfItsOwn,
  ...clients,
  ...sending,
  ...outcomes,
  ...asking,
  ...answering,
};

export const incomingHandler: IncomingHandler = {
  handle(message) {
    const [before, name] = split(message.topic() ?? '');
    base = before;
    if (!Object.hasOwn(CASES, name)) throw other('there is no such case');
    CASES[name](message);
  },
};
