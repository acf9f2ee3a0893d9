import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Invocation } from '../command.ts'
import { checkProject } from '../session.ts'
import { createProjectChecker, type CheckBounds } from './project-checker.ts'

/** A project of so many tasks; `last` is the last line of its workflow, by default a mistake. */
function projectOf(tasks: number, last = 'output: 1'): Invocation & { readonly dir: string } {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-checker-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  writeFileSync(join(dir, 'compozy.yaml'), 'name: x\nworkflows: [{ source: ./flow.yaml }]\n')
  const lines = Array.from(
    { length: tasks },
    (_, i) => `  - { id: t${i}, type: aggregate, outputs: { a: '{{ add 1 ${i} }}' } }`,
  )
  writeFileSync(join(dir, 'flow.yaml'), `id: flow\ntasks:\n${lines.join('\n')}\n${last}\n`)
  return { flags: { values: {}, switches: new Set(), positionals: [] }, env: {}, cwd: dir, dir }
}

function checkerWith(bounds: CheckBounds) {
  const checker = createProjectChecker(bounds)
  onTestFinished(() => checker.close())
  return checker
}

const unsound = { diagnostics: [] }

describe('the check of a changed project', () => {
  it('Should find what is wrong, in a thread of its own', async () => {
    const checker = checkerWith({ milliseconds: 60_000, megabytes: 1_024 })
    expect(await checker.check(projectOf(1), 'flow.yaml')).toMatchObject({
      lines: [],
      diagnostics: [{ message: expect.stringContaining('unknown key "output"') as string }],
    })
  })

  it('Should hand over a sound project of 2,000 tasks, compiled and ready to use', async () => {
    const checker = checkerWith({ milliseconds: 60_000, megabytes: 1_024 })
    const schema = '{ type: object, properties: { a: { type: integer, default: 7 } } }'
    const given = projectOf(2_000, `config: { input: ${schema} }`)
    const { sound } = await checker.check(given, 'flow.yaml')
    const flow = sound?.project.workflows.get('flow')
    expect(flow?.definition.tasks).toHaveLength(2_000)
    expect(flow?.acceptInput({})).toEqual({ a: 7 })
    expect(() => flow?.acceptInput({ a: 'x' })).toThrow('does not fit workflow "flow": /a ')
    const here = await checkProject(given)
    expect(sound?.config).toEqual(here.sound?.config)
    expect(flow?.sha256).toBe(here.sound?.project.workflows.get('flow')?.sha256)
  })

  it('Should end at its time limit, with the file that changed, and begin anew', async () => {
    const checker = checkerWith({ milliseconds: 1, megabytes: 1_024 })
    for (let i = 0; i < 2; i++)
      expect(await checker.check(projectOf(2_000), 'flow.yaml')).toEqual({
        ...unsound,
        lines: [
          "flow.yaml: error: the changed project can't be checked: it takes longer than 0.001 s",
        ],
      })
  })

  it('Should end at its memory limit, with the file that changed, and begin anew', async () => {
    const checker = checkerWith({ milliseconds: 60_000, megabytes: 4 })
    for (let i = 0; i < 2; i++)
      expect(await checker.check(projectOf(2_000), 'flow.yaml')).toEqual({
        ...unsound,
        lines: ["flow.yaml: error: the changed project can't be checked: it takes more than 4 MB"],
      })
  })
})
