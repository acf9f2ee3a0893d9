import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { CompozyError } from '../../engine/core/errors.ts'
import { silentLogger } from '../../engine/core/logger.ts'
import type { Project } from '../../engine/project/project.ts'
import type { CommandContext } from '../command.ts'
import { createReloader, watchProject } from './reload.ts'
import type { ProjectChecker } from './project-checker.ts'
import { checkProject, openSession, type ProjectCheck } from '../session.ts'
import { createTerminal } from '../terminal.ts'
import { captureStreams } from '../testing/streams.ts'

const flow = (value: number) =>
  `id: flow\ntasks: [{ id: one, type: aggregate, outputs: { a: ${value} } }]\n`

function projectFolder(): { dir: string; write: (name: string, text: string) => void } {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-reload-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const write = (name: string, text: string) => writeFileSync(join(dir, name), text)
  write('compozy.yaml', 'name: x\nworkflows: [{ source: ./flow.yaml }]\n')
  write('flow.yaml', flow(1))
  return { dir, write }
}

/** A reloader on a sound project, with what it hands to the engine and what it says. */
async function setup(
  reload: (project: Project) => Promise<void> = async () => undefined,
  check: ProjectChecker['check'] = checkProject,
) {
  const folder = projectFolder()
  const captured = captureStreams()
  const context: CommandContext = {
    flags: { values: {}, switches: new Set(), positionals: [] },
    terminal: createTerminal(captured.streams, false),
    env: {},
    build: { version: '0', commit: 'x' },
    cwd: folder.dir,
    signal: new AbortController().signal,
  }
  const session = { ...(await openSession(context)), logger: silentLogger }
  const taken: Project[] = []
  const engine = {
    reload: async (project: Project) => reload(project).then(() => void taken.push(project)),
  }
  const reloader = createReloader(context, session, engine, { check })
  return { ...folder, ...captured, taken, reload: reloader }
}

describe('a reloader', () => {
  it('Should hand a changed project to the engine', async () => {
    const { write, reload, taken, stdout, stderr } = await setup()
    write('flow.yaml', flow(2))
    await reload()
    expect(JSON.stringify(taken[0]?.workflows.get('flow')?.definition.tasks)).toContain('"a":')
    expect([taken.length, stdout(), stderr()]).toEqual([1, 'reloaded: flow\n', ''])
  })

  it('Should show what is wrong where it is, keep the engine as it is, and go on when it is mended', async () => {
    const { write, reload, taken, stderr } = await setup()
    write('flow.yaml', 'id: flow\ntask: []\n')
    await reload()
    expect(taken).toEqual([])
    expect(stderr()).toContain('flow.yaml:2:1: error: unknown key "task"')
    expect(stderr()).toContain('not reloaded: the last good version keeps running')
    write('flow.yaml', flow(3))
    await reload()
    expect(taken).toHaveLength(1)
  })

  it('Should take the project as the check made it, without reading a file again', async () => {
    const made: ProjectCheck[] = []
    const { dir, write, reload, taken } = await setup(undefined, async (given) => {
      const checked = await checkProject(given)
      made.push(checked)
      rmSync(join(dir, 'flow.yaml'), { force: true })
      return checked
    })
    write('flow.yaml', flow(2))
    await reload()
    expect(taken).toHaveLength(1)
    expect(taken[0]).toBe(made[0]?.sound?.project)
    await reload()
    expect([taken.length, made[1]?.sound]).toEqual([1, undefined])
  })

  it('Should not load a project that the check refuses, even if its files are sound', async () => {
    const { reload, taken, stderr } = await setup(undefined, async () => ({
      lines: ['it takes longer than 30 s'],
      diagnostics: [],
    }))
    await reload()
    expect([taken, stderr()]).toEqual([[], expect.stringContaining('longer than 30 s')])
  })

  it('Should say that settings wait for the next start', async () => {
    const { write, reload, taken, stderr } = await setup()
    write('compozy.yaml', 'name: x\nworkflows: [{ source: ./flow.yaml }]\nserver: { port: 1234 }\n')
    await reload()
    expect([taken.length, stderr()]).toEqual([
      1,
      expect.stringContaining('take effect at the next start'),
    ])
  })

  it('Should name the metrics that wait for the next start, and no others', async () => {
    const { write, reload, taken, stderr } = await setup()
    write('flow.yaml', flow(2))
    await reload()
    expect(stderr()).not.toContain('metrics take effect')
    write(
      'flow.yaml',
      `${flow(2)}metrics: [{ name: orders, type: counter, help: Orders handled., on: any }]\n`,
    )
    await reload()
    expect([taken.length, stderr()]).toEqual([
      2,
      expect.stringMatching(/metrics take effect at the next start: \S*orders/),
    ])
  })

  it('Should say why the engine does not take it, and live on', async () => {
    const { reload, stderr, stdout } = await setup(async () => {
      throw new CompozyError('config_invalid', 'secrets are missing')
    })
    await reload()
    expect([stdout(), stderr()]).toEqual(['', 'not reloaded: secrets are missing\n'])
  })
})

describe('a watch on a project', () => {
  it('Should tell of YAML and code, wherever it lies, and not of what runs leave behind', async () => {
    const { dir, write } = projectFolder()
    for (const folder of ['.compozy', 'node_modules', 'tools']) mkdirSync(join(dir, folder))
    let changes = 0
    const watch = watchProject(dir, Date.now(), async () => void changes++)
    onTestFinished(() => watch.close())
    await watch.ready
    for (const name of ['.compozy/a.yaml', 'node_modules/a.ts', 'result.json']) write(name, 'x')
    write('tools/a.ts', 'x')
    await expect.poll(() => changes).toBe(1)
    write('flow.yaml', 'x')
    await expect.poll(() => changes).toBe(2)
  })

  it.each([
    ['tell of what was written after the project was read', 5, ['flow.yaml']],
    ['not tell of what the project was read from', -5, []],
  ])('Should %s, before it looks', async (_, seconds, told) => {
    const { dir } = projectFolder()
    const readAt = Date.now()
    for (const [name, at] of [
      ['compozy.yaml', -5],
      ['flow.yaml', seconds],
    ] as const)
      utimesSync(join(dir, name), readAt / 1_000 + at, readAt / 1_000 + at)
    const changes: string[] = []
    const watch = watchProject(dir, readAt, async (path) => void changes.push(basename(path)))
    onTestFinished(() => watch.close())
    await watch.ready
    // A later watch to which everything is new tells as late as the first one would.
    let later = 0
    const second = watchProject(dir, 0, async () => void later++)
    onTestFinished(() => second.close())
    await expect.poll(() => later).toBe(1)
    expect(changes).toEqual(told)
  })

  it('Should look again when the first look is done, never during it', async () => {
    const { dir, write } = projectFolder()
    const looks: (() => void)[] = []
    const watch = watchProject(dir, Date.now(), () => new Promise((resolve) => looks.push(resolve)))
    await watch.ready
    write('flow.yaml', '1')
    await expect.poll(() => looks.length).toBe(1)
    write('flow.yaml', '2')
    looks[0]!()
    await expect.poll(() => looks.length).toBe(2)
    looks[1]!()
    await watch.close()
  })
})
