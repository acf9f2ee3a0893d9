import { Client, Connection } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonBytes, limits } from '../../engine/core/limits.ts'
import type { RunResult } from '../../engine/definition/run-protocol.ts'
import { eventually } from '../support/compozy.ts'
import { useEngine } from '../support/engine.ts'

/** How long a run of megabytes may take on a busy machine, ms. */
const patience = 240_000

/** Limits that show in more than a run's end: in its history, in the list, in other runs. */
describe('limits of runs on a real engine', { timeout: 2 * patience }, () => {
  const engine = useEngine({ project: 'test/e2e/fixtures/limits' })
  let client: Client

  beforeAll(async () => {
    const { temporal, namespace } = engine.ready
    // Histories of these runs are larger than the 4 MB that a client takes by default.
    const channelArgs = { 'grpc.max_receive_message_length': -1 }
    const connection = await Connection.connect({ address: temporal, channelArgs })
    client = new Client({ connection, namespace })
  })
  afterAll(() => client?.connection.close())

  const exceeded = (limit: string) => engine.metric('compozy_limit_exceeded_total', { limit })

  /** The workflow tasks that a run's tool calls were sent in. */
  async function sendingTasks(execId: string): Promise<number> {
    const { events = [] } = await client.workflow.getHandle(execId).fetchHistory()
    const sent = events!.flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
      scheduled ? [String(scheduled.workflowTaskCompletedEventId)] : [],
    )
    return new Set(sent).size
  }

  async function workflowTasks(execId: string): Promise<number> {
    const { events = [] } = await client.workflow.getHandle(execId).fetchHistory()
    return events!.filter(({ workflowTaskCompletedEventAttributes: done }) => done).length
  }

  it.each([
    ['one workflow task', 1_164_000, 2],
    ['the next one too', 1_167_000, 3],
  ])('Should send what is in all %s: three inputs of %i bytes', async (_, bytes, tasks) => {
    const execId = await engine.start('send-together', { bytes })
    expect(await engine.closed(execId, patience)).toMatchObject({ status: 'completed' })
    // One more sends the call that makes the text.
    expect(await sendingTasks(execId)).toBe(tasks)
  })

  it.each([
    ['one step', 10, 1, 1],
    ['several steps', 12_000, 2, 100],
  ])('Should do the work of %s: %i aggregates', async (_, n, fewest, most) => {
    const execId = await engine.start('aggregates', { n })
    expect(await engine.closed(execId, patience)).toMatchObject({ status: 'completed' })
    const done = await workflowTasks(execId)
    expect(done).toBeGreaterThanOrEqual(fewest)
    expect(done).toBeLessThanOrEqual(most)
  })

  it('Should show each failed attempt up to the limits, whole', async () => {
    const { tasks } = await engine.run('give-attempts', { failures: 5, size: 990 })
    const shown = tasks!['a']!.failed_attempts!
    expect(shown.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5])
    expect(shown[0]!.message).toMatch(/^attempt 1 broke x{990}/)
    expect(shown[0]!.message).not.toContain('(cut;')
  })

  it('Should keep the last attempts beyond the limit, and cut their messages', async () => {
    const { tasks } = await engine.run('give-attempts', { failures: 6, size: 1_100 })
    const shown = tasks!['a']!.failed_attempts!
    expect(shown.map(({ attempt }) => attempt)).toEqual([2, 3, 4, 5, 6])
    expect(shown[0]!.message).toMatch(/^attempt 2 broke x+… \(cut; 1,1\d\d bytes in all\)$/)
    expect(jsonBytes(shown[0]!.message)).toBeLessThanOrEqual(1_024 + 2)
  })

  it.each([
    ['whole', 900, /^m{900}$/],
    ['cut', 5_000, /^m+… \(cut; 5,000 bytes in all\)$/],
  ])('Should list the message of a failed run %s: %i bytes', async (_, bytes, message) => {
    const execId = await engine.start('break-once', { bytes })
    await engine.closed(execId, patience)
    const listed = await eventually(
      () => engine.get('/api/v0/executions/workflows?workflow_id=break-once&status=failed'),
      ({ items }) => JSON.stringify(items).includes(execId),
    )
    const found = (listed['items'] as { exec_id: string; error: { message: string } }[]).find(
      ({ exec_id }) => exec_id === execId,
    )!
    expect(found.error.message).toMatch(message)
    expect(jsonBytes(found.error.message)).toBeLessThanOrEqual(1_024 + 2)
  })

  it('Should keep the states of all tasks with the result while they fit', async () => {
    const execId = await engine.start('large-aggregates', { n: 50 })
    await engine.closed(execId, patience)
    const { tasks } = (await client.workflow.getHandle(execId).result()) as RunResult
    const { each } = tasks as Record<string, { tasks: object; counts?: object }>
    expect(Object.keys(each!.tasks)).toHaveLength(50)
    expect(each!.counts).toBeUndefined()
  })

  it('Should keep counts and the first states beyond the limit', async () => {
    const execId = await engine.start('large-aggregates', { n: 5_000 })
    await engine.closed(execId, patience)
    const { tasks } = (await client.workflow.getHandle(execId).result()) as RunResult
    const { each } = tasks as Record<string, { tasks: object; counts?: object }>
    expect(each!.counts).toEqual({ completed: 5_000 })
    expect(Object.keys(each!.tasks).length).toBeGreaterThanOrEqual(50)
    expect(jsonBytes(tasks!)).toBeLessThanOrEqual(limits.taskStatesBytes)
  })

  it('Should keep 1,000 signals of one name, and refuse the next from an API and a task', async () => {
    const before = await exceeded('kept_signals')
    const execId = await engine.start('keep-signals')
    for (let n = 0; n < 1_000; n += 50) {
      const sent = Array.from({ length: 50 }, () => engine.signal(execId, 'noise'))
      const statuses = (await Promise.all(sent)).map(({ status }) => status)
      expect(new Set(statuses)).toEqual(new Set([202]))
    }
    const refused = await engine.signal(execId, 'noise')
    expect(refused).toMatchObject({ status: 429, body: { code: 'limit_reached' } })
    expect(refused.body['detail']).toContain('1000 signals "noise" that no task has taken')
    const input = { exec_id: execId, payload: 1 }
    expect(await engine.run('signal-run', { ...input, name: 'noise' })).toMatchObject({
      output: {
        type: 'LimitExceeded',
        message: expect.stringContaining(
          'workflows/signal-run.yaml:3:5: run keep-signals-',
        ) as string,
        attempts: 1,
      },
    })
    expect(await exceeded('kept_signals')).toBe(before + 2)
    // Another name, and the one that the run waits for, still pass.
    expect(await engine.run('signal-run', { ...input, name: 'other' })).toMatchObject({
      output: 'sent',
    })
    expect(await engine.signal(execId, 'go')).toMatchObject({ status: 202 })
    expect(await engine.closed(execId, patience)).toMatchObject({ status: 'completed' })
    expect(await exceeded('kept_signals')).toBe(before + 2)
  })

  it('Should keep 1,000,000 bytes of signals, and take the one that a task waits for', async () => {
    const execId = await engine.start('keep-signals')
    const payload = 'x'.repeat(600_000)
    expect(await engine.signal(execId, 'a', payload)).toMatchObject({ status: 202 })
    const refused = await engine.signal(execId, 'b', payload)
    expect(refused).toMatchObject({ status: 429, body: { code: 'limit_reached' } })
    expect(refused.body['detail']).toMatch(/has 600,05\d bytes of signals that no task has taken/)
    expect(await engine.signal(execId, 'go', payload)).toMatchObject({ status: 202 })
    expect(await engine.closed(execId, patience)).toMatchObject({ status: 'completed' })
  })

  it.each([
    ['all calls', 499, 499],
    ['500 calls', 520, 500],
  ])('Should have %s open: a collection of %i', async (_, n, open) => {
    const execId = await engine.start('hang', { n })
    const described = () => client.workflow.getHandle(execId).describe()
    const pending = await eventually(
      async () => (await described()).raw.pendingActivities?.length ?? 0,
      (count) => count >= open,
      { timeoutMs: patience },
    )
    expect(pending).toBe(open)
    await engine.post(`/api/v0/executions/workflows/${execId}/terminate`, {})
    expect(await engine.closed(execId, patience)).toMatchObject({ status: 'terminated' })
  })

  it('Should end a run whose children return more than its history holds', async () => {
    const before = await exceeded('history')
    const run = await engine.run('wide-children', { n: 30, bytes: 1_900_000 }, patience)
    expect(run).toMatchObject({ status: 'completed', output: 30 })
    const failed = Object.values(run.tasks!['each']!.tasks!).flatMap(({ error }) => error ?? [])
    expect(failed.length).toBeGreaterThan(0)
    expect(failed.map(({ type }) => type)).toEqual(failed.map(() => 'LimitExceeded'))
    expect(failed[0]!.message).toMatch(
      /^workflows\/wide-children\.yaml:8:7: gives .+: workflows\/gives\.yaml: the run's result is 1,900,002 bytes, and the history of run wide-children-\S+, which started it, is [\d,]+ bytes; at most 44,000,000/,
    )
    expect(await exceeded('history')).toBe(before + failed.length)
  })

  it.each([
    ['fail with LimitExceeded while their parent is open and has no room', 'stays', 3],
    ['keep their results once their parent has closed', 'ends', 0],
  ])('Should let children that nobody waits for %s', async (_, parent, fewestFailed) => {
    const n = 26
    const execId = await engine.start('detached-children', { n, bytes: 1_900_000 })
    const children = async () => {
      const path = `/api/v0/executions/workflows?exec_id_prefix=${execId}.&limit=200`
      return (await engine.get(path))['items'] as readonly { exec_id: string; status: string }[]
    }
    await engine.taskReaches(execId, 'stays', 'running')
    if (parent === 'ends') await engine.post(`/api/v0/executions/workflows/${execId}/terminate`, {})
    const ended = await eventually(
      children,
      (found) => found.length === n && found.every(({ status }) => status !== 'running'),
      { timeoutMs: patience, everyMs: 500 },
    )
    const failed = ended.filter(({ status }) => status === 'failed')
    expect(failed.length).toBeGreaterThanOrEqual(fewestFailed)
    expect(failed.length).toBeLessThan(fewestFailed + 3)
    for (const { exec_id } of failed)
      expect((await engine.execution(exec_id)).error).toMatchObject({
        type: 'LimitExceeded',
        message: expect.stringMatching(
          /^workflows\/gives-later\.yaml: the run's result is 1,900,002 bytes, and the history of run detached-children-/,
        ) as string,
      })
    if (parent === 'ends') return
    await engine.post(`/api/v0/executions/workflows/${execId}/cancel`, {})
    expect(await engine.closed(execId, patience)).toMatchObject({ status: 'canceled' })
  })

  it('Should continue as new between children whose results do fit', async () => {
    const run = await engine.run('batched-children', { n: 30, bytes: 1_900_000 }, patience)
    expect(run).toMatchObject({ status: 'completed', output: 30 })
    const { historySize } = await client.workflow.getHandle(run.exec_id).describe()
    expect(historySize).toBeLessThan(limits.historyWithOutputBytes)
  })
})
