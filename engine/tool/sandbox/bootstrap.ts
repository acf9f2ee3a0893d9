// The engine's half of a tool's process; Deno runs it as the main module. It receives one JSON a
// line on descriptor 3 and answers on stdout, each line marked by a token, so that no accident of
// the tool's looks like an answer. A hostile tool can learn the token (a heap snapshot holds it):
// the engine checks every line as the tool's own word and grants nothing for the token. A computed
// import loads the tool: only for those does Deno check every file of the module graph.
import { Socket } from 'node:net'
import { captureOutput, runAsCall, type Stream } from './console-capture.ts'
import { jsonTextOf } from './json-text.ts'
import * as own from './primordials.ts'
import { type ErrorBounds, errorText, show } from './describe-error.ts'

interface Init {
  readonly token: string
  readonly module: string
  readonly exportName: string | null
  readonly limits: {
    readonly outputBytes: number
    readonly depth: number
    readonly consoleCharacters: number
    readonly exports: number
    readonly observations: number
    readonly labelCharacters: number
    readonly error: ErrorBounds
  }
}

type Message =
  | { readonly id: number; readonly input: unknown; readonly context: Record<string, unknown> }
  | { readonly abort: number }

type Tool = (input: unknown, context: unknown) => unknown

const writeStdout = Deno.stdout.writeSync.bind(Deno.stdout)
const { exit } = Deno
const onEvent = addEventListener
// Deno's internals reach every resource of the process; tools have no use for them. Its types leave
// them out, so the cast.
const internals = Deno as unknown as Record<PropertyKey, unknown>
delete internals[internals['internal'] as symbol]

const socket = new Socket({ fd: 3 })
const holdOpen = socket.ref.bind(socket)
const letGo = socket.unref.bind(socket)

let init: Init | undefined
let tool: Tool | undefined
let current:
  | { readonly id: number; readonly controller: AbortController; observations: number }
  | undefined

/**
 * Writes one line. The line break in front ends a partial line that the tool has left on stdout.
 */
function send(json: string): void {
  const bytes = own.encode(`\n${init!.token}${json}\n`)
  const length = own.bytesLength(bytes)
  let sent = writeStdout(bytes)
  while (sent < length) sent += writeStdout(own.bytesAfter(bytes, sent))
}

function sendEntry(stream: Stream, call: number | null, text: string): void {
  const shown = own.cutText(text, init!.limits.consoleCharacters)
  const cut = text.length - shown.length
  send(
    `{"type":"log","stream":"${stream}","call":${call},"cut":${cut},"text":${own.stringify(shown)}}`,
  )
}

function outputReply(output: unknown): string {
  const { outputBytes, depth } = init!.limits
  const result = jsonTextOf(output, { depth, stopAtCharacters: 2 * outputBytes })
  if ('problem' in result) {
    const { pointer, problem } = result.problem
    const shown = own.cutText(problem, 1_000)
    return `"type":"unusable","pointer":${own.stringify(pointer)},"problem":${own.stringify(shown)}`
  }
  if ('stoppedAt' in result) return `"type":"too_large","bytes":${result.stoppedAt},"exact":false`
  const bytes = own.bytesLength(own.encode(result.json))
  if (bytes > outputBytes) return `"type":"too_large","bytes":${bytes},"exact":true`
  return `"type":"returned","output":${result.json}`
}

function reply(id: number, text: string): void {
  if (current?.id !== id) return
  current = undefined
  holdOpen()
  send(`{"id":${id},${text}}`)
}

/** Sends one observation of a call. What the engine would refuse anyway is cut or left out. */
function record(
  id: number,
  kind: 'counter' | 'histogram' | 'gauge',
  name: unknown,
  value: unknown,
  labels: unknown,
): void {
  const { observations, labelCharacters } = init!.limits
  if (current?.id !== id || current.observations >= observations) return
  current.observations++
  const number = typeof value === 'number' && own.isFinite(value) ? own.text(value) : 'null'
  const given = (labels ?? {}) as Record<string, unknown>
  const keys = typeof labels === 'object' && labels !== null ? own.objectKeys(labels) : []
  let list = ''
  // One more than allowed, so that the engine sees that there are too many.
  for (let i = 0; i < keys.length && i <= 4; i++) {
    const key = own.stringify(own.cutText(keys[i], labelCharacters))
    const label = given[keys[i]]
    const text = typeof label === 'symbol' ? '' : own.cutText(own.text(label), labelCharacters)
    list += `${i === 0 ? '' : ','}${key}:${own.stringify(text)}`
  }
  const metric = typeof name === 'string' ? own.cutText(name, labelCharacters) : ''
  send(
    `{"type":"metric","call":${id},"kind":"${kind}","name":${own.stringify(metric)},"value":${number},"labels":{${list}}}`,
  )
}

/** The `context.metrics` of a call: it records what the YAML declares with `on: tool`. */
function metricsOf(id: number): Record<string, unknown> {
  return {
    add: (name: unknown, value: unknown = 1, labels?: unknown) =>
      record(id, 'counter', name, value, labels),
    observe: (name: unknown, value: unknown, labels?: unknown) =>
      record(id, 'histogram', name, value, labels),
    set: (name: unknown, value: unknown, labels?: unknown) =>
      record(id, 'gauge', name, value, labels),
  }
}

/** Calls the tool. Nothing it does may escape: whatever throws here becomes its answer. */
function call(id: number, input: unknown, context: Record<string, unknown>): void {
  const controller = new own.Controller()
  current = { id, controller, observations: 0 }
  // A call that waits for nothing must leave Deno nothing to wait for either, so that it exits.
  letGo()
  const threw = (thrown: unknown) => {
    reply(id, `"type":"threw","error":${errorText(thrown, init!.limits.error)}`)
  }
  try {
    const given = { ...context, signal: own.signalOf(controller) }
    // Not enumerable: a tool may return the rest of its context, which is plain data.
    own.defineProperty(given, 'metrics', own.hiddenDescriptor(metricsOf(id)))
    const result = tool!(input, given)
    own.settle(result, (output) => reply(id, outputReply(output)), threw)
  } catch (thrown) {
    threw(thrown)
  }
}

function load(): void {
  const { module, exportName, limits } = init!
  own.settle(
    import(module),
    (namespace) => {
      const exports = namespace as Record<string, unknown>
      const names = exportName === null ? ['default', 'run'] : [exportName]
      for (let i = 0; i < names.length && tool === undefined; i++) {
        const found = exports[names[i]]
        if (typeof found === 'function') tool = found as Tool
      }
      if (tool !== undefined) {
        holdOpen()
        return send('{"type":"ready"}')
      }
      const keys = own.objectKeys(exports)
      let list = ''
      for (let i = 0; i < keys.length && i < limits.exports; i++) {
        list += (i === 0 ? '' : ',') + own.stringify(own.cutText(keys[i], 100))
      }
      send(`{"type":"export_missing","exports":[${list}],"count":${keys.length}}`)
      exit(1)
    },
    (thrown) => {
      send(`{"type":"load_failed","error":${errorText(thrown, limits.error)}}`)
      exit(1)
    },
  )
}

function start(first: Init): void {
  init = first
  captureOutput(sendEntry, show)
  // Nothing is left that could happen, and the tool has not answered.
  onEvent('beforeunload', () => {
    send(`{${current === undefined ? '' : `"id":${current.id},`}"type":"stranded"}`)
  })
  letGo()
  load()
}

function receive(line: string): void {
  if (init === undefined) return start(own.parse(line) as Init)
  const message = own.parse(line) as Message
  if (!('abort' in message)) {
    const { id, input, context } = message
    return runAsCall(id, () => call(id, input, context))
  }
  if (current?.id !== message.abort) return
  own.abort(
    current.controller,
    new own.AbortReason('the call reached its time limit or was canceled', 'AbortError'),
  )
}

let unread = ''
socket.setEncoding('utf8')
socket.on('data', (piece: string) => {
  let searched = unread.length
  unread += piece
  for (;;) {
    const end = own.stringIndexOf(unread, '\n', searched)
    if (end < 0) return
    const line = own.stringSlice(unread, 0, end)
    unread = own.stringSlice(unread, end + 1)
    searched = 0
    receive(line)
  }
})
// The engine is gone.
socket.on('end', () => exit(0))
socket.on('error', () => exit(0))
