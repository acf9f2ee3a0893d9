import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, sep } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CompozyError } from '../core/errors.ts'
import type { TaskIr } from '../definition/task-ir.ts'
import { loadFiles, rendered } from './fixtures/corpus.ts'
import { loadProject, type NamedModules } from './load.ts'
import type { Project, Workflow } from './project.ts'

async function load(
  files: Readonly<Record<string, string>>,
  env: Record<string, string> = {},
): Promise<Project> {
  const result = await loadFiles(files, env)
  if (!('project' in result)) throw new Error(rendered(result))
  return result.project
}

async function loadMain(
  yaml: string,
  files: Readonly<Record<string, string>> = {},
): Promise<Workflow> {
  return (await load({ ...files, 'workflow.yaml': `id: main\n${yaml}` })).workflows.get('main')!
}

async function tasksOf(yaml: string): Promise<readonly TaskIr[]> {
  return (await loadMain(yaml)).definition.tasks
}

describe('compiled tasks', () => {
  const retry = {
    maximum_attempts: 3,
    initial_interval: 1_000,
    backoff_coefficient: 2,
    maximum_interval: 60_000,
    non_retryable_error_types: [],
  }
  it.each([
    ['retries: 2', { ...retry, maximum_attempts: 3 }],
    ['retries: 0', { ...retry, maximum_attempts: 1 }],
    ['retry_policy: {}', retry],
    [
      'retry_policy: {maximum_attempts: 5, initial_interval: 2m}',
      { ...retry, maximum_attempts: 5, initial_interval: 120_000, maximum_interval: 120_000 },
    ],
    ['description: no retry', undefined],
  ])('Should settle %s', async (yaml, expected) => {
    const [task] = await tasksOf(`tasks: [{id: a, tool: echo, ${yaml}}]`)
    expect(task!.retry).toEqual(expected)
  })

  it.each([
    ['its own', 'timeout: 5s', 'timeout: 7s', 5_000],
    ["the tool's", 'description: none', 'timeout: 7s', 7_000],
    ['the default', 'description: none', 'description: none', 60_000],
  ])('Should give a basic task %s limit', async (_, task, tool, expected) => {
    const [compiled] = await tasksOf(
      `tools: [{id: price, execute: ./echo.ts, ${tool}}]\ntasks: [{id: a, tool: price, ${task}}]`,
    )
    expect(compiled!.timeout).toBe(expected)
  })

  it('Should look a tool up in the workflow first, and in the project by global::', async () => {
    const tasks = await tasksOf(`
tools: [{id: echo, execute: ./echo.ts}]
tasks:
  - {id: a, tool: echo, on_success: {next: b}}
  - {id: b, $use: "tool(local::tools.#(id='echo'))", on_success: {next: c}}
  - {id: c, $use: 'tool(global::tools.#(id="echo"))'}`)
    expect(tasks.map((task) => task['tool'])).toEqual(['main/echo', 'main/echo', 'echo'])
  })

  it('Should give ids to nested tasks that have none', async () => {
    const [wait, each, choose] = await tasksOf(`
tasks:
  - {id: w, type: wait, wait_for: x, timeout: 1s, processor: {tool: echo}, on_success: {next: e}}
  - {id: e, type: collection, items: [1], task: {tool: echo}, on_success: {next: r}}
  - {id: r, type: router, condition: "{{ 1 }}", routes: {one: {tool: echo}}}`)
    expect((wait!['processor'] as TaskIr).id).toBe('w-processor')
    expect((each!['task'] as TaskIr).id).toBe('e')
    expect((choose!['routes'] as Record<string, TaskIr>)['one']!.id).toBe('r-one')
  })

  it.each([
    ['row-{{ .item.name }}', 'row'],
    ['{{ .item }}-of-{{ .index }}', 'of'],
    ['{{ .item }}', 'item'],
    ['+{{ .item.phone }}', 'item'],
    ['c++-{{ .index }}', 'c'],
    ['order.{{ .item }}/({{ .index }}', 'order'],
    ['user_row-{{ .index }}', 'user_row'],
    ['9{{ .item }}a', 'a'],
    ['a'.repeat(70) + '{{ .item }}', 'a'.repeat(40)],
  ])('Should name what is below an item %s after what is no template: %s', async (id, below) => {
    const [outer] = await tasksOf(`
tasks:
  - id: rows
    type: collection
    items: [1]
    task: { id: "${id}", type: collection, items: [2], task: { tool: echo } }`)
    const inner = (outer!['task'] as TaskIr)['task'] as TaskIr
    expect(inner).toMatchObject({ id: below })
    expect(inner.id_template).toBeUndefined()
  })

  it('Should name a route of an item after what is no template in its id', async () => {
    const [outer] = await tasksOf(`
tasks:
  - id: each
    type: collection
    items: [1]
    task: { id: "way-{{ .item }}", type: router, condition: "{{ 1 }}", routes: { one: { tool: echo } } }`)
    const router = outer!['task'] as TaskIr
    expect((router['routes'] as Record<string, TaskIr>)['one']!.id).toBe('way-one')
  })

  it("Should keep an item's id as a template", async () => {
    const [each] = await tasksOf(`
tasks: [{id: e, type: collection, items: [1], task: {id: "row-{{ .index }}", tool: echo}}]`)
    const task = each!['task'] as TaskIr
    expect(task.id).toBe('row-{{ .index }}')
    expect(task.id_template?.source).toBe('row-{{ .index }}')
  })

  it.each([
    ['{name: orders, type: counter, help: h}', 'compozy_custom_orders_total'],
    ['{name: orders_total, type: counter, help: h}', 'compozy_custom_orders_total'],
    ['{name: sent, unit: bytes, type: counter, help: h}', 'compozy_custom_sent_bytes_total'],
    ['{name: sent_bytes, unit: bytes, type: counter, help: h}', 'compozy_custom_sent_bytes_total'],
    [
      '{name: wait, unit: seconds, type: histogram, help: h, value: 1, buckets: [1]}',
      'compozy_custom_wait_seconds',
    ],
    ['{name: level, type: gauge, help: h, value: 1}', 'compozy_custom_level'],
  ])('Should export %s as %s', async (metric, name) => {
    const project = await load({
      'workflow.yaml': `id: main\ntasks: [{id: a, tool: echo, metrics: [${metric}]}]`,
    })
    expect(project.metrics.map((each) => each.name)).toEqual([name])
    expect(project.workflows.get('main')!.definition.tasks[0]!.metrics![0]!.name).toBe(name)
  })
})

describe('a definition', () => {
  const yaml = 'tasks: [{id: a, tool: echo, with: {x: "{{ .input.x }}", list: [1]}}]'

  it('Should be frozen all the way down', async () => {
    const { definition } = await loadMain(yaml)
    const open: string[] = []
    const visit = (value: unknown, way: string): void => {
      if (typeof value !== 'object' || value === null) return
      if (!Object.isFrozen(value)) open.push(way)
      for (const [key, inner] of Object.entries(value)) visit(inner, `${way}.${key}`)
    }
    visit(definition, 'definition')
    expect(open).toEqual([])
  })

  it('Should be the same JSON after a trip through JSON', async () => {
    const { definition } = await loadMain(yaml)
    expect(JSON.parse(JSON.stringify(definition))).toEqual(definition)
  })

  it('Should have one sha256 for one text, and another for another', async () => {
    const [one, two, other] = [
      await loadMain(yaml),
      await loadMain(yaml),
      await loadMain(`${yaml}\nversion: "2"`),
    ]
    expect(one.sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(two.sha256).toBe(one.sha256)
    expect(other.sha256).not.toBe(one.sha256)
  })

  it("Should carry the project's variables under the workflow's own", async () => {
    const project = await load(
      {
        'compozy.yaml': `
name: shop
workflows: [{source: ./workflow.yaml}]
tools: [{id: echo, execute: ./echo.ts, env: {FROM: "{{ .env.REGION }}"}}]
env: {REGION: eu, TOWN: "{{ .env.HOME_TOWN }}", FILE: "{{ .env.ONLY_FILE }}", BOTH: "{{ .env.BOTH }}"}`,
        '.env': 'ONLY_FILE=from file\nBOTH=from file\n',
        'workflow.yaml': 'id: main\nenv: {REGION: us}\ntasks: [{id: a, tool: echo}]',
      },
      { HOME_TOWN: 'Berlin', BOTH: 'from process', UNLISTED: 'x' },
    )
    const env = { REGION: 'us', TOWN: 'Berlin', FILE: 'from file', BOTH: 'from process' }
    expect(project.workflows.get('main')!.definition.env).toEqual(env)
    expect(project.tools.get('echo')!.env).toEqual({ FROM: 'eu' })
  })

  it('Should keep the line breaks of a variable, with a template in it or not', async () => {
    const yaml = 'id: main\nenv:\n  KEY: |\n    BEGIN\n    {{ .env.BODY }}\n  PLAIN: |\n    one\n'
    const files = { 'workflow.yaml': `${yaml}tasks: [{id: a, type: aggregate, outputs: 1}]` }
    const { workflows } = await load(files, { BODY: 'x' })
    expect(workflows.get('main')!.definition.env).toEqual({ KEY: 'BEGIN\nx\n', PLAIN: 'one\n' })
  })
})

describe('input', () => {
  const schema = `
config:
  input:
    type: object
    required: [id]
    additionalProperties: false
    properties:
      id: {type: string}
      qty: {type: integer, default: 1}
      address: {type: object, default: {}, properties: {country: {enum: [DE, FR], default: DE}}}
tasks: [{id: a, tool: echo}]`

  it('Should be filled with defaults, nested ones too, and leave what it was given alone', async () => {
    const workflow = await loadMain(schema)
    const given = { id: 'x' }
    expect(workflow.acceptInput(given)).toEqual({ id: 'x', qty: 1, address: { country: 'DE' } })
    expect(given).toEqual({ id: 'x' })
  })

  it('Should be refused with every violation and its pointer', async () => {
    const workflow = await loadMain(schema)
    let thrown: CompozyError | undefined
    try {
      workflow.acceptInput({ qty: 'many', address: { country: 'ES' }, extra: 1 })
    } catch (error) {
      thrown = error as CompozyError
    }
    expect(thrown?.code).toBe('input_invalid')
    expect(thrown?.violations).toEqual([
      { pointer: '/id', message: 'is required' },
      { pointer: '/qty', message: 'must be integer, got "many"' },
      { pointer: '/address/country', message: 'must be one of "DE", "FR", got "ES"' },
      { pointer: '/extra', message: 'is not a known property' },
    ])
  })

  it('Should be anything where there is no schema', async () => {
    const workflow = await loadMain('tasks: [{id: a, tool: echo}]')
    expect(workflow.acceptInput([1, null])).toEqual([1, null])
  })

  it('Should be checked against what a reference leads to', async () => {
    const workflow = await loadMain(`
config: {input: {$ref: "#/triggers/0/schema"}}
triggers: [{type: signal, name: paid, schema: {$ref: 'local::schemas.#(id="order")'}}]
schemas: [{id: order, type: object, required: [id], $defs: {id: {type: string}}, properties: {id: {$ref: "#/$defs/id"}}}]
tasks: [{id: a, tool: echo}]`)
    expect(workflow.acceptInput({ id: 'x' })).toEqual({ id: 'x' })
    expect(() => workflow.acceptInput({ id: 1 })).toThrow('/id must be string')
    expect(workflow.triggers[0]!.check({})).toEqual([{ pointer: '/id', message: 'is required' }])
  })
})

describe('defaults', () => {
  it('Should count in the input of a run alone, where they are filled in', async () => {
    const schema = '{type: object, required: [id], properties: {id: {type: string, default: x}}}'
    const project = await load({
      'workflow.yaml': `id: main
config: {input: ${schema}}
triggers: [{type: signal, name: paid, schema: ${schema}}]
tools: [{id: pay, execute: ./echo.ts, input: ${schema}, output: ${schema}}]
tasks: [{id: a, tool: pay, with: {id: y}}]`,
    })
    const { acceptInput, triggers } = project.workflows.get('main')!
    const { checkInput, checkOutput } = project.tools.get('main/pay')!
    expect(acceptInput({})).toEqual({ id: 'x' })
    for (const check of [checkInput, checkOutput, triggers[0]!.check]) {
      expect(check({})).toEqual([{ pointer: '/id', message: 'is required' }])
      expect(check({ id: 'y' })).toEqual([])
    }
  })
})

describe('tools', () => {
  it('Should be known by their keys, with all that running them needs', async () => {
    const project = await load({
      'workflow.yaml': `
id: main
tools:
  - id: price
    execute: ./echo.ts#price
    timeout: 5s
    secrets: [KEY]
    input: {type: object, required: [sku]}
    output: {type: number}
tasks: [{id: a, tool: price, with: {sku: x}}]`,
    })
    const tool = project.tools.get('main/price')!
    expect(tool).toMatchObject({
      key: 'main/price',
      id: 'price',
      exportName: 'price',
      timeoutMs: 5_000,
      secrets: ['KEY'],
    })
    expect(tool.file).toBe(join(project.dir, 'echo.ts'))
    expect(tool.sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(tool.checkInput({})).toEqual([{ pointer: '/sku', message: 'is required' }])
    expect(tool.checkInput({ sku: 1 })).toEqual([])
    expect(tool.checkOutput('x')).toEqual([{ pointer: '', message: 'must be number' }])
    expect([...project.tools.keys()]).toEqual(['echo', 'main/price'])
  })

  it('Should hand out their modules, each once, also of a project that turns out unsound', async () => {
    const given: NamedModules[] = []
    const loaded = await loadFiles(
      {
        'flows/a.yaml': `
id: a
tools: [{id: sum, execute: ../lib.ts#sum}, {id: tax, execute: ../lib.ts#tax}]
tasks: [{id: t, tool: sum}]`,
        'flows/b.yaml': 'id: b\ntools: [{id: gone, execute: ./gone.ts}]\ntasks: []',
        'lib.ts': 'export const sum = () => 1\n',
        'compozy.yaml': `
name: shop
workflows: [{source: ./flows/*.yaml}]
runtime: {node_modules: true}
tools: [{id: echo, execute: ./echo.ts}]`,
      },
      {},
      { onModules: (modules) => given.push(modules) },
    )
    expect('project' in loaded).toBe(false)
    expect(given).toEqual([
      {
        projectDir: expect.any(String),
        files: ['echo.ts', 'lib.ts'].map((name) => join(given[0]!.projectDir, name)),
        nodeModules: true,
      },
    ])
  })
})

describe('a project', () => {
  it('Should have defaults for what compozy.yaml leaves out', async () => {
    const { runtime, warnings, version } = await load({})
    expect(runtime).toEqual({
      permissions: [],
      toolTimeoutMs: 60_000,
      maxToolProcesses: 4,
      memoryMb: 256,
      nodeModules: false,
    })
    expect(warnings).toEqual([])
    expect(version).toBe('0.1.0')
  })

  it('Should settle a schedule', async () => {
    const workflow = await loadMain(
      'schedule: {cron: "@daily", jitter: 30s}\ntasks: [{id: a, tool: echo}]',
    )
    expect(workflow.schedule).toEqual({
      cron: '@daily',
      timezone: 'UTC',
      enabled: true,
      jitterMs: 30_000,
      overlapPolicy: 'skip',
      input: {},
    })
  })

  it('Should hand the sections of the engine on with their places', async () => {
    const { source } = await loadFiles({
      'compozy.yaml':
        'name: shop\nserver:\n  port: 80\nworkflows: [{source: ./workflow.yaml}]\ntools: [{id: echo, execute: ./echo.ts}]',
    })
    expect(source?.locate(['server', 'port'])).toEqual({
      file: 'compozy.yaml',
      line: 3,
      column: 9,
      length: 2,
    })
  })

  it('Should be refused where there is no compozy.yaml, with the file that is nearly one', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'compozy-load-'))
    try {
      const empty = await loadProject(dir, { env: {} })
      expect(rendered(empty)).toContain('compozy.yaml:1:1: error: there is no compozy.yaml here')
      await writeFile(join(dir, 'compozy.yml'), 'name: x\n')
      expect(rendered(await loadProject(dir, { env: {} }))).toContain(
        'rename compozy.yml to compozy.yaml',
      )
      expect(rendered(await loadProject(join(dir, 'none'), { env: {} }))).toContain(
        'the folder does not exist',
      )
      await mkdir(join(dir, 'sub', 'shop'), { recursive: true })
      await writeFile(join(dir, 'sub', 'shop', 'compozy.yaml'), 'name: x\n')
      const above = await loadProject(join(dir, 'sub'), { env: {}, cwd: dir })
      expect(rendered(above)).toContain('use --cwd to name the folder of a project: sub/shop')
    } finally {
      await rm(dir, { recursive: true })
    }
  })

  it('Should be warned of at most 20 events of a file that nothing listens for', async () => {
    const tasks = Array.from(
      { length: 30 },
      (_, i) => `{id: t${i}, type: signal, signal: {id: e${i}}}`,
    )
    const all = `tasks: [{id: all, type: parallel, tasks: [${tasks.join(', ')}]}]`
    const { warnings } = await load({ 'workflow.yaml': `id: main\n${all}` })
    expect(warnings.map(({ message }) => message)).toEqual(
      tasks.slice(0, 20).map((_, i) => `no workflow of the project listens for event "e${i}"`),
    )
    const heard = `triggers: [${tasks.map((_, i) => `{type: signal, name: e${i}}`).join(', ')}]`
    const none = await load({ 'workflow.yaml': `id: main\n${heard}\n${all}` })
    expect(none.warnings).toEqual([])
  })

  it('Should name files from where the user stands, and definitions from the project', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'compozy-load-'))
    try {
      await writeFile(join(dir, 'compozy.yaml'), 'name: shop\nworkflows: [{source: ./a.yaml}]\n')
      await writeFile(
        join(dir, 'a.yaml'),
        'id: a\ntasks: [{id: a, type: aggregate, outputs: {x: 1}}, {id: b, type: aggregate, outputs: {x: 1}}]\n',
      )
      const result = await loadProject(dir, { env: {}, cwd: join(dir, '..') })
      expect(rendered(result)).toContain(`${basename(dir)}${sep}a.yaml:2:`)
      expect(
        'project' in result && result.project.workflows.get('a')!.definition.tasks[0]!.place,
      ).toBe('a.yaml:2:9')
    } finally {
      await rm(dir, { recursive: true })
    }
  })
})

describe('hints about unknown names', () => {
  const count = 25
  const numbered = (name: string) => Array.from({ length: count }, (_, i) => `${name}${i}`)
  const files = {
    'compozy.yaml': [
      'name: shop',
      'workflows: [{source: ./workflow.yaml}, {source: ./more/*.yaml}]',
      'tools:',
      ...numbered('tool').map((id) => `  - {id: ${id}, execute: ./tools/${id}.ts}`),
    ].join('\n'),
    ...Object.fromEntries(
      numbered('tool').map((id) => [`tools/${id}.ts`, 'export default () => 1\n']),
    ),
    ...Object.fromEntries(
      numbered('flow').map((id) => [
        `more/${id}.yaml`,
        `id: ${id}\ntasks: [{id: a, tool: tool0}]\n`,
      ]),
    ),
  }
  const hintFor = async (yaml: string) =>
    rendered(await loadFiles({ ...files, 'workflow.yaml': `id: main\n${yaml}` }))

  it.each([
    ['tasks: [{id: a, type: workflow, workflow: nope}]', /project: main, flow0, .* and 6 more$/m],
    ['tasks: [{id: a, tool: nope}]', /declared in .*: tool0, tool1, .* tool19 and 5 more$/m],
    [
      'tools: [{id: x, execute: ./tools/nothing.ts}]\ntasks: [{id: a, tool: x}]',
      /in that folder: tool0.ts, tool1.ts, .* and 5 more$/m,
    ],
    [
      `config: {input: {type: object, additionalProperties: false, properties: {key0: {}, ${numbered('key').slice(1).join(': {}, ')}: {}}}}\ntasks: [{id: a, tool: tool0, with: {x: "{{ .workflow.input.nope }}"}}]`,
      /config.input allows: key0, .* key19 and 5 more$/m,
    ],
  ])('Should list the first of many in %j', async (yaml, expected) => {
    expect(await hintFor(yaml)).toMatch(expected)
  })
})
