import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { get } from 'node:http'
import type { Socket } from 'node:net'
import type { ChildProcess } from 'node:child_process'
import { eventually } from '../support/compozy.ts'

/** Where a process with this environment opens its inspector: a free port, on SIGUSR1 alone. */
export const inspectable = { NODE_OPTIONS: '--inspect-port=0' } as const

/** A process of Node.js that can be reached through its inspector. */
interface Inspectable {
  readonly process: ChildProcess
  stderr(): string
}

/** A client's text frame of the WebSocket protocol (RFC 6455), up to 64 KiB. */
function frameOf(text: string): Buffer {
  const payload = Buffer.from(text)
  const mask = randomBytes(4)
  const head = Buffer.alloc(4)
  head.writeUInt8(0x81, 0)
  head.writeUInt8(0x80 | 126, 1)
  head.writeUInt16BE(payload.length, 2)
  return Buffer.concat([head, mask, payload.map((byte, index) => byte ^ mask[index % 4]!)])
}

function openSocket(url: URL): Promise<Socket> {
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
  }
  return new Promise((resolve, reject) => {
    get({ host: url.hostname, port: url.port, path: url.pathname, headers })
      .once('upgrade', (_, socket) => resolve(socket))
      .once('error', reject)
  })
}

/**
 * Evaluates JavaScript in the main thread of a running process, as a debugger does, so that no
 * product code needs a hook for it. Resolves when the expression has been evaluated.
 */
export async function evaluateIn(target: Inspectable, expression: string): Promise<void> {
  target.process.kill('SIGUSR1')
  const announced = /Debugger listening on (ws:\/\/\S+)/
  const text = await eventually(
    async () => target.stderr(),
    (stderr) => announced.test(stderr),
  )
  const socket = await openSocket(new URL(announced.exec(text)![1]!))
  const answered = new Promise<void>((resolve, reject) => {
    socket.once('data', () => resolve())
    socket.once('close', () => reject(new Error('the inspector closed the connection')))
    socket.once('error', reject)
  })
  socket.write(
    frameOf(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } })),
  )
  await answered.finally(() => socket.destroy())
}

/** The text of a file below /proc; empty when its process or thread has ended. */
function readProc(file: string): string {
  try {
    return readFileSync(`/proc/${file}`, 'utf8').trim()
  } catch {
    return ''
  }
}

/** Ids of the processes that a process started and that run `program`, on Linux. */
export function childrenOf(pid: number, program: string): number[] {
  const threads = readdirSync(`/proc/${pid}/task`)
  const children = threads.flatMap((thread) =>
    readProc(`${pid}/task/${thread}/children`).split(' '),
  )
  return children.filter((child) => readProc(`${child}/comm`) === program).map(Number)
}
