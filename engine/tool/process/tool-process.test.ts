import { spawn } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { startToolProcess } from './tool-process.ts'

/** A program of Node.js as a tool's process. */
const startProgram = (
  code: string,
  { deno = process.execPath, launch = spawn, printOutside = (_: string): void => undefined } = {},
) =>
  startToolProcess(
    {
      deno,
      args: ['-e', code],
      cwd: import.meta.dirname,
      env: {},
      init: {},
      memoryMb: 1_024,
      outputLimitBytes: 10_000,
      openOutside: () => ({ write: ({ text }) => printOutside(text), end: () => undefined }),
    },
    launch,
  )

/** A process that answers its first line with `reply`, where TOKEN stands for the token. */
const startFake = (reply: string, deno = process.execPath, launch = spawn) =>
  startProgram(
    `const s = new (require('net').Socket)({ fd: 3 }); s.once('data', (line) => process.stdout.write(${JSON.stringify(reply)}.replaceAll('TOKEN', JSON.parse(line).token).replace('x+', 'x'.repeat(2e6))))`,
    { deno, launch },
  )

describe('a process', () => {
  it.each([
    ['a reply', '\nTOKEN{"type":"ready"}\n', { type: 'ready' }],
    [
      'its own reply after one to another call',
      '\nTOKEN{"type":"returned","id":9,"output":1}\nTOKEN{"type":"ready"}\n',
      { type: 'ready' },
    ],
    ['a garbled reply', '\nTOKEN{"type":"rea noise dy"\n', { type: 'exit', why: 'protocol' }],
    ['a line that never ends', 'TOKENx+', { type: 'exit', why: 'protocol' }],
  ])('Should answer with %s', async (_, reply, answer) => {
    const child = startFake(reply)
    expect(await child.loaded(() => undefined)).toMatchObject(answer)
    child.kill('stopped')
    await child.exited
  })

  it('Should end as a failure of its own when what handles its output throws', async () => {
    const log = '{"type":"log","stream":"info","call":null,"cut":0,"text":"x"}'
    const child = startFake(`\nTOKEN${log}\nTOKEN{"type":"ready"}\n`)
    const reply = await child.loaded(() => {
      throw new Error('the log is full')
    })
    expect(reply).toMatchObject({ type: 'exit', why: 'protocol' })
  })

  it('Should tell of its end only what came on stderr since the last call', async () => {
    let resolve = (_: string): void => undefined
    const printed = new Promise<string>((done) => (resolve = done))
    const child = startProgram(
      `let token
       require('readline').createInterface(new (require('net').Socket)({ fd: 3 })).on('line', (line) => {
         const { id, ...message } = JSON.parse(line)
         token ??= message.token
         const answer = (reply) => process.stdout.write('\\n' + token + JSON.stringify(reply) + '\\n')
         if (id === undefined) return answer({ type: 'ready' })
         require('fs').writeSync(2, 'error: of call ' + id + '\\n')
         if (id === 1) answer({ type: 'returned', id, output: 1 })
         else process.exit(3)
       })`,
      { printOutside: (text) => resolve(text) },
    )
    const print = ({ text }: { text: string }): void => resolve(text)
    expect(await child.loaded(print)).toMatchObject({ type: 'ready' })
    expect(await child.call({}, print)).toMatchObject({ type: 'returned' })
    expect(await printed).toBe('error: of call 1')
    const exit = await child.call({}, print)
    expect(exit).toMatchObject({ type: 'exit', code: 3, stderr: 'error: of call 2\n' })
  })

  it('Should end, and say so, when the program cannot be started', async () => {
    const child = startFake('', '/absent/deno')
    expect(await child.loaded(() => undefined)).toMatchObject({
      type: 'exit',
      failed: { code: 'ENOENT' },
    })
    expect(await child.call({}, () => undefined)).toMatchObject({ type: 'exit' })
  })

  it('Should end, and say so, when there are no descriptors for its pipes', async () => {
    const failed = Object.assign(new Error('spawn deno EMFILE'), { code: 'EMFILE' })
    // Node returns such a child without its pipes.
    const child = Object.assign(new EventEmitter(), { stdio: undefined, kill: () => false })
    const launch = () => {
      process.nextTick(() => child.emit('error', failed))
      return child
    }
    // Only what the class under test touches of a child.
    const tool = startFake('', 'deno', launch as unknown as typeof spawn)
    expect(await tool.loaded(() => undefined)).toMatchObject({ type: 'exit', failed })
    expect(await tool.exited).toMatchObject({ failed })
  })

  it.each(['ENOMEM', 'E2BIG'])('Should end, and say so, when spawn throws %s', async (code) => {
    const child = startFake('', 'deno', () => {
      throw Object.assign(new Error(`spawn ${code}`), { code })
    })
    child.kill('stopped')
    expect(await child.loaded(() => undefined)).toMatchObject({ type: 'exit', failed: { code } })
    expect(await child.exited).toMatchObject({ failed: { code } })
  })
})
