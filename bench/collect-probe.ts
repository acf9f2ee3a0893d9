/**
 * Loaded into every thread of a measured process (`--import`, with `--expose-gc`): all threads
 * collect their garbage when the parent process asks.
 */
import { isMainThread } from 'node:worker_threads'
import { openThreadChannel } from './thread-channel.ts'

const channel = openThreadChannel<'collect'>('bench-collect')

function collect(): void {
  // The second one takes what the first has only found to be free.
  for (let i = 0; i < 2; i++) (globalThis as { gc?(): void }).gc!()
}

channel.onMessage(collect)
if (isMainThread) {
  process.on('message', () => {
    channel.tell('collect')
    collect()
    process.send!('collected')
  })
  process.channel?.unref()
}
