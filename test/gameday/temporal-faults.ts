import { rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { call } from '../support/api.ts'
import { eventually } from '../support/compozy.ts'
import type { Fault } from './fault.ts'
import type { Field } from './field.ts'

const burn = ['CompozyApiErrorBudgetFastBurn', 'CompozyApiErrorBudgetSlowBurn']
/** What is true as well while Temporal is away, and when its backlog is worked off. */
const awayToo = [
  ...burn,
  'CompozyApiLatencyHigh',
  'TemporalPollersDisconnected',
  'CompozyObjectiveMissed',
]

/** Starts as many runs at once as an impatient client; resolves with the statuses. */
export async function startMany(field: Field, workflow: string, count: number): Promise<number[]> {
  const path = `/api/v0/workflows/${workflow}/executions`
  const one = () => call(field.api, 'POST', path, { input: { name: 'burst' } })
  const answers = await Promise.all(
    Array.from({ length: count }, () =>
      one().then(
        ({ status }) => status,
        () => 0,
      ),
    ),
  )
  return answers
}

/** Asks visibility far more often than it allows, until stopped. */
async function flood(field: Field): Promise<void> {
  const timer = setInterval(() => {
    for (let i = 0; i < 10; i++) void field.client.workflow.count('').catch(() => undefined)
  }, 200)
  floods.set(field, timer)
}
const floods = new WeakMap<Field, NodeJS.Timeout>()

const fillerOf = (field: Field): string => join(field.disk, 'filler')

/** Faults of Temporal, of its disk, and of the way to it. */
export const temporalFaults: readonly Fault[] = [
  {
    name: 'Temporal killed for 15 minutes',
    expects: ['CompozyTemporalUnreachable'],
    alsoTrue: awayToo,
    lastsSeconds: 900,
    begin: ({ temporal }) => temporal.kill(),
    end: ({ temporal }) => temporal.restart(),
  },
  {
    name: 'Temporal paused (SIGSTOP)',
    expects: ['CompozyTemporalUnreachable'],
    alsoTrue: awayToo,
    lastsSeconds: 600,
    begin: async ({ temporal }) => void process.kill(temporal.pid(), 'SIGSTOP'),
    end: async ({ temporal }) => void process.kill(temporal.pid(), 'SIGCONT'),
  },
  {
    name: 'network to Temporal cut',
    expects: ['CompozyTemporalUnreachable'],
    alsoTrue: awayToo,
    lastsSeconds: 600,
    begin: async ({ network }) => network.cut(),
    end: async ({ network }) => network.mend(),
  },
  {
    name: 'Temporal at its visibility limit',
    expects: ['CompozyServerUnanswered'],
    // The flood keeps the same small server busy.
    alsoTrue: ['CompozyApiLatencyHigh'],
    lastsSeconds: 900,
    begin: flood,
    end: async (field) => clearInterval(floods.get(field)),
  },
  {
    name: '40 answers with 503 between two scrapes',
    expects: ['CompozyApiErrorBudgetFastBurn'],
    // The cut and the reconnection outlast the two minutes of this pace.
    alsoTrue: [...burn, 'CompozyApiLatencyHigh', 'CompozyTemporalUnreachable'],
    lastsSeconds: 0,
    async begin(field) {
      field.network.cut()
      const statuses = await startMany(field, 'steady', 40)
      field.network.mend()
      if (!statuses.some((status) => status >= 500)) throw new Error(`no 5xx: ${statuses.join()}`)
    },
    end: async () => undefined,
  },
  {
    name: 'disk full under Temporal',
    expects: ['CompozyApiErrorBudgetFastBurn'],
    alsoTrue: [
      ...awayToo,
      'CompozyTemporalUnreachable',
      'CompozyServerUnanswered',
      'CompozyWorkflowStalled',
    ],
    lastsSeconds: 300,
    cannotRun: ({ hasOwnDisk }) => (hasOwnDisk ? undefined : 'needs root, to mount a small disk'),
    async begin(field) {
      const { bavail, bsize } = await statfs(field.disk)
      await writeFile(fillerOf(field), Buffer.alloc(bavail * bsize)).catch(() => undefined)
    },
    end: (field) => rm(fillerOf(field), { force: true }),
  },
  {
    name: 'a stuck run',
    expects: ['CompozyWorkflowStuck'],
    lastsSeconds: 300,
    async begin({ client, taskQueue }) {
      // No compiler makes such a definition: its workflow task fails for ever.
      const args = [{ definition: {} }]
      await client.workflow.start('steady', { taskQueue, workflowId: 'stuck', args })
    },
    end: async ({ client }) => void (await client.workflow.getHandle('stuck').terminate()),
  },
  {
    name: 'retention deletes every closed run',
    expects: [],
    lastsSeconds: 300,
    async begin({ client }) {
      const query = "ExecutionStatus != 'Running'"
      for await (const { workflowId, runId } of client.workflow.list({ query }))
        await client.workflowService.deleteWorkflowExecution({
          namespace: 'default',
          workflowExecution: { workflowId, runId },
        })
      const closedRuns = () => client.workflow.count(`${query} AND CloseTime < '${began}'`)
      const began = new Date(Date.now() - 5_000).toISOString()
      await eventually(closedRuns, ({ count }) => count < 20, { timeoutMs: 60_000, everyMs: 1_000 })
      await sleep(1_000)
    },
    end: async () => undefined,
  },
]
