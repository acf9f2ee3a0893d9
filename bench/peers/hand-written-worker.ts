/**
 * A worker for the workflows written by hand, with the engine's own tool runner: `ADDRESS
 * TASK_QUEUE PROJECT_DIR [CACHED_RUNS]`.
 */
import { readFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { Context } from '@temporalio/activity'
import { defined } from '../../engine/core/defined.ts'
import { silentLogger } from '../../engine/core/logger.ts'
import { createToolRunner } from '../../engine/tool/index.ts'

const [address = '', taskQueue = '', projectDir = '', cachedRuns] = process.argv.slice(2)
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { forward: {}, filter: 'off' } },
})
const file = join(projectDir, 'echo.ts')
const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex')
const runner = createToolRunner({
  projectDir,
  permissions: [],
  maxProcesses: 4,
  memoryMb: 256,
  nodeModules: false,
  secrets: {},
  logger: silentLogger,
})
const connection = await NativeConnection.connect({ address })
const worker = await Worker.create({
  connection,
  taskQueue,
  workflowsPath: resolve(import.meta.dirname, 'hand-written-workflows.js'),
  ...defined({ maxCachedWorkflows: cachedRuns === undefined ? undefined : Number(cachedRuns) }),
  maxConcurrentWorkflowTaskExecutions: 100,
  maxConcurrentActivityTaskExecutions: 100,
  maxHeartbeatThrottleInterval: '1s',
  activities: {
    async echo(input: { n: number }) {
      const result = await runner.call(
        {
          tool: { key: 'echo', id: 'echo', file, sha256, secrets: [] },
          input,
          env: {},
          timeoutMs: 60_000,
          context: { exec_id: '', workflow_id: '', task_id: '', attempt: 1, idempotency_key: '' },
        },
        { signal: Context.current().cancellationSignal },
      )
      if (!result.ok) throw new Error(result.error.message)
      return result.output
    },
  },
})
const running = worker.run()
process.stdout.write('ready\n')
await running
await runner.stop()
await connection.close()
