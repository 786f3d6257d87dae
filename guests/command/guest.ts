// A command: sends its arguments after the first to the topic that the first says.
import { getArguments } from 'wasi:cli/environment@0.2.0';
import type { Run } from 'wasi:cli/run@0.2.0';
import { getStderr } from 'wasi:cli/stderr@0.2.0';
import { getStdout } from 'wasi:cli/stdout@0.2.0';
import type { OutputStream } from 'wasi:io/streams@0.2.0';
import { send } from 'wasi:messaging/producer@0.2.0-draft';
import { Client, Message } from 'wasi:messaging/types@0.2.0-draft';

const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const print = (stream: OutputStream, line: string) => stream.blockingWriteAndFlush(bytes(line));

export const run: Run = {
  run() {
    const [, topic, ...words] = getArguments();
    if (topic == null) throw undefined;
    try {
      const out = Client.connect('default');
      for (const word of words) send(out, topic, new Message(bytes(word)));
    } catch (error) {
      print(getStderr(), `not sent: ${JSON.stringify((error as { payload?: unknown }).payload)}\n`);
      throw undefined;
    }
    print(getStdout(), `sent to ${topic}\n`);
  },
};
