import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { standardKinds } from '../engine/kinds/index.ts'
import { formatDiagnostics } from '../engine/project/format.ts'
import { loadProject, type LoadResult } from '../engine/project/load.ts'

const page = readFileSync(resolve(import.meta.dirname, '../docs/reference/language.md'), 'utf8')

/**
 * Code blocks whose first line is `# file: NAME` or `// file: NAME`: together they are one project.
 */
const files = [...page.matchAll(/^```(?:yaml|ts)\n(?:#|\/\/) file: (\S+)\n(.*?)^```$/gms)].map(
  ([, name, text]) => [name!, text!] as const,
)
const workflows = files.filter(([name]) => name.startsWith('workflows/'))

describe('the examples of the language page', () => {
  let dir: string
  let loaded: LoadResult

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'compozy-language-'))
    for (const [name, text] of files) {
      await mkdir(dirname(join(dir, name)), { recursive: true })
      await writeFile(join(dir, name), text)
    }
    loaded = await loadProject(dir, { env: { HOME_CURRENCY: 'EUR' } })
  })
  afterAll(() => rm(dir, { recursive: true }))

  it('Should be one sound project without a warning', () => {
    const found = 'project' in loaded ? loaded.project.warnings : loaded.diagnostics
    expect(found.length === 0 ? '' : formatDiagnostics(found)).toBe('')
  })

  it.each(workflows)('Should hold %s', (file) => {
    const known = 'project' in loaded ? [...loaded.project.workflows.values()] : []
    expect(known.map((workflow) => workflow.file)).toContain(file)
  })

  it('Should show every kind of task, each in a file that is loaded', () => {
    const shown = new Set(
      workflows.flatMap(([, text]) => [...text.matchAll(/type: (\w+)/g)].map(([, kind]) => kind!)),
    )
    // A task without a type is basic.
    const kinds = standardKinds.names.filter((kind) => kind !== 'basic')
    expect(kinds.filter((kind) => !shown.has(kind))).toEqual([])
  })
})
