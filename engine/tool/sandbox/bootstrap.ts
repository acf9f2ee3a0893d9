// The trusted half of a tool's process, run by Deno as its main module. It speaks with the engine over stdin and
// stdout: one JSON a line, the engine's lines plain, its own guarded by a token that it learns before any code of the
// tool is loaded. The tool is loaded by a computed import: only that makes Deno check every file of its module graph.
// Whatever the tool could replace (globals, prototypes) is captured here first.

interface Init {
  token: string
  module: string
  exportName: string | null
  outputLimitBytes: number
}

interface Request {
  id: number
  input: unknown
  context: Record<string, unknown>
}

type Tool = (input: unknown, context: unknown) => unknown

/** A method of a prototype as a function of its object, as it is now. */
const take = (owner: object, name: string): unknown =>
  Function.prototype.call.bind(Reflect.get(owner, name))

const indexOf = take(String.prototype, 'indexOf') as (
  self: string,
  what: string,
  from: number,
) => number
const slice = take(String.prototype, 'slice') as (self: string, from: number, to?: number) => string
const replace = take(String.prototype, 'replace') as (
  self: string,
  pattern: RegExp,
  by: (match: string) => string,
) => string
const subarray = take(Uint8Array.prototype, 'subarray') as (
  self: Uint8Array,
  from: number,
  to?: number,
) => Uint8Array
const { parse, stringify } = JSON
const { keys } = Object
const { isFinite } = Number
const text = String
const encoder = new TextEncoder()
const encode = encoder.encode.bind(encoder)
const decoder = new TextDecoder()
const decode = decoder.decode.bind(decoder)
const write = Deno.stdout.writeSync.bind(Deno.stdout)
const read = Deno.stdin.read.bind(Deno.stdin)
const { addSignalListener, exit, inspect, unrefTimer } = Deno
const parentOf = () => Deno.ppid
const engine = parentOf()
const repeat = setInterval
const { NotCapable } = Deno.errors
const Controller = AbortController
const Failure = Error
const Aborted = DOMException

const chunk = new Uint8Array(65_536)
let unread = ''

/**
 * The next line of the engine's; `undefined` when it is gone. Nothing is read ahead: a call whose promise can never
 * settle must leave Deno nothing to wait for, so that it exits.
 */
async function nextLine(): Promise<string | undefined> {
  let searched = 0
  for (;;) {
    const end = indexOf(unread, '\n', searched)
    if (end >= 0) {
      const line = slice(unread, 0, end)
      unread = slice(unread, end + 1)
      return line
    }
    searched = unread.length
    const count = await read(chunk)
    if (count === null) return undefined
    unread += decode(subarray(chunk, 0, count), { stream: true })
  }
}

const firstLine = await nextLine()
if (firstLine === undefined) exit(0)
const { token, module, exportName, outputLimitBytes } = parse(firstLine) as Init

/** The line break in front ends whatever partial line the tool has left on stdout. */
function send(json: string): void {
  const bytes = encode(`\n${token}${json}\n`)
  for (let sent = 0; sent < bytes.length;) sent += write(subarray(bytes, sent))
}

function show(value: unknown): string {
  if (typeof value === 'string') return value
  try {
    return inspect(value)
  } catch {
    return '[a value that cannot be shown]'
  }
}

/** The text that console would print, with the placeholders of its first argument filled in. */
function format(values: unknown[]): string {
  let used = 0
  let line = ''
  if (typeof values[0] === 'string') {
    used = 1
    line = replace(values[0], /%[sdifjoOc%]/g, (mark) => {
      if (mark === '%%' || used >= values.length) return mark
      const value = values[used++]
      return mark === '%c' ? '' : show(value)
    })
  }
  for (let i = used; i < values.length; i++) line += (i === 0 ? '' : ' ') + show(values[i])
  return slice(line, 0, 65_536)
}

function log(level: string, ...values: unknown[]): void {
  send(`{"type":"log","level":"${level}","text":${stringify(format(values))}}`)
}

const levels = {
  debug: 'debug',
  log: 'info',
  info: 'info',
  warn: 'warn',
  error: 'error',
  trace: 'debug',
} as const
for (const method of ['debug', 'log', 'info', 'warn', 'error', 'trace'] as const) {
  console[method] = (...values: unknown[]) => log(levels[method], ...values)
}
addEventListener('unhandledrejection', (event) => {
  event.preventDefault()
  log('error', 'a promise was rejected that nothing waits for:', event.reason)
})
addEventListener('error', (event) => {
  event.preventDefault()
  log('error', 'an error was thrown that nothing catches:', event.error ?? event.message)
})

function property(thrown: unknown, name: string): string {
  try {
    const value = (thrown as Record<string, unknown> | null | undefined)?.[name]
    return value === undefined || value === null ? '' : text(value)
  } catch {
    return ''
  }
}

/** What was thrown, as JSON. */
function describe(thrown: unknown): string {
  const object = typeof thrown === 'object' && thrown !== null
  const name = object ? property(thrown, 'name') : ''
  const message = object
    ? property(thrown, 'message') || (name === '' ? show(thrown) : '')
    : show(thrown)
  const denied = object && thrown instanceof NotCapable
  const imported = property(thrown, 'code') === 'ERR_MODULE_NOT_FOUND'
  return (
    `{"name":${stringify(name || 'Error')},"message":${stringify(slice(message, 0, 8_192))}` +
    `,"stack":${stringify(slice(property(thrown, 'stack'), 0, 16_384))},"denied":${denied},"imported":${imported}}`
  )
}

async function load(): Promise<Tool> {
  let exports: Record<string, unknown>
  try {
    exports = await import(module)
  } catch (thrown) {
    send(`{"type":"load_failed","error":${describe(thrown)}}`)
    exit(1)
  }
  for (const name of exportName === null ? ['default', 'run'] : [exportName]) {
    if (typeof exports[name] === 'function') return exports[name] as Tool
  }
  send(`{"type":"export_missing","exports":${stringify(keys(exports))}}`)
  exit(1)
}

function toJson(output: unknown): string {
  if (output === undefined) return 'null'
  const json = stringify(output, (key, value) => {
    const wrong =
      typeof value === 'bigint'
        ? 'a bigint'
        : typeof value === 'number' && !isFinite(value)
          ? text(value)
          : ''
    if (wrong !== '')
      throw new Failure(`${wrong}${key === '' ? '' : ` at key "${key}"`} is no JSON value`)
    return value
  })
  if (json === undefined) throw new Failure(`a ${typeof output} is no JSON value`)
  return json
}

/** The reply to a call, without its head. */
async function run(tool: Tool, input: unknown, context: unknown): Promise<string> {
  let output: unknown
  try {
    output = await tool(input, context)
  } catch (thrown) {
    return `"type":"threw","error":${describe(thrown)}`
  }
  let json: string
  try {
    json = toJson(output)
  } catch (thrown) {
    const message = property(thrown, 'message')
    const end = indexOf(message, '\n', 0)
    return `"type":"unusable","message":${stringify(end < 0 ? message : slice(message, 0, end))}`
  }
  const size = encode(json).length
  if (size > outputLimitBytes) return `"type":"too_large","bytes":${size}`
  return `"type":"returned","output":${json}`
}

let current: { id: number; controller: AbortController } | undefined

// Nothing is left that could happen, and the tool has not answered.
addEventListener('beforeunload', () => {
  send(`{${current === undefined ? '' : `"id":${current.id},`}"type":"stranded"}`)
})

/**
 * Serves calls until the engine is gone. The end of stdin tells, between calls; during a call, that the parent process
 * is another one. SIGTERM is the engine's word that the call reached its limit or is no longer wanted; it kills soon
 * after. Not awaited at the top level: there even a timer that nobody waits for would keep a stranded tool alive.
 */
async function serve(): Promise<never> {
  const tool = await load()
  // Both wait until the tool is loaded: they would keep a module alive whose top-level await can never settle.
  addSignalListener('SIGTERM', () => {
    current?.controller.abort(
      new Aborted('the call reached its time limit or was cancelled', 'AbortError'),
    )
  })
  unrefTimer(repeat(() => parentOf() !== engine && exit(0), 1_000))
  send('{"type":"ready"}')
  for (;;) {
    const line = await nextLine()
    if (line === undefined) exit(0)
    const { id, input, context } = parse(line) as Request
    current = { id, controller: new Controller() }
    const reply = await run(tool, input, { ...context, signal: current.controller.signal })
    current = undefined
    send(`{"id":${id},${reply}}`)
  }
}
void serve()
