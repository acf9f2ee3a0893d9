import { BroadcastChannel } from 'node:worker_threads'

/** What the threads of a measured process tell each other. */
export interface ThreadChannel<T> {
  /** Tells the other threads. */
  tell(message: T): void
  onMessage(take: (message: T) => void): void
}

/** Opens a channel of all threads; it keeps none of them alive. */
export function openThreadChannel<T>(name: string): ThreadChannel<T> {
  const channel = new BroadcastChannel(name)
  return {
    tell(message) {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- of windows
      channel.postMessage(message)
    },
    onMessage(take) {
      // oxlint-disable-next-line unicorn/prefer-add-event-listener -- not in types of Node.js 20
      channel.onmessage = (event) => take((event as { data: T }).data)
      channel.unref()
    },
  }
}
