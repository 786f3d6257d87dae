// Returns the error that the topic names, with the body as its words.
export const incomingHandler = {
  handle(message) {
    const tag = message.topic();
    const val = String.fromCharCode(...message.data());
    if (tag === 'timeout') throw { tag };
    if (tag !== 'ok') throw { tag, val };
  },
};
