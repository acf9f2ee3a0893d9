import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import type { Writable } from 'node:stream'
import { toolObservationsLimit, type ToolObservation } from '../../core/custom-metric.ts'
import type { JsonObject } from '../../core/json.ts'
import { defined } from '../../core/defined.ts'
import type { LogStream } from '../../run-logs.ts'
import { CallPrinters, type PrintLine } from './call-printers.ts'
import type { ConsoleLog } from './console-log.ts'
import { longestLine } from '../limits.ts'
import { createLineReader } from '../protocol/line-reader.ts'
import { watchMemory, type MemoryWatch } from './memory-watch.ts'
import { parseToolLine, type MetricEntry, type ToolReply } from '../protocol/protocol.ts'

/** Why the engine killed a process. `protocol`: it wrote a line that does not fit the protocol. */
export type KillReason =
  | 'timeout'
  | 'memory'
  | 'flood'
  | 'protocol'
  | 'aborted'
  | 'stopped'
  | 'idle'

/**
 * How a process ended. `stderr` is the end of what it wrote there since the last call began;
 * `failed` says why it never started.
 */
export interface ProcessExit {
  readonly type: 'exit'
  readonly why?: KillReason
  readonly code: number | null
  readonly signal: string | null
  readonly stderr: string
  readonly failed?: NodeJS.ErrnoException
}

/** How to start a tool's process. */
export interface ProcessInput {
  readonly deno: string
  /** Flags, and the main module. */
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Tells the sandbox what to load. The token is added. */
  readonly init: JsonObject
  readonly memoryMb: number
  readonly outputLimitBytes: number
  /** Opens a log for what the process prints outside of every known call, anew with each call. */
  readonly openOutside: () => ConsoleLog
}

/** A Deno process that holds one tool. It serves one call at a time. */
export interface ToolProcess {
  readonly pid: number
  readonly exited: Promise<ProcessExit>
  /**
   * Waits until the tool is loaded. What it prints meanwhile belongs to the call it is loaded for.
   */
  loaded(print: PrintLine): Promise<ToolReply | ProcessExit>
  /** Sends a call and waits for its reply. */
  call(request: JsonObject, print: PrintLine): Promise<ToolReply | ProcessExit>
  /** Aborts the signal of the call in flight. */
  interrupt(): void
  /** Reports whether the process has grown so much that it must not serve another call. */
  isNearMemoryLimit(): boolean
  /** Kills the process at once; the first reason counts. */
  kill(why: KillReason): void
}

/** More output than this during one call, without its reply, is an accident or an attack. */
const floodCharacters = 64 << 20
const stderrCharacters = 4_096

/** What the engine waits for. `id` is undefined while the tool loads. */
interface PendingReply {
  readonly id: number | undefined
  readonly settle: (reply: ToolReply | ProcessExit) => void
}

/**
 * The engine's side of one Deno process. Nothing that the process writes can throw out of here: a
 * line that does not fit the protocol, or whose handling fails, kills the process.
 */
class DenoProcess implements ToolProcess {
  readonly pid: number
  readonly exited: Promise<ProcessExit>
  readonly #child: ReturnType<typeof spawn>
  readonly #printers: CallPrinters
  readonly #outputLimitBytes: number
  #memory: MemoryWatch | undefined
  #why: KillReason | undefined
  #stderr = ''
  #received = 0
  #lastId = 0
  #exit: ProcessExit | undefined
  #pending: PendingReply | undefined
  readonly #observations: ToolObservation[] = []

  constructor(input: ProcessInput, launch: typeof spawn) {
    this.#printers = new CallPrinters(input.openOutside)
    this.#outputLimitBytes = input.outputLimitBytes
    // The tool's stdin is empty; descriptor 3 carries the engine's messages.
    this.#child = launch(input.deno, input.args, {
      cwd: input.cwd,
      env: { ...input.env },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    })
    this.pid = this.#child.pid ?? -1
    this.exited = new Promise((resolve) => this.#whenExited(resolve, input.memoryMb))
    const token = randomBytes(16).toString('hex')
    this.#readOutput(token, longestLine(input.outputLimitBytes) + token.length)
    this.#channel()?.on('error', () => undefined) // the process is gone; its exit says so
    this.#write({ ...input.init, token })
  }

  loaded(print: PrintLine): Promise<ToolReply | ProcessExit> {
    this.#printers.startLoading(print)
    return this.#reply(undefined)
  }

  call(request: JsonObject, print: PrintLine): Promise<ToolReply | ProcessExit> {
    const id = ++this.#lastId
    this.#printers.startCall(id, print)
    this.#write({ ...request, id })
    return this.#reply(id)
  }

  interrupt(): void {
    this.#write({ abort: this.#lastId })
  }

  isNearMemoryLimit(): boolean {
    return this.#memory?.isNearLimit() === true
  }

  kill(why: KillReason): void {
    this.#why ??= why
    this.#child.kill('SIGKILL')
  }

  #channel(): Writable | undefined {
    // A process that lacked descriptors to start has no pipes, whatever the types say.
    const stdio = this.#child.stdio as readonly unknown[] | undefined
    return stdio?.[3] as Writable | undefined
  }

  #write(message: JsonObject): void {
    this.#channel()?.write(`${JSON.stringify(message)}\n`)
  }

  #whenExited(resolve: (exit: ProcessExit) => void, limitMb: number): void {
    const memory = watchMemory({ pid: this.pid, limitMb }, () => this.kill('memory'))
    this.#memory = memory
    const end = (code: number | null, signal: string | null, failed?: NodeJS.ErrnoException) => {
      if (this.#exit !== undefined) return
      memory.stop()
      this.#printers.end()
      const stderr = this.#stderr
      this.#exit = { type: 'exit', code, signal, stderr, ...defined({ why: this.#why, failed }) }
      this.#pending?.settle(this.#exit)
      resolve(this.#exit)
    }
    // 'close' comes after the last byte of the pipes.
    this.#child.once('close', (code, signal) => end(code, signal))
    this.#child.once('error', (error) => end(null, null, error))
  }

  #readOutput(token: string, longest: number): void {
    const onTooLong = () => this.kill('protocol')
    const noiseOf = (stream: LogStream) => (line: string, cut: number) =>
      this.#printers.printNoise(stream, line, cut)
    const onMessage = (json: string) => this.#receive(json)
    const stdout = createLineReader(
      { token, longest },
      { onMessage, onNoise: noiseOf('stdout'), onTooLong },
    )
    // Only stdout carries the protocol.
    const stderr = createLineReader(
      { token, longest },
      { onMessage: onTooLong, onNoise: noiseOf('stderr'), onTooLong },
    )
    this.#child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      this.#guard(piece, (text) => stdout.read(text))
    })
    this.#child.stdout?.once('end', () => this.#guard('', () => stdout.end()))
    this.#child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
      this.#stderr = (this.#stderr + piece).slice(-stderrCharacters)
      this.#guard(piece, (text) => stderr.read(text))
    })
    this.#child.stderr?.once('end', () => this.#guard('', () => stderr.end()))
  }

  /** Handles a piece of output. Whatever goes wrong in it ends this process, never the engine. */
  #guard(piece: string, handle: (piece: string) => void): void {
    if (this.#why === 'protocol' || this.#why === 'flood') return
    this.#received += piece.length
    if (this.#received > floodCharacters) return this.kill('flood')
    try {
      handle(piece)
    } catch {
      this.kill('protocol')
    }
  }

  #receive(json: string): void {
    if (this.#why === 'protocol') return
    const message = parseToolLine(json, this.#outputLimitBytes)
    if (message === undefined) return this.kill('protocol')
    if (message.type === 'log') return this.#printers.printEntry(message)
    if (message.type === 'metric') return this.#record(message)
    if (this.#pending?.id === ('id' in message ? message.id : undefined)) {
      const observations = this.#observations.splice(0)
      this.#pending?.settle(observations.length === 0 ? message : { ...message, observations })
    }
  }

  #record({ call, kind, name, value, labels }: MetricEntry): void {
    if (call !== this.#pending?.id || this.#observations.length >= toolObservationsLimit) return
    this.#observations.push({ kind, name, value, labels })
  }

  async #reply(id: number | undefined): Promise<ToolReply | ProcessExit> {
    if (this.#exit !== undefined) return this.#exit
    this.#received = 0
    // What an earlier call left there explains nothing of this one.
    this.#stderr = ''
    this.#observations.length = 0
    const reply = await new Promise<ToolReply | ProcessExit>((settle) => {
      this.#pending = { id, settle }
    })
    this.#pending = undefined
    return reply
  }
}

/** Starts Deno. Never throws: the {@link ProcessExit} of a process that cannot start says so. */
export function startToolProcess(input: ProcessInput, launch = spawn): ToolProcess {
  try {
    return new DenoProcess(input, launch)
  } catch (error) {
    return neverStarted(error as NodeJS.ErrnoException)
  }
}

/** Returns a process that spawn refused at once: for want of memory, or for its arguments. */
function neverStarted(failed: NodeJS.ErrnoException): ToolProcess {
  const exit: ProcessExit = { type: 'exit', code: null, signal: null, stderr: '', failed }
  const ended = () => Promise.resolve(exit)
  return {
    pid: -1,
    exited: ended(),
    loaded: ended,
    call: ended,
    interrupt: () => undefined,
    isNearMemoryLimit: () => false,
    kill: () => undefined,
  }
}
