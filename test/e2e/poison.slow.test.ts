import { Client, Connection } from '@temporalio/client'
import { expect, it, onTestFinished } from 'vitest'
import type { JsonValue } from '../../engine/core/json.ts'
import { call, closed, startRun } from '../support/api.ts'
import {
  copyDefectiveBuild,
  copyProject,
  eventually,
  startCompozy,
  type Running,
} from '../support/compozy.ts'
import { scrape, sumOf } from '../support/metrics.ts'

const letters = (count: number): string => 'abcdefghijklmnopqrstuvwxyz '.repeat(count / 27)
const text = letters(980_000)
const words = Array.from({ length: 1_000 }, (_, index) => `word ${index} is not there`)
const prefixed = Array.from({ length: 20 }, (_, index) => letters(40_000) + String(index))

/** Inputs that once held a worker for more than Temporal's 5 s, by workflow. */
const poisons: Readonly<Record<string, JsonValue>> = {
  words: { text, words },
  many: { text },
  rounds: { text },
  doubled: { text },
  sorted: { prefixed },
}

interface Subject extends Running {
  readonly temporal: Client
}

async function engineOn(project: string, options: { bin?: string } = {}): Promise<Subject> {
  const args = ['dev', '--cwd', project, '--port', '0', '--temporal-port', '0']
  const engine = await startCompozy(args, options)
  onTestFinished(async () => void (await engine.stop()))
  const connection = await Connection.connect({ address: engine.ready.temporal })
  onTestFinished(() => connection.close())
  return { ...engine, temporal: new Client({ connection, namespace: engine.ready.namespace }) }
}

/** Waits by Temporal's list: asking each run through its worker would be load of its own. */
async function completions({ temporal }: Subject, workflowId: string, wanted: number) {
  const query = `WorkflowType='${workflowId}' AND ExecutionStatus='Completed'`
  await eventually(
    () => temporal.workflow.count(query),
    ({ count }) => count === wanted,
    { timeoutMs: 300_000, everyMs: 200 },
  )
}

/** Seconds that a hundred short runs take, all started at once. */
async function hundredRuns(engine: Subject, round: number): Promise<number> {
  const beganAt = performance.now()
  for (let ten = 0; ten < 100; ten += 10)
    await Promise.all(
      Array.from({ length: 10 }, (_, n) => startRun(engine.ready.api, 'good', { n: ten + n })),
    )
  await completions(engine, 'good', round * 100)
  return Math.round(performance.now() - beganAt) / 1_000
}

const readiness = async ({ ready: { api } }: Running) => {
  const { status, body } = await call(api, 'GET', '/readyz')
  return { status, checks: (body as { checks: Record<string, string> }).checks }
}

it('Should end five runs of hostile input while a hundred others complete', async () => {
  const project = copyProject('test/e2e/fixtures/poison')
  onTestFinished(project.remove)
  const engine = await engineOn(project.dir)
  const alone = await hundredRuns(engine, 1)
  const beganAt = performance.now()
  const ids = await Promise.all(
    Object.entries(poisons).map(([id, input]) => startRun(engine.ready.api, id, input)),
  )
  const beside = await hundredRuns(engine, 2)
  await eventually(
    () => engine.temporal.workflow.count("ExecutionStatus='Running'"),
    ({ count }) => count === 0,
    { timeoutMs: 300_000, everyMs: 200 },
  )
  const seconds = (performance.now() - beganAt) / 1_000
  const ended = await Promise.all(ids.map((id) => closed(engine.ready.api, id)))
  const outcomes = Object.fromEntries(
    ended.map(({ workflow_id, status, error }) => [
      workflow_id,
      error === null || error === undefined ? status : `${status}: ${error.type}: ${error.message}`,
    ]),
  )
  console.log(
    `a hundred runs: ${alone} s alone, ${beside} s beside five of hostile input, which ended within ${seconds.toFixed(1)} s: ${JSON.stringify(outcomes, undefined, 2)}`,
  )
  const { samples } = await scrape(engine.ready.metrics!)
  expect(sumOf(samples, 'compozy_temporal_workflow_task_failures_total')).toBe(0)
})

it('Should complete a hundred runs beside five that a defect of the build holds, tell of the five, and go on with them once it is mended', async () => {
  const project = copyProject('test/e2e/fixtures/poison')
  onTestFinished(project.remove)
  const build = copyDefectiveBuild()
  onTestFinished(build.remove)
  const engine = await engineOn(project.dir, build)
  const alone = await hundredRuns(engine, 1)
  const ids = await Promise.all(
    Array.from({ length: 5 }, () => startRun(engine.ready.api, 'defect', {})),
  )
  const beside = await hundredRuns(engine, 2)
  console.log(`a hundred runs: ${alone} s alone, ${beside} s beside five that are held`)
  const stuck = await eventually(
    () => scrape(engine.ready.metrics!),
    ({ samples }) => sumOf(samples, 'compozy_temporal_workflow_stuck') === 5,
    { timeoutMs: 240_000, everyMs: 1_000 },
  )
  console.log(
    stuck.text
      .split('\n')
      .filter((line) => /^compozy_temporal_workflow_(stuck|task_failures)/.test(line))
      .join('\n'),
  )
  const { status, checks } = await eventually(
    () => readiness(engine),
    ({ checks: { workflows } }) => workflows?.endsWith(': 5') === true,
    { timeoutMs: 60_000, everyMs: 1_000 },
  )
  const heldBack = engine.stderr().match(/the run is held back/g) ?? []
  expect(heldBack.length).toBeGreaterThanOrEqual(2)
  console.log(`/readyz ${status}: ${JSON.stringify(checks)}`)
  expect(await engine.stop()).toBe(0)
  const mended = await engineOn(project.dir)
  await completions(mended, 'defect', ids.length)
})
