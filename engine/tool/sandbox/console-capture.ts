// Sends what a tool prints to the engine, with the number of the call that printed it: the console,
// Deno.stdout and Deno.stderr, and through them Node's process.stdout. What bypasses them (a worker
// of the tool, node:fs) reaches the engine without a number.
import { AsyncLocalStorage } from 'node:async_hooks'
import { bytesLength, decode, stringIndexOf, stringSlice } from './primordials.ts'
import { show } from './describe-error.ts'

export type Stream = 'stdout' | 'stderr' | 'debug' | 'info' | 'warn' | 'error'

/** Sends one entry; `call` is null outside of calls, for example while the tool loads. */
export type SendEntry = (stream: Stream, call: number | null, text: string) => void

const storage = new AsyncLocalStorage<number>()
const getStore = storage.getStore.bind(storage)
const runInStore = storage.run.bind(storage)

/**
 * Runs a function as the call with this number; what it starts and leaves behind belongs to it too.
 */
export const runAsCall = (call: number, work: () => void): void => runInStore(call, work)

/** Returns the number of the call that the running code belongs to. */
const currentCall = (): number | null => getStore() ?? null

/**
 * Returns the text that console.log prints, with the placeholders of its first argument filled in.
 */
function format(values: readonly unknown[]): string {
  const first = values[0]
  let used = 0
  let line = ''
  if (typeof first === 'string') {
    used = 1
    let from = 0
    for (let at = stringIndexOf(first, '%', 0); at >= 0; at = stringIndexOf(first, '%', from)) {
      const mark = first[at + 1] ?? ''
      const isPlaceholder = mark !== '' && stringIndexOf('sdifjoOc', mark) >= 0
      line += stringSlice(first, from, at)
      from = at + 2
      if (!isPlaceholder || used >= values.length) line += `%${mark}`
      else if (mark === 'c') used++
      else line += show(values[used++])
    }
    line += stringSlice(first, from)
  }
  for (let i = used; i < values.length; i++) line += (i === 0 ? '' : ' ') + show(values[i])
  return line
}

const methods = {
  debug: 'debug',
  trace: 'debug',
  log: 'info',
  info: 'info',
  dir: 'info',
  warn: 'warn',
  error: 'error',
} as const

function captureConsole(send: SendEntry): void {
  for (const method of ['debug', 'trace', 'log', 'info', 'dir', 'warn', 'error'] as const) {
    const level = methods[method]
    console[method] = (...values: unknown[]) => send(level, currentCall(), format(values))
  }
}

/** Larger writes go straight to the descriptor, where the engine counts them. */
const longestCapturedWrite = 65_536

function captureStream(name: 'stdout' | 'stderr', send: SendEntry): void {
  const stream = Deno[name]
  const rawWrite = stream.writeSync.bind(stream)
  const write = (bytes: Uint8Array): number => {
    const length = bytesLength(bytes)
    if (length > longestCapturedWrite) return rawWrite(bytes)
    const call = currentCall()
    const text = decode(bytes)
    let from = 0
    for (let end = 0; end >= 0; from = end + 1) {
      end = stringIndexOf(text, '\n', from)
      const line = end < 0 ? stringSlice(text, from) : stringSlice(text, from, end)
      if (line !== '') send(name, call, line)
    }
    return length
  }
  stream.writeSync = write
  // deno-lint-ignore require-await
  stream.write = async (bytes: Uint8Array) => write(bytes)
}

/** Captures what prints, and errors that nothing catches. Call it before the tool loads. */
export function captureOutput(send: SendEntry): void {
  captureConsole(send)
  captureStream('stdout', send)
  captureStream('stderr', send)
  addEventListener('unhandledrejection', (event) => {
    event.preventDefault()
    send(
      'error',
      currentCall(),
      `a promise was rejected and nothing handles it: ${show(event.reason)}`,
    )
  })
  addEventListener('error', (event) => {
    event.preventDefault()
    const thrown = event.error ?? event.message
    send('error', currentCall(), `an error was thrown and nothing catches it: ${show(thrown)}`)
  })
}
