// Sends what a tool prints to the engine, with the number of the call that printed it: the console,
// Deno.stdout and Deno.stderr, and through them Node's process.stdout. What bypasses them (a worker
// of the tool, node:fs) reaches the engine without a number.
import { AsyncLocalStorage } from 'node:async_hooks'
import {
  apply,
  bytesAfter,
  bytesLength,
  createDecoder,
  objectKeys,
  stringIndexOf,
  stringSlice,
  text,
} from './primordials.ts'

export type Stream = 'stdout' | 'stderr' | 'debug' | 'info' | 'warn' | 'error'

/** Sends one entry; `call` is null outside of calls, for example while the tool loads. */
export type SendEntry = (stream: Stream, call: number | null, text: string) => void

const storage = new AsyncLocalStorage<number>()
const getStore = storage.getStore.bind(storage)
const runInStore = storage.run.bind(storage)

/** Gives the console back as it was before any call. */
let resetConsole = (): void => undefined

/**
 * Runs a function as the call with this number; what it starts and leaves behind belongs to it too.
 */
export function runAsCall(call: number, work: () => void): void {
  resetConsole()
  runInStore(call, work)
}

/** Returns the number of the call that the running code belongs to. */
const currentCall = (): number | null => getStore() ?? null

type Method = (...values: unknown[]) => void
type DenoConsole = new (print: (text: string, level: number) => void) => Record<string, unknown>

// The class of Deno's own console formats as users know it, and uses copies of builtins. Deno keeps
// it for its tests and leaves it out of its types, so the cast.
const internals = Deno as unknown as Record<PropertyKey, unknown>
const { Console } = internals[internals['internal'] as symbol] as { readonly Console: DenoConsole }

/** Levels of Deno's console; the last is that of console.trace. */
const levels = ['debug', 'info', 'warn', 'error', 'debug'] as const
const traceLevel = 4
/** A frame of the engine's half in a trace; the tool's own come before it. */
const ownFrame = '(data:application/typescript;base64,'

/** Returns a trace with the frames of the tool alone: the engine's are before and after them. */
function withoutOwnFrames(trace: string): string {
  let kept = ''
  let isBehindMethod = false
  let hasFrames = false
  for (let from = 0; from <= trace.length;) {
    const end = stringIndexOf(trace, '\n', from)
    const to = end < 0 ? trace.length : end
    const line = stringSlice(trace, from, to)
    const isOwn = stringIndexOf(line, ownFrame) >= 0
    if (isOwn && hasFrames) return kept
    if (!isOwn) kept += (from === 0 ? '' : '\n') + line
    if (isOwn) isBehindMethod = true
    else hasFrames = isBehindMethod
    from = to + 1
  }
  return kept
}

/** Without a prototype: a tool may have put setters there. */
const createNames = () =>
  // The compiler takes __proto__ for a name.
  ({ __proto__: null }) as unknown as Record<string, true>

/** The plain method that prints what another one could not. */
function plainMethodOf(name: string): string {
  if (name === 'assert') return 'error'
  return name === 'debug' || name === 'warn' || name === 'error' ? name : 'log'
}

function captureConsole(send: SendEntry, show: (value: unknown) => string): void {
  let isMuted = false
  const print = (printed: string, level: number): void => {
    if (isMuted) return
    const whole = level === traceLevel ? withoutOwnFrames(printed) : printed
    const end = whole.length - 1
    const shown = whole[end] === '\n' ? stringSlice(whole, 0, end) : whole
    // The line break after a trace comes alone.
    if (shown !== '' || level !== traceLevel) send(levels[level] ?? 'info', currentCall(), shown)
  }
  let own = new Console(print)
  const run = (name: string, values: unknown[]): void =>
    apply(own[name] as Method, undefined, values)

  /** Prints what can be shown of the values that a method has failed to print. */
  function printEach(name: string, values: readonly unknown[]): void {
    let line = ''
    // The first value of assert is its condition.
    const from = name === 'assert' ? 1 : 0
    for (let i = from; i < values.length; i++) line += (i === from ? '' : ' ') + show(values[i])
    run(plainMethodOf(name), [line])
  }

  /** Names that a call has counted and timed. Deno keeps them for all of its consoles together. */
  let names = createNames()
  const remember = (name: unknown): void => {
    try {
      names[name === undefined ? 'default' : text(name)] = true
    } catch {
      // Deno refuses a name that cannot be text, too.
    }
  }
  resetConsole = () => {
    isMuted = true
    const used = objectKeys(names)
    for (let i = 0; i < used.length; i++) {
      run('countReset', [used[i]])
      run('timeEnd', [used[i]])
    }
    names = createNames()
    // A new one is in no group.
    own = new Console(print)
    isMuted = false
  }

  // Its methods are set by name.
  const target = console as unknown as Record<string, unknown>
  for (const [name, method] of Object.entries(own)) {
    if (typeof method !== 'function') continue
    target[name] = (...values: unknown[]): void => {
      if (name === 'count' || name === 'time') remember(values[0])
      try {
        run(name, values)
      } catch {
        printEach(name, values)
      }
    }
  }
  // A log has nothing to clear.
  target['clear'] = () => undefined
}

/** Bytes that are sent at once: they hold fewer characters than an entry may have. */
const pieceBytes = 65_000

/**
 * Sends the text of each write as it comes. The engine finds the lines in it: a process that is
 * killed must not keep the beginning of one.
 */
function captureStream(name: 'stdout' | 'stderr', send: SendEntry): void {
  const stream = Deno[name]
  let writer: number | null = null
  let decode = createDecoder()
  const write = (bytes: Uint8Array): number => {
    const length = bytesLength(bytes)
    const call = currentCall()
    if (call !== writer) decode = createDecoder()
    writer = call
    for (let from = 0; from < length; from += pieceBytes) {
      const text = decode(bytesAfter(bytes, from, pieceBytes))
      if (text !== '') send(name, call, text)
    }
    return length
  }
  stream.writeSync = write
  // deno-lint-ignore require-await
  stream.write = async (bytes: Uint8Array) => write(bytes)
  // Each reader of the property gets a stream of its own: what one call closes or locks, the next
  // one needs. The descriptor stays open, because the protocol needs it.
  const writable = (): WritableStream<Uint8Array> => new Writable(sinkOf(write))
  Object.defineProperty(stream, 'writable', { get: writable, configurable: true })
  stream.close = () => undefined
}

const Writable = WritableStream<Uint8Array>

/** Without a prototype: a tool may have put methods of a sink there. */
const sinkOf = (write: (bytes: Uint8Array) => number): UnderlyingSink<Uint8Array> =>
  ({
    __proto__: null,
    write: (bytes: Uint8Array) => void write(bytes),
  }) as UnderlyingSink<Uint8Array>

/**
 * Captures what prints, and errors that nothing catches. Call it before the tool loads. `show` is
 * not imported: each import of a module puts a copy of it into the arguments of the process.
 */
export function captureOutput(send: SendEntry, show: (value: unknown) => string): void {
  captureConsole(send, show)
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
