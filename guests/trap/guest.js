// Throws what is none of the interface's errors, which traps, unless the topic is "fine".
export const incomingHandler = {
  handle(message) {
    if (message.topic() !== 'fine') throw new Error('last words');
  },
};
