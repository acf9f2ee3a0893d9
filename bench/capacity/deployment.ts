import type { ChildProcess } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { Client, Connection } from '@temporalio/client'
import { pin } from '../load/generator-process.ts'
import { ended, startCli } from '../processes.ts'
import { startTemporalProject } from '../temporal-project.ts'
import { usageOfAll, type Usage } from './usage.ts'

/** The processes of a deployment. Workers' tool processes count apart. */
export const components = ['api', 'worker', 'temporal'] as const

/** One of {@link components}. */
export type Component = (typeof components)[number]

/** Temporal, one API process and some worker processes, each measured apart. */
export interface Deployment {
  /** Starts a run through the API. */
  start(workflow: string): Promise<void>
  /** Runs that completed, as the scrapes of all workers say. */
  countCompleted(workflow: string): Promise<number>
  /** Runs that completed, as Temporal lists them, once it lists so many. */
  listCompleted(workflow: string, atLeast: number): Promise<number>
  /** Events and bytes of a completed run's history. */
  historyOf(workflow: string): Promise<{ readonly events: number; readonly bytes: number }>
  usage(): Readonly<Record<Component, Usage>>
  stop(): Promise<void>
}

/** Options of {@link startDeployment}. */
export interface DeploymentOptions {
  readonly workers: number
  /** Puts the workers on the second core and everything else on the first. */
  readonly isPinned?: boolean
}

const visibleWithinMs = 20_000

async function scrapeCompleted(metrics: string, workflow: string): Promise<number> {
  const text = await (await fetch(metrics)).text()
  const name = `compozy_temporal_workflow_completed_total{workflow_type="${workflow}"}`
  const line = text.split('\n').find((each) => each.startsWith(name))
  return Number(line?.slice(name.length) ?? 0)
}

/** Starts a deployment with a Temporal server of its own. */
export async function startDeployment(options: DeploymentOptions): Promise<Deployment> {
  const { project, temporal: server, stop } = await startTemporalProject('bench/fixtures/flow')
  const base = ['--cwd', project, '--port', '0', '--temporal-address', server.address]
  const env = { MONITORING_ENABLED: 'true', COMPOZY_RATE_LIMIT: '0' }
  const api = await startCli(['start', ...base, '--workers', '0'], env)
  const workers = await Promise.all(
    Array.from({ length: options.workers }, () => startCli(['worker', ...base], env)),
  )
  if (options.isPinned === true) {
    pin({ pid: server.pid } as ChildProcess, 0)
    pin(api.child, 0)
    for (const { child } of workers) pin(child, 1)
  }
  const connection = await Connection.connect({ address: server.address })
  const client = new Client({ connection })
  const completedOf = (workflow: string): string =>
    `WorkflowType = '${workflow}' AND ExecutionStatus = 'Completed'`

  return {
    async start(workflow) {
      const url = new URL(`/api/v0/workflows/${workflow}/executions`, api.ready.api)
      const headers = { 'content-type': 'application/json' }
      const reply = await fetch(url, { method: 'POST', headers, body: '{"input":{}}' })
      await reply.arrayBuffer()
      if (reply.status !== 202) throw new Error(`a start was answered with ${reply.status}`)
    },
    async countCompleted(workflow) {
      const counts = await Promise.all(
        workers.map(({ ready }) => scrapeCompleted(ready.metrics!, workflow)),
      )
      return counts.reduce((sum, count) => sum + count, 0)
    },
    async listCompleted(workflow, atLeast) {
      const giveUpAt = performance.now() + visibleWithinMs
      for (;;) {
        const { count } = await client.workflow.count(completedOf(workflow))
        if (count >= atLeast || performance.now() > giveUpAt) return count
        await pause(200)
      }
    },
    async historyOf(workflow) {
      for await (const { workflowId } of client.workflow.list({ query: completedOf(workflow) })) {
        const { raw, historyLength } = await client.workflow.getHandle(workflowId).describe()
        const bytes = Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0)
        return { events: historyLength, bytes }
      }
      throw new Error(`no run of ${workflow} completed`)
    },
    usage: () => ({
      api: usageOfAll([api.child.pid!]),
      worker: usageOfAll(workers.map(({ child }) => child.pid!)),
      temporal: usageOfAll([server.pid]),
    }),
    async stop() {
      await connection.close()
      const all = [api.child, ...workers.map(({ child }) => child)]
      for (const child of all) child.kill('SIGKILL')
      await Promise.all(all.map(ended))
      await stop()
    },
  }
}
