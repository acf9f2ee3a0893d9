/**
 * One server of the benchmarks in a separate process, to measure its memory alone: `ARM`, with
 * --expose-gc.
 */
import { httpArms, startServer } from './servers.ts'

/** What a process holds, in bytes, after the collector has been. */
export interface Held {
  readonly heap: number
  readonly rss: number
}

const arm = httpArms.find((each) => each === process.argv[2])
if (arm === undefined || globalThis.gc === undefined || process.send === undefined)
  throw new Error('to be forked with --expose-gc and the name of an arm')
const { gc } = globalThis
const send = process.send.bind(process)

const { port } = await startServer(arm)
process.on('message', () => {
  gc()
  gc()
  const { heapUsed, external, rss } = process.memoryUsage()
  const held: Held = { heap: heapUsed + external, rss }
  send(held)
})
process.on('disconnect', () => process.exit(0))
send(port)
