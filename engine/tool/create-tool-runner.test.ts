import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createToolProject, type ToolProject } from './testing/tool-project.ts'

const projects: ToolProject[] = []
const open = (...options: Parameters<typeof createToolProject>) => {
  const project = createToolProject(...options)
  projects.push(project)
  return project
}
afterEach(async () => {
  await Promise.all(projects.splice(0).map((project) => project.remove()))
})

/** Whether a process lives. */
function lives(pid: unknown): boolean {
  try {
    return process.kill(Number(pid), 0)
  } catch {
    return false
  }
}

/** Announces its process on the console, then goes on for ever. */
const announcing = (rest: string) =>
  `export default async (_, { signal }) => { console.log(String(Deno.pid)); ${rest} }`
const announced = async (project: ToolProject) => {
  await expect.poll(() => project.logged.length, { timeout: 10_000 }).toBeGreaterThan(0)
  return Number(project.logged[0]!.text)
}

describe('aborting', () => {
  it.each([
    ['waits', 'await new Promise((r) => setTimeout(r, 1e9))'],
    ['loops', 'for (;;);'],
    ['heeds its signal', 'await new Promise((r) => { setTimeout(r, 1e9); signal.onabort = r })'],
  ])('Should end the process of a tool that %s, and throw the reason', async (_, rest) => {
    const project = open()
    const cancel = new AbortController()
    const call = project.call(announcing(rest), { signal: cancel.signal })
    const pid = await announced(project)
    expect(lives(pid)).toBe(true)
    cancel.abort(new Error('canceled by the test'))
    await expect(call).rejects.toThrow('canceled by the test')
    expect(lives(pid)).toBe(false)
    expect(project.observed).toMatchObject([{ outcome: 'aborted' }])
    expect(await project.call('export default () => 1')).toEqual({ ok: true, output: 1 })
  })

  it('Should let the tool clean up, told by the signal of its context', async () => {
    const project = open({ graceMs: 15_000 })
    const cancel = new AbortController()
    const rest = `await new Promise((r) => { setTimeout(r, 1e9); signal.onabort = r }); console.log(signal.reason.message)`
    const call = project.call(announcing(rest), { signal: cancel.signal })
    await announced(project)
    cancel.abort(new Error('canceled by the test'))
    await expect(call).rejects.toThrow('canceled by the test')
    expect(project.logged[1]?.text).toBe('the call reached its time limit or was canceled')
  })

  it('Should leave other calls alone', async () => {
    const project = open()
    const cancel = new AbortController()
    project.write(
      'tools/other.ts',
      'export default async () => { await new Promise((r) => setTimeout(r, 300)); return 1 }',
    )
    const other = project.call('tools/other.ts')
    const call = project.call(announcing('for (;;);'), { signal: cancel.signal })
    await announced(project)
    cancel.abort(new Error('x'))
    await expect(call).rejects.toThrow('x')
    expect(await other).toEqual({ ok: true, output: 1 })
  })

  it('Should leave the queue while the call waits for its turn', async () => {
    const project = open({ maxProcesses: 1 })
    const cancel = new AbortController()
    const first = new AbortController()
    const running = project.call(announcing('for (;;);'), { signal: first.signal })
    await announced(project)
    project.write('tools/second.ts', 'export default () => console.log("never")')
    const waiting = project.call('tools/second.ts', { signal: cancel.signal })
    cancel.abort(new Error('left the queue'))
    await expect(waiting).rejects.toThrow('left the queue')
    first.abort(new Error('done'))
    await expect(running).rejects.toThrow('done')
    expect(project.logged).toHaveLength(1)
  })

  it('Should start nothing for a signal that is aborted already', async () => {
    const project = open()
    const call = project.call('export default () => 1', {
      signal: AbortSignal.abort(new Error('before')),
    })
    await expect(call).rejects.toThrow('before')
    expect(project.observed).toEqual([])
  })
})

/** How many Deno processes run tools of this project. */
function countProcesses(project: ToolProject): number {
  const isOne = (pid: string) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      return (
        command.includes('--cached-only') && command.includes(project.dir.replaceAll(',', ',,'))
      )
    } catch {
      return false
    }
  }
  return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && isOne(entry)).length
}

describe('many calls', () => {
  it.runIf(process.platform === 'linux')(
    'Should never run more processes than allowed, and answer each call',
    async () => {
      let waiting = 0
      let mostWaiting = 0
      const onWaiting = (change: number): void => {
        waiting += change
        mostWaiting = Math.max(mostWaiting, waiting)
      }
      const project = open({ maxProcesses: 2, onWaiting })
      for (const name of ['a', 'b', 'c'])
        project.write(`tools/${name}.ts`, `export default (n) => "${name}" + n`)
      const counts: number[] = []
      const timer = setInterval(() => counts.push(countProcesses(project)), 5)
      const calls = Array.from({ length: 24 }, (_, n) => ({ name: 'abc'[n % 3]!, n }))
      const results = await Promise.all(
        calls.map(({ name, n }) => project.call(`tools/${name}.ts`, { input: n })),
      )
      clearInterval(timer)
      expect(results).toEqual(calls.map(({ name, n }) => ({ ok: true, output: `${name}${n}` })))
      expect(Math.max(...counts)).toBe(2)
      expect(project.observed).toHaveLength(24)
      expect({ waiting, mostWaiting }).toEqual({ waiting: 0, mostWaiting: 22 })
    },
  )
})

describe('an engine that is killed', () => {
  it('Should take its tools with it', async () => {
    const engine = spawn(
      process.execPath,
      ['--import', 'tsx', path.join(import.meta.dirname, 'fixtures/killed-engine.ts')],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    const [printed] = (await once(engine.stdout, 'data')) as [Buffer]
    const { dir, pids } = JSON.parse(printed.toString()) as { dir: string; pids: unknown[] }
    expect(pids.map(lives)).toEqual([true, true])
    engine.kill('SIGKILL')
    await expect.poll(() => pids.map(lives), { timeout: 10_000 }).toEqual([false, false])
    rmSync(dir, { recursive: true })
  })
})

describe('stopping', () => {
  it('Should kill what runs, refuse what waits and what comes, and leave no process', async () => {
    const project = open({ maxProcesses: 1 })
    const running = project.call(announcing('for (;;);'))
    const pid = await announced(project)
    const waiting = project.call('export default () => 1')
    const ends = Promise.allSettled([running, waiting])
    await project.stop()
    const refused = { status: 'rejected', reason: { code: 'unavailable' } }
    expect(await ends).toMatchObject([refused, refused])
    expect(lives(pid)).toBe(false)
    await expect(project.call('export default () => 1')).rejects.toMatchObject({
      code: 'unavailable',
    })
  })

  it('Should kill idle processes too, also when done twice', async () => {
    const project = open()
    const result = await project.call('export default () => Deno.pid')
    const pid = result.ok && result.output
    expect(lives(pid)).toBe(true)
    await Promise.all([project.stop(), project.stop()])
    expect(lives(pid)).toBe(false)
  })

  it('Should kill a process that nobody uses', async () => {
    const project = open({ idleMs: 1 })
    const result = await project.call('export default () => Deno.pid')
    await expect.poll(() => lives(result.ok && result.output), { timeout: 10_000 }).toBe(false)
  })

  it('Should leave no listener on this process', async () => {
    const before = process.listenerCount('exit')
    const project = open()
    expect(process.listenerCount('exit')).toBe(before + 1)
    await project.stop()
    expect(process.listenerCount('exit')).toBe(before)
  })
})

describe('secrets', () => {
  const secrets = { KEY: 'hunter2-"quoted"', KEY_LONG: 'hunter2-"quoted"-and-more', TINY: 'a' }

  it('Should reach neither the log nor an error', async () => {
    const project = open({ secrets })
    const code = `export default () => {
      const [key, long] = [Deno.env.get('KEY'), Deno.env.get('KEY_LONG')]
      console.log('key', key, { long }); Deno.stderr.writeSync(new TextEncoder().encode(key))
      throw new Error('refused ' + key + ' and ' + long) }`
    const result = await project.call(code, { secrets: ['KEY', 'KEY_LONG', 'TINY'] })
    expect(result).toMatchObject({
      error: { message: 'refused [secret KEY] and [secret KEY_LONG]' },
    })
    expect(JSON.stringify([result, project.logged])).not.toContain('hunter2')
    expect(project.logged[0]).toMatchObject({ text: expect.stringContaining('key [secret KEY]') })
  })

  it('Should win over a variable of the same name, and not be given to other tools', async () => {
    const project = open({ secrets })
    const code = `export default () => Deno.env.get('KEY').length`
    const env = { KEY: 'declared' }
    expect(await project.call(code, { env, secrets: ['KEY'] })).toEqual({
      ok: true,
      output: secrets.KEY.length,
    })
    expect(await project.call(code, { env })).toEqual({ ok: true, output: 'declared'.length })
    expect(await project.call(code)).toMatchObject({ error: { type: 'ToolDenied' } })
  })
})

describe('an environment that is too large', () => {
  it('Should name its limit, which one that cannot be used otherwise does not', async () => {
    const project = open()
    const call = (V: string) => project.call('export default () => 1', { env: { V } })
    expect(await call('x'.repeat(130_000))).toMatchObject({
      error: { type: 'LimitExceeded' },
      limit: 'tool_env',
    })
    const { limit, error } = (await call('\0')) as { limit?: string; error: { type: string } }
    expect([limit, error.type]).toEqual([undefined, 'InvalidToolInput'])
  })
})

describe('the folder of compiled code', () => {
  it('Should lie in the project, and elsewhere where that cannot be written', async () => {
    const project = open()
    expect(existsSync(`${project.dir}/.compozy/deno`)).toBe(true)
    const blocked = open({ projectDir: `${project.write('file', '')}/inside` })
    expect(existsSync(`${blocked.dir}/.compozy`)).toBe(false)
  })
})
