import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { Worker } from '@temporalio/worker'
import { DeterminismViolationError } from '@temporalio/workflow'
import { beforeAll, describe, expect, it } from 'vitest'
import type { JsonValue } from '../../engine/core/json.ts'
import { silentLogger } from '../../engine/core/logger.ts'
import type { TaskIr } from '../../engine/definition/task-ir.ts'
import { containerKinds } from '../../engine/interpreter/testing/specimens.ts'
import { standardKinds } from '../../engine/kinds/index.ts'
import { installTemporalRuntime } from '../../engine/worker/runtime.ts'
import { loadProject } from '../../engine/project/load.ts'
import { readHistory, type History } from '../histories/history.ts'
import { joinAnswers } from '../histories/join-answers.ts'
import { historiesProject, scenarios } from '../histories/scenarios.ts'

const root = join(import.meta.dirname, '../..')
const folder = join(root, 'test/histories')
const files = readdirSync(folder).filter((name) => /\.json(\.gz)?$/.test(name))
const bundle = () => readFileSync(join(root, 'dist/engine/worker/workflow-bundle.js'), 'utf8')

function historyIn(file: string): History {
  const bytes = readFileSync(join(folder, file))
  return readHistory((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'))
}

/** Replays a recorded run under the id that it had; rejects where the code gives other commands. */
const replay = (file: string, code: string): Promise<void> => replayHistory(historyIn(file), code)

async function replayHistory(history: History, code: string): Promise<void> {
  const { workflowId } = history.events![0]!.workflowExecutionStartedEventAttributes!
  await Worker.runReplayHistory({ workflowBundle: { code } }, history, workflowId!)
}

/** Every kind that a task or one below it has. */
function kindsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const { type } = value as Partial<TaskIr>
  return [...(typeof type === 'string' ? [type] : []), ...Object.values(value).flatMap(kindsIn)]
}

/** What a run that continues as new carries of a task. */
interface CarriedTask {
  readonly type: string
  readonly status: string
  /** By id; items of a collection with their type, statuses and some of them in `details`. */
  readonly children?: Readonly<Record<string, JsonValue>>
}

/** The part of a hop's argument that is read here. */
interface HopArgument {
  readonly carried: { readonly records: Readonly<Record<string, CarriedTask>> }
}

function childrenOf({ children = {} }: CarriedTask): readonly CarriedTask[] {
  // Written by the interpreter's snapshot.
  return Object.values(children['compact'] === 1 ? children['details']! : children) as CarriedTask[]
}

/** `<kind> in <container>` for each task, with whether both were in progress. */
function pairsIn(task: CarriedTask): readonly (readonly [pair: string, isOpen: boolean])[] {
  const isOpen = (each: CarriedTask) => each.status === 'running'
  return childrenOf(task).flatMap((child) => [
    [`${child.type} in ${task.type}`, isOpen(task) && isOpen(child)] as const,
    ...pairsIn(child),
  ])
}

/** The pairs of a history that ends with a hop. */
function pairsAtHop(file: string): readonly (readonly [pair: string, isOpen: boolean])[] {
  const { workflowExecutionContinuedAsNewEventAttributes: hop } = historyIn(file).events!.at(-1)!
  const data = hop?.input?.payloads?.[0]?.data
  if (data === null || data === undefined) return []
  const { carried } = JSON.parse(Buffer.from(data).toString('utf8')) as HopArgument
  return Object.values(carried.records).flatMap(pairsIn)
}

describe('recorded histories', () => {
  beforeAll(() => installTemporalRuntime(silentLogger))

  it.each(files)('Should replay %s', async (file) => {
    await expect(replay(file, bundle())).resolves.toBeUndefined()
  })

  it('Should be there for every scenario, and the scenarios for every kind of task', async () => {
    const recorded = new Set(files.map((file) => file.replace(/(-\d+)?\.json(\.gz)?$/, '')))
    expect([...recorded].toSorted()).toEqual(scenarios.map(({ name }) => name).toSorted())
    const loaded = await loadProject(historiesProject, { env: {} })
    if (!('project' in loaded)) throw new Error(JSON.stringify(loaded.diagnostics))
    const definitions = scenarios.map(({ name }) => loaded.project.workflows.get(name)?.definition)
    const kinds = new Set(kindsIn(definitions))
    expect(standardKinds.names.filter((type) => !kinds.has(type))).toEqual([])
  })

  it('Should hop while a task of each kind is inside a container of each kind', () => {
    const found = files.flatMap(pairsAtHop)
    const pairs = containerKinds(standardKinds).flatMap((container) =>
      standardKinds.names.map((kind) => `${kind} in ${container}`),
    )
    const open = new Set(found.flatMap(([pair, isOpen]) => (isOpen ? [pair] : [])))
    const all = new Set(found.map(([pair]) => pair))
    const neverWaits = (pair: string): boolean => pair.startsWith('aggregate in ')
    expect(pairs.filter((pair) => !neverWaits(pair) && !open.has(pair))).toEqual([])
    expect(pairs.filter((pair) => !all.has(pair))).toEqual([])
  })

  it.each(['parent-room.json', 'parent-full.json.gz'])(
    'Should refuse to replay %s, whose run asked its parent for room, on one that does not ask',
    async (file) => {
      const asks = 'revision < 4 || trigger.type'
      expect(bundle().split(asks)).toHaveLength(2)
      const silent = bundle().replace(asks, 'true || trigger.type')
      await expect(replay(file, silent)).rejects.toBeInstanceOf(DeterminismViolationError)
    },
  )

  it.each([
    ['children that never ran', 'end-scope.json', 'older', 'true'],
    ['attempts of a child', 'child-attempts.json', 'older', 'true'],
    ['attempts of a child', 'hop-in-parallel-3.json', 'newer', 'false'],
  ])('Should refuse to replay a run with %s, %s, by the %s rules', async (_, file, _rules, is) => {
    const older = 'revision < 6'
    expect(bundle().split(older).length).toBeGreaterThan(1)
    const other = bundle().replaceAll(older, is)
    await expect(replay(file, other)).rejects.toBeInstanceOf(DeterminismViolationError)
  })

  it.each([
    ['refused-event.json', 'false'],
    ['retried-event.json', 'true'],
  ])('Should refuse to replay %s, whose event was refused, by other rules', async (file, is) => {
    const newer = 'revision > 8'
    expect(bundle().split(newer).length).toBeGreaterThan(1)
    const other = bundle().replaceAll(newer, is)
    await expect(replay(file, other)).rejects.toBeInstanceOf(DeterminismViolationError)
  })

  it('Should refuse to replay a run whose child was refused by rules with local activities', async () => {
    const newer = 'revision > 9'
    expect(bundle().split(newer).length).toBeGreaterThan(1)
    const other = bundle().replaceAll(newer, 'false')
    const replayed = replay('local-order.json', other)
    await expect(replayed).rejects.toBeInstanceOf(DeterminismViolationError)
  })

  it('Should refuse to replay a run that signals itself by the older rules', async () => {
    const newer = 'revision > 7'
    expect(bundle().split(newer).length).toBeGreaterThan(1)
    const older = bundle().replaceAll(newer, 'false')
    await expect(replay('own-signal.json', older)).rejects.toBeInstanceOf(DeterminismViolationError)
  })

  it('Should refuse to replay the refusal of a full parent on one that completes all the same', async () => {
    const heeds = "answer.error.type !== 'LimitExceeded'"
    expect(bundle().replaceAll('"', "'").split(heeds)).toHaveLength(2)
    const deaf = bundle().replace(/answer\.error\.type !== ['"]LimitExceeded['"]/, 'true')
    await expect(replay('parent-room.json', deaf)).resolves.toBeUndefined()
    await expect(replay('parent-full.json.gz', deaf)).rejects.toBeInstanceOf(
      DeterminismViolationError,
    )
  })

  // The reader of a history takes them in this order too: see replayed-commands.ts.
  it.each(['timer', 'tool'] as const)(
    'Should take the end of a tool before that of a timer in one workflow task, the %s first',
    async (answer) => {
      const joined = (command: 'timer' | 'tool') =>
        joinAnswers(historyIn('answers.json'), { answer, command })
      await expect(replayHistory(joined('tool'), bundle())).resolves.toBeUndefined()
      await expect(replayHistory(joined('timer'), bundle())).rejects.toBeInstanceOf(
        DeterminismViolationError,
      )
    },
  )

  it.each(['parallel', 'collection', 'cancel'])(
    'Should refuse to replay %s on an interpreter that gives its commands in another order',
    async (name) => {
      const loop = 'for (const command of commands)'
      const [before, after, ...more] = bundle().split(loop)
      expect(more).toEqual([])
      const reversed = `${before}for (const command of commands.toReversed())${after}`
      await expect(replay(`${name}.json`, reversed)).rejects.toBeInstanceOf(
        DeterminismViolationError,
      )
    },
  )
})
