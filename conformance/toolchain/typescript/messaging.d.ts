// The interface, and what commands use of WASI, as componentize-qjs gives it to JavaScript. An absent
// option is null.

declare module 'wasi:messaging/types@0.2.0-draft' {
  /** What an imported function throws as the `payload` of an exception, and what a handler throws. */
  export type Error =
    | { tag: 'timeout' }
    | { tag: 'connection'; val: string }
    | { tag: 'permission-denied'; val: string }
    | { tag: 'other'; val: string };
  export type Metadata = [string, string][];

  export class Client {
    private constructor();
    static connect(name: string): Client;
    disconnect(): void;
    [Symbol.dispose](): void;
  }

  export class Message {
    constructor(data: Uint8Array);
    topic(): string | null;
    contentType(): string | null;
    setContentType(contentType: string): void;
    data(): Uint8Array;
    setData(data: Uint8Array): void;
    metadata(): Metadata | null;
    addMetadata(key: string, value: string): void;
    setMetadata(meta: Metadata): void;
    removeMetadata(key: string): void;
    [Symbol.dispose](): void;
  }
}

declare module 'wasi:messaging/producer@0.2.0-draft' {
  import type { Client, Message } from 'wasi:messaging/types@0.2.0-draft';
  /** Takes the message. */
  export function send(client: Client, topic: string, message: Message): void;
}

declare module 'wasi:messaging/request-reply@0.2.0-draft' {
  import type { Client, Message } from 'wasi:messaging/types@0.2.0-draft';
  export class RequestOptions {
    constructor();
    setTimeoutMs(timeoutMs: number): void;
    setExpectedReplies(expectedReplies: number): void;
    [Symbol.dispose](): void;
  }
  /** Takes the options. */
  export function request(
    client: Client,
    topic: string,
    message: Message,
    options: RequestOptions | null,
  ): Message[];
  /** Takes the second message. */
  export function reply(replyTo: Message, message: Message): void;
}

declare module 'wasi:messaging/incoming-handler@0.2.0-draft' {
  import type { Message } from 'wasi:messaging/types@0.2.0-draft';
  /** What a guest exports as `incomingHandler`. */
  export interface IncomingHandler {
    handle(message: Message): void;
  }
}

declare module 'wasi:cli/environment@0.2.0' {
  export function getArguments(): string[];
}

declare module 'wasi:cli/stdout@0.2.0' {
  import type { OutputStream } from 'wasi:io/streams@0.2.0';
  export function getStdout(): OutputStream;
}

declare module 'wasi:cli/stderr@0.2.0' {
  import type { OutputStream } from 'wasi:io/streams@0.2.0';
  export function getStderr(): OutputStream;
}

declare module 'wasi:io/streams@0.2.0' {
  export class OutputStream {
    private constructor();
    blockingWriteAndFlush(contents: Uint8Array): void;
  }
}

declare module 'wasi:cli/run@0.2.0' {
  /** What a command exports as `run`; it fails by throwing undefined. */
  export interface Run {
    run(): void;
  }
}
