/**
 * Loaded into every thread of a measured process (`--import`, with `--expose-gc`): all threads
 * collect their garbage when the parent process asks.
 */
import { BroadcastChannel, isMainThread } from 'node:worker_threads'

const channel = new BroadcastChannel('bench-collect')

function collect(): void {
  // The second one takes what the first has only found to be free.
  for (let i = 0; i < 2; i++) (globalThis as { gc?(): void }).gc!()
}

// oxlint-disable-next-line unicorn/prefer-add-event-listener -- Node.js 20 types have none here
channel.onmessage = collect
channel.unref()

if (isMainThread) {
  process.on('message', () => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- between threads
    channel.postMessage('collect')
    collect()
    process.send!('collected')
  })
  process.channel?.unref()
}
