import { describe, expect, it } from 'vitest'
import { startToolProcess } from './tool-process.ts'

/** A process that answers its first line with `reply`, where TOKEN stands for the token. */
const startFake = (reply: string, deno = process.execPath) =>
  startToolProcess({
    deno,
    args: [
      '-e',
      `process.stdin.once('data', (line) => process.stdout.write(${JSON.stringify(reply)}.replaceAll('TOKEN', JSON.parse(line).token)))`,
    ],
    cwd: import.meta.dirname,
    env: {},
    init: {},
    memoryMb: 1_024,
  })

describe('a process', () => {
  it.each([
    ['a reply', '\nTOKEN{"type":"ready"}\n', { type: 'ready' }],
    [
      'its own reply after one to another call',
      '\nTOKEN{"type":"returned","id":9,"output":1}\nTOKEN{"type":"ready"}\n',
      { type: 'ready' },
    ],
    ['a garbled reply', '\nTOKEN{"type":"rea noise dy"\n', { type: 'exit', why: 'garbled' }],
  ])('Should answer with %s', async (_, reply, answer) => {
    const child = startFake(reply)
    expect(await child.loaded(() => undefined)).toMatchObject(answer)
    child.kill('stopped')
    await child.exited
  })

  it('Should end, and say so, when the program cannot be started', async () => {
    const child = startFake('', '/absent/deno')
    expect(await child.loaded(() => undefined)).toMatchObject({
      type: 'exit',
      failed: { code: 'ENOENT' },
    })
    expect(await child.call({}, () => undefined)).toMatchObject({ type: 'exit' })
  })
})
