import type { ChildProcess } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { ended, startCli } from './processes.ts'
import { root } from './root.ts'
import { readStartArgument } from './start-argument.ts'

/** A copy of `fixtures/flow` and a Temporal server of its own, for workers of any kind. */
export interface FlowServer {
  /** Folder of the project. */
  readonly project: string
  /** Address of Temporal. */
  readonly temporal: string
  readonly client: Client
  /** Starts a worker of the engine on a queue of its own. */
  startWorker(
    queue: string,
    env: Readonly<Record<string, string>>,
    nodeFlags?: readonly string[],
  ): Promise<ChildProcess>
  /** What the engine hands to a run of this workflow. */
  argumentOf(workflow: string): Promise<unknown>
  /** Kills these workers and the server, and removes what was written. */
  stop(workers: readonly ChildProcess[]): Promise<void>
}

/** Starts a real Temporal server and an API beside it, without a worker. */
export async function startFlowServer(): Promise<FlowServer> {
  const folder = mkdtempSync(join(tmpdir(), 'compozy-bench-'))
  const project = join(folder, 'flow')
  cpSync(join(root, 'bench/fixtures/flow'), project, { recursive: true })
  const base = ['--cwd', project, '--port', '0']
  const server = await startCli(['dev', ...base, '--temporal-port', '0', '--workers', '0'])
  const { temporal, api } = server.ready
  const connection = await Connection.connect({ address: temporal })
  const client = new Client({ connection })
  const found = new Map<string, Promise<unknown>>()
  return {
    project,
    temporal,
    client,
    async startWorker(queue, env, nodeFlags) {
      const at = ['--temporal-address', temporal, '--temporal-task-queue', queue]
      return (await startCli(['worker', ...base, ...at], env, nodeFlags)).child
    },
    argumentOf(workflow) {
      const argument = found.get(workflow) ?? readStartArgument(client, api, workflow)
      found.set(workflow, argument)
      return argument
    },
    async stop(workers) {
      await connection.close()
      const all = [...workers, server.child]
      for (const child of all) child.kill('SIGKILL')
      await Promise.all(all.map(ended))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
