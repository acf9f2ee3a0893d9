import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { ended, startCli, startScript, usageOf } from '../processes.ts'
import { root } from '../root.ts'
import { alternate, ratios } from '../rounds.ts'
import type { Scenario } from '../scenario.ts'
import { estimate, type Figure } from '../statistics.ts'

const flow = join(root, 'bench/fixtures/flow')
const arms = ['off', 'control', 'on', 'hand_written'] as const
type Arm = (typeof arms)[number]

/** The sizes and the concurrency that the verdict looks at. */
const sizes = { 1: 'one', 10: 'ten' } as const
const concurrency = 4

/** Runs so many at a time until all have ended. */
async function inParallel(count: number, run: () => Promise<unknown>): Promise<void> {
  let left = count
  const lane = async (): Promise<void> => {
    while (left-- > 0) await run()
  }
  await Promise.all(Array.from({ length: concurrency }, lane))
}

/** What the engine's interpreter costs a worker, beside the same workflow written by hand. */
export const workflow: Scenario = {
  name: 'workflow',
  doc: 'CPU of a worker and throughput per run: engine with monitoring on and off, beside a workflow written by hand',
  async run({ quick, random, progress }) {
    const folder = mkdtempSync(join(tmpdir(), 'compozy-bench-'))
    const project = join(folder, 'flow')
    cpSync(flow, project, { recursive: true })
    const base = ['--cwd', project, '--port', '0']
    const server = await startCli(['dev', ...base, '--temporal-port', '0', '--workers', '0'])
    const { temporal, api } = server.ready
    // Each arm polls a queue of its own; runs are started on it by the client, with what the API's own start sends.
    const queues: Readonly<Record<Arm, string>> = {
      off: 'off',
      control: 'control',
      on: 'on',
      hand_written: 'hand',
    }
    const worker = (arm: Arm, monitoring: boolean) =>
      startCli(['worker', ...base, '--temporal-address', temporal, '--temporal-task-queue', queues[arm]], {
        MONITORING_ENABLED: String(monitoring),
      }).then(({ child }) => child)
    const [off, control, on, hand] = await Promise.all([
      worker('off', false),
      worker('control', false),
      worker('on', true),
      startScript('peers/hand-written-worker.js', [temporal, queues.hand_written, project]),
    ])
    const children = { off, control, on, hand_written: hand }
    const connection = await Connection.connect({ address: temporal })
    const client = new Client({ connection })
    // A start as the API makes it: its argument is taken over, so that every arm runs the same definition.
    const argument = async (id: string): Promise<unknown> => {
      const body = await fetch(`${api}/api/v0/workflows/${id}/executions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"input":{}}',
      })
      const { exec_id: execId } = (await body.json()) as { exec_id: string }
      const history = await client.workflow.getHandle(execId).fetchHistory()
      const payload = history.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]
      await client.workflow.getHandle(execId).terminate()
      return JSON.parse(Buffer.from(payload!.data!).toString())
    }
    const figures: Record<string, Figure> = {}
    const raw: Record<string, number[]> = {}
    let settled: Figure | undefined
    let next = 0
    try {
      for (const [index, [size, id]] of Object.entries(sizes).entries()) {
        const definition = await argument(id)
        const runs = quick ? 12 : 40
        const elapsed: Record<string, number[]> = {}
        const execute = (arm: Arm) => () =>
          client.workflow.execute(arm === 'hand_written' ? 'handWritten' : id, {
            taskQueue: queues[arm],
            workflowId: `bench-${next++}`,
            args: [arm === 'hand_written' ? Number(size) : definition],
          })
        for (const arm of arms) await inParallel(8, execute(arm))
        const cpu = await alternate({
          arms,
          rounds: quick ? 4 : 16,
          measure: async (arm) => {
            const before = usageOf(children[arm].pid)
            const startedAt = performance.now()
            await inParallel(runs, execute(arm))
            ;(elapsed[arm] ??= []).push((runs * 1_000) / (performance.now() - startedAt))
            return ((usageOf(children[arm].pid).cpu - before.cpu) * 1_000) / runs
          },
          random,
          progress: (share) => progress((index + share) / 2),
        })
        for (const arm of arms) {
          raw[`${arm}_cpu_ms_${size}`] = cpu[arm]
          raw[`${arm}_per_second_${size}`] = elapsed[arm]!
          figures[`${arm}_cpu_ms_${size}`] = estimate(cpu[arm], 'ms', random)
          figures[`${arm}_per_second_${size}`] = estimate(elapsed[arm]!, '1/s', random)
        }
        figures[`cpu_vs_hand_written_${size}`] = estimate(ratios(cpu, 'on', 'hand_written'), 'ratio', random)
        figures[`cpu_on_vs_off_${size}`] = estimate(ratios(cpu, 'on', 'off', 'control'), 'ratio', random)
        const throughput = elapsed as Record<Arm, number[]>
        figures[`throughput_vs_hand_written_${size}`] = estimate(
          ratios(throughput, 'on', 'hand_written'),
          'ratio',
          random,
        )
        settled ??= estimate(ratios(cpu, 'control', 'off'), 'ratio', random)
      }
      return { figures, control: settled!, raw }
    } finally {
      await connection.close()
      for (const child of [...Object.values(children), server.child]) child.kill('SIGKILL')
      await Promise.all([...Object.values(children), server.child].map(ended))
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
