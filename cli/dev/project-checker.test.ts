import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Given } from '../session.ts'
import { createProjectChecker, type CheckBounds } from './project-checker.ts'

/** A project of so many tasks, one of which has a mistake. */
function projectOf(tasks: number): Given & { readonly dir: string } {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-checker-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  writeFileSync(join(dir, 'compozy.yaml'), 'name: x\nworkflows: [{ source: ./flow.yaml }]\n')
  const lines = Array.from(
    { length: tasks },
    (_, i) => `  - { id: t${i}, type: aggregate, outputs: { a: '{{ add 1 ${i} }}' } }`,
  )
  writeFileSync(join(dir, 'flow.yaml'), `id: flow\ntasks:\n${lines.join('\n')}\noutput: 1\n`)
  return { flags: { values: {}, switches: new Set(), positionals: [] }, env: {}, cwd: dir, dir }
}

function checkerWith(bounds: CheckBounds) {
  const checker = createProjectChecker(bounds)
  onTestFinished(() => checker.close())
  return checker
}

const unsound = { isSound: false, diagnostics: [] }

describe('the check of a changed project', () => {
  it('Should find what is wrong, in a thread of its own', async () => {
    const checker = checkerWith({ milliseconds: 60_000, megabytes: 1_024 })
    expect(await checker.check(projectOf(1), 'flow.yaml')).toMatchObject({
      isSound: false,
      lines: [],
      diagnostics: [{ message: expect.stringContaining('unknown key "output"') as string }],
    })
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
