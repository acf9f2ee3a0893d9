import { writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { processNames, type Field, type ProcessName } from './field.ts'
import { paceMs } from './pace.ts'
import { startMany } from './temporal-faults.ts'

const workers = ['worker-1', 'worker-2'] as const

async function kill(field: Field, names: readonly ProcessName[]): Promise<void> {
  await Promise.all(names.map((name) => field.process(name).kill()))
}

async function start(field: Field, names: readonly ProcessName[]): Promise<void> {
  await Promise.all(names.map((name) => field.start(name)))
}

/** Replaces one process after the other, as a deploy does. */
async function roll(field: Field): Promise<void> {
  for (const name of processNames) {
    await field.process(name).stop()
    await field.start(name)
    await sleep(paceMs(60))
  }
}

async function blockEventLoop(field: Field): Promise<void> {
  field.process('worker-1').process.kill('SIGUSR2')
}

/** Faults of our processes, of what they run, and of how they are scraped. */
export const processFaults: readonly Fault[] = [
  {
    name: 'one of two workers killed',
    expects: ['CompozyDown'],
    lastsSeconds: 300,
    begin: (field) => kill(field, ['worker-1']),
    end: (field) => start(field, ['worker-1']),
  },
  {
    name: 'all workers killed',
    expects: ['CompozyDown', 'CompozyNoWorkers', 'CompozyTaskQueueBacklog'],
    alsoTrue: ['CompozyWorkflowStalled', 'CompozyObjectiveMissed', 'TemporalScheduleToStartHigh'],
    lastsSeconds: 600,
    begin: (field) => kill(field, workers),
    end: (field) => start(field, workers),
  },
  {
    name: 'a tool that crashes',
    expects: ['CompozyToolBroken'],
    lastsSeconds: 60,
    begin: async (field) => void (await startMany(field, 'crashes', 5)),
    end: async () => undefined,
  },
  {
    name: 'a workflow that fails once in half an hour',
    expects: ['CompozyObjectiveMissed', 'CompozyWorkflowAlwaysFailing'],
    lastsSeconds: 300,
    begin: async ({ load }) => load.failHourly(true),
    end: async ({ load }) => load.failHourly(false),
  },
  {
    name: 'backlog: more tool calls than the workers can take',
    expects: ['CompozyTaskQueueBacklog'],
    alsoTrue: [
      'TemporalSlotsExhausted',
      'TemporalScheduleToStartHigh',
      'CompozyWorkflowStalled',
      'CompozyObjectiveMissed',
    ],
    lastsSeconds: 300,
    begin: async (field) => void (await startMany(field, 'slow', 80)),
    async end({ client }) {
      const query = "WorkflowType = 'slow' AND ExecutionStatus = 'Running'"
      for await (const { workflowId } of client.workflow.list({ query }))
        await client.workflow.getHandle(workflowId).terminate()
    },
  },
  {
    name: 'event loop of a worker blocked',
    expects: ['CompozyEventLoopBlocked'],
    alsoTrue: ['CompozyDown', 'TemporalScheduleToStartHigh'],
    lastsSeconds: 600,
    begin: blockEventLoop,
    end: blockEventLoop,
  },
  {
    name: 'a deploy, rolling over three processes',
    expects: [],
    lastsSeconds: 300,
    begin: roll,
    end: async () => undefined,
  },
  {
    name: 'a workflow renamed, and deployed',
    expects: [],
    lastsSeconds: 300,
    async begin(field) {
      field.project.rename()
      field.load.renameMinor()
      await roll(field)
    },
    end: async () => undefined,
  },
  {
    name: 'token rotated on both sides',
    expects: [],
    lastsSeconds: 300,
    begin: ({ project }) => writeFile(project.tokenFile, 'second\n'),
    end: async () => undefined,
  },
  {
    name: 'Prometheus away for 7 minutes',
    expects: [],
    lastsSeconds: 300,
    async begin({ watchers }) {
      for (const watcher of Object.values(watchers)) watcher.pause()
      await sleep(paceMs(420))
      for (const watcher of Object.values(watchers)) watcher.resume()
    },
    end: async () => undefined,
  },
]
