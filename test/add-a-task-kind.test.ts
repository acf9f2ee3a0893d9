import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { workflowJsonSchema } from '../engine/compiler/shapes/editor-schema.ts'
import { play } from '../engine/interpreter/testing/play.ts'
import { standardKinds } from '../engine/kinds/index.ts'
import { createTaskKinds } from '../engine/kinds/kind.ts'
import { formatDiagnostics } from '../engine/project/format.ts'
import { loadProject, type LoadResult } from '../engine/project/load.ts'
import { threshold } from './support/threshold-kind.ts'

const root = resolve(import.meta.dirname, '..')
const [first, ...others] = standardKinds.names.map((type) => standardKinds.of({ type }))
const kinds = createTaskKinds([first!, ...others, threshold])

async function load(tasks: string): Promise<LoadResult> {
  const dir = await mkdtemp(join(tmpdir(), 'compozy-kind-'))
  try {
    await writeFile(join(dir, 'compozy.yaml'), 'name: p\nworkflows: [{ source: ./main.yaml }]\n')
    await writeFile(join(dir, 'main.yaml'), `id: main\ntasks:\n${tasks}`)
    return await loadProject(dir, { env: {}, kinds })
  } finally {
    await rm(dir, { recursive: true })
  }
}

const good = `
  - id: check
    type: threshold
    value: '{{ .workflow.input.n }}'
    limit: 5
    above: high
    on_success: { next: low }
  - { id: low, type: aggregate, outputs: { is: low, n: '{{ .tasks.check.output.number }}' } }
  - { id: high, type: aggregate, outputs: { is: high } }
`

async function definitionOf(tasks: string) {
  const loaded = await load(tasks)
  if (!('project' in loaded)) throw new Error(formatDiagnostics(loaded.diagnostics))
  return loaded.project.workflows.get('main')!.definition
}

describe('a task kind of one file', () => {
  it.each([
    [3, { is: 'low', n: 3 }],
    [7, { is: 'high' }],
  ])('Should load, compile and run: %d', async (n, output) => {
    const played = play(await definitionOf(good), { input: { n }, kinds })
    expect(played.output).toEqual(output)
    expect(played.observations).toContainEqual(
      expect.objectContaining({ type: 'task_ended', taskType: 'threshold' }),
    )
  })

  it('Should fail its task with its own error', async () => {
    const definition = await definitionOf('  - { id: check, type: threshold, value: 7, limit: 5 }')
    expect(play(definition, { kinds }).error).toMatchObject({
      type: 'ToolError:AboveLimit',
      message: '7 is above the limit of 5',
      task: 'check',
    })
  })

  it('Should have its fields checked, with carets', async () => {
    const loaded = await load(
      "  - { id: check, type: threshold, value: '{{ .inptu.n }}', limit: many, above: check, retries: 2 }",
    )
    expect('project' in loaded ? '' : formatDiagnostics(loaded.diagnostics)).toMatchInlineSnapshot(`
      "main.yaml:3:47: error: unknown name "inptu"; did you mean "input"?
        3 |   - { id: check, type: threshold, value: '{{ .inptu.n }}', limit: many, above: check, retries: 2 }
          |                                               ^^^^^
        known here: workflow, input, tasks, env, project, trigger, parent
      main.yaml:3:67: error: "limit" must be a whole number from 0 to 1000000, not the text "many"
        3 |   - { id: check, type: threshold, value: '{{ .inptu.n }}', limit: many, above: check, retries: 2 }
          |                                                                   ^^^^
      main.yaml:3:80: error: a threshold can't send to itself
        3 |   - { id: check, type: threshold, value: '{{ .inptu.n }}', limit: many, above: check, retries: 2 }
          |                                                                                ^^^^^
        name another task
      main.yaml:3:87: error: unknown key "retries" in a threshold task
        3 |   - { id: check, type: threshold, value: '{{ .inptu.n }}', limit: many, above: check, retries: 2 }
          |                                                                                       ^^^^^^^
        only basic, signal, workflow tasks are retried
      4 errors in 1 file"
    `)
  })

  it('Should appear in the JSON Schema for editors, and only where it is a kind', () => {
    const file = { id: 'main', tasks: [{ id: 'check', type: 'threshold', value: 1, limit: 5 }] }
    const fits = (schema: object, value: object): boolean =>
      new Ajv2020({ strict: false, logger: false }).validate(schema, value)
    expect(fits(workflowJsonSchema(kinds), file)).toBe(true)
    expect(fits(workflowJsonSchema(), file)).toBe(false)
    const { limit: _, ...partial } = file.tasks[0]!
    expect(fits(workflowJsonSchema(kinds), { ...file, tasks: [partial] })).toBe(false)
  })

  it('Should be refused by an engine that does not have it', async () => {
    const definition = await definitionOf(good)
    expect(() => play(definition, { input: { n: 1 } })).toThrow(
      'this engine has no task kind "threshold"',
    )
  })

  it('Should be what its page shows', async () => {
    const page = await readFile(join(root, 'docs/develop/add-a-task-kind.md'), 'utf8')
    const source = await readFile(join(root, 'test/support/threshold-kind.ts'), 'utf8')
    expect(page).toContain(
      source.replaceAll('../../engine/', '../').replaceAll("'../kinds/", "'./"),
    )
  })
})

/** Files and folders where a kind's name means something else, with the reason. */
const otherMeanings: readonly (readonly [path: string, name: string, reason: string])[] = [
  ['kinds/collection.ts', 'parallel', 'a value of its field `mode`'],
  ['kinds/wait.ts', 'signal', 'a root of templates'],
  ['schema/field.ts', 'signal', 'a root of templates'],
  ['compiler/checks/check-scope.ts', 'workflow', 'a root of templates'],
  ['compiler/shapes/workflow-shape.ts', 'signal', 'a type of trigger'],
  ['project/project.ts', 'signal', 'a type of trigger'],
  ['project/load-workflow.ts', 'signal', 'a type of trigger'],
  ['definition/workflow-ir.ts', 'signal', 'what started a run'],
  ['definition/workflow-ir.ts', 'workflow', 'what started a run'],
  ['worker/ask-before.ts', 'workflow', 'what started a run'],
  ['interpreter/size/parent-room.ts', 'workflow', 'what started a run'],
  ['project/load.ts', 'workflow', 'a thing with an id'],
  ['project/reserved-id.ts', 'workflow', 'a thing with an id'],
  ['tool/sandbox/', 'signal', 'a property of the context of tools'],
  ['infra/temporal/', 'signal', 'what started a run'],
  ['infra/server/', 'signal', 'a type of trigger'],
  ['infra/monitoring/', 'workflow', 'a type of Temporal task queue'],
  ['definition/run-protocol.ts', 'signal', 'an event of a run'],
  ['interpreter/interpret.ts', 'signal', 'an event of a run'],
  ['interpreter/task/inner-context.ts', 'pause', 'a timer of a task'],
  ['interpreter/task/task-progress.ts', 'pause', 'a timer of a task'],
  ['worker/workflows.ts', 'signal', 'an event of a run'],
]

/** Each name of a kind that stands as a string outside the kind's own file. */
function strayNames(file: string, text: string): string[] {
  const code = text.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '')
  return standardKinds.names
    .filter((name) => file !== `kinds/${name}.ts`)
    .filter(
      (name) => !otherMeanings.some(([path, other]) => file.startsWith(path) && other === name),
    )
    .filter((name) => new RegExp(`(['"\`])${name}\\1`).test(code))
    .map((name) => `${file}: ${name}`)
}

describe('names of task kinds', () => {
  const files = readdirSync(join(root, 'engine'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .filter((name) => !/\/(testing|fixtures)\//.test(name))
  const textOf = (file: string): string => readFileSync(join(root, 'engine', file), 'utf8')

  it('Should stand in the file of the kind alone', () => {
    expect(files.length).toBeGreaterThan(100)
    expect(files.flatMap((file) => strayNames(file, textOf(file)))).toEqual([])
  })

  it.each([
    ['compiler/compile-task.ts', "if (type === 'basic') return"],
    ['interpreter/task/run-task.ts', 'case "wait":'],
    ['kinds/wait.ts', "['collection']"],
  ])('Should be found where they stray: %s, %s', (file, text) => {
    expect(strayNames(file, text)).toHaveLength(1)
  })

  it.each([
    ['kinds/basic.ts', "name: 'basic'"],
    ['compiler/compile-task.ts', "// a 'basic' task\nconst other = 'basics'"],
  ])('Should not be found where they are at home: %s, %s', (file, text) => {
    const stray = strayNames(file, text.replace(/^\/\/.*$/m, ''))
    expect(stray).toEqual([])
  })

  it('Should have no other meaning that is not there', () => {
    const gone = otherMeanings.filter(
      ([path, name]) =>
        !files.some((file) => file.startsWith(path) && textOf(file).includes(`'${name}'`)),
    )
    expect(gone).toEqual([])
  })

  it('Should be listed once: one file a kind, and no other', () => {
    const shared = [
      'kind',
      'index',
      'steps',
      'task-context',
      'common-fields',
      'compiled-fields',
      'child-tasks',
    ]
    const own = readdirSync(join(root, 'engine/kinds'))
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => basename(name, '.ts'))
      .filter((name) => !shared.includes(name))
    expect(own.toSorted()).toEqual([...standardKinds.names].toSorted())
  })
})
