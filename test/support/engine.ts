import { afterAll, beforeAll, onTestFinished } from 'vitest'
import type { JsonValue } from '../../engine/core/json.ts'
import type { ExecutionDocument } from '../../engine/infra/server/routes/execution-view.ts'
import { call, closed, execution, startRun, taskReaches, type Answer } from './api.ts'
import { copyProject, startCompozy, type ReadyEvent, type Running } from './compozy.ts'
import { scrape, sumOf, type Sample } from './metrics.ts'

/** Options of an engine under test. */
export interface EngineOptions {
  /** Folder of the project, from the repository's root. The engine runs a copy of it. */
  readonly project: string
  /** Further arguments of `compozy dev`. */
  readonly args?: readonly string[]
  readonly env?: Record<string, string>
  /** Changes the copy before the engine starts. */
  readonly prepare?: (dir: string) => void
}

/** `compozy dev` over a copy of a project, with free ports and its own Temporal server. */
export interface TestEngine {
  /** The project's folder. */
  readonly dir: string
  readonly ready: ReadyEvent
  readonly api: string
  /** URL of the metrics. */
  readonly metrics: string
  /** What it has written to standard error so far. */
  stderr(): string
  /** Returns the body of an answer of the API. */
  get(path: string): Promise<Answer['body']>
  post(path: string, body?: JsonValue, headers?: Record<string, string>): Promise<Answer>
  /** Starts a run and returns its id. */
  start(workflow: string, input?: JsonValue): Promise<string>
  /** Starts a run and waits for its end. */
  run(workflow: string, input?: JsonValue, timeoutMs?: number): Promise<ExecutionDocument>
  execution(execId: string): Promise<ExecutionDocument>
  /** Waits for the end of a run. */
  closed(execId: string, timeoutMs?: number): Promise<ExecutionDocument>
  /** Waits until a task of a run has this status. */
  taskReaches(execId: string, task: string, status: string): Promise<ExecutionDocument>
  signal(execId: string, name: string, payload?: JsonValue): Promise<Answer>
  samples(): Promise<readonly Sample[]>
  /** Returns the sum of the series of a metric that have these labels. */
  metric(name: string, labels?: Record<string, string>): Promise<number>
}

/** Starts an engine that ends with the test. */
export async function startEngine(options: EngineOptions): Promise<TestEngine> {
  const { engine, start, end } = prepareEngine(options)
  onTestFinished(end)
  await start()
  return engine
}

/** Starts an engine before the first test of a `describe`, and ends it after the last. */
export function useEngine(options: EngineOptions): TestEngine {
  const { engine, start, end } = prepareEngine(options)
  beforeAll(start)
  afterAll(end)
  return engine
}

function prepareEngine({ project, args = [], env = {}, prepare }: EngineOptions) {
  const copy = copyProject(project)
  let process: Running | undefined
  const running = (): Running => {
    if (process === undefined) throw new Error('the engine runs from the first test on')
    return process
  }
  const engine: TestEngine = {
    dir: copy.dir,
    get ready() {
      return running().ready
    },
    get api() {
      return running().ready.api
    },
    get metrics() {
      return running().ready.metrics!
    },
    stderr: () => running().stderr(),
    get: async (path) => (await call(engine.api, 'GET', path)).body,
    post: (path, body, headers) => call(engine.api, 'POST', path, body, headers),
    start: (workflow, input = {}) => startRun(engine.api, workflow, input),
    run: async (workflow, input, timeoutMs) =>
      engine.closed(await engine.start(workflow, input), timeoutMs),
    execution: (execId) => execution(engine.api, execId),
    closed: (execId, timeoutMs) => closed(engine.api, execId, timeoutMs),
    taskReaches: (execId, task, status) => taskReaches(engine.api, execId, task, status),
    signal: (execId, name, payload = {}) =>
      engine.post(`/api/v0/executions/workflows/${execId}/signals/${name}`, payload),
    samples: async () => (await scrape(engine.metrics)).samples,
    metric: async (name, labels) => sumOf(await engine.samples(), name, labels),
  }
  return {
    engine,
    async start() {
      prepare?.(copy.dir)
      const dev = ['dev', '--cwd', copy.dir, '--port', '0', '--temporal-port', '0']
      process = await startCompozy([...dev, ...args], { env })
    },
    async end() {
      await process?.stop()
      copy.remove()
    },
  }
}
