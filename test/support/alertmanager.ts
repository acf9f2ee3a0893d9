import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../engine/infra/temporal/dev-server/free-port.ts'
import { findGoProgram } from '../../scripts/programs/go-program.ts'
import { eventually } from './compozy.ts'

/** Labels of an alert. */
export type AlertLabels = Readonly<Record<string, string>>

/** A real Alertmanager. */
export interface Alertmanager {
  /** Lets these alerts fire, beside those that fire already. */
  fire(alerts: readonly AlertLabels[]): Promise<void>
  /** Returns the alerts that reach a receiver, and those that another one silences. */
  heard(): Promise<{
    readonly loud: readonly AlertLabels[]
    readonly silenced: readonly AlertLabels[]
  }>
  /** Returns where each alert goes, by its severity. */
  receivers(): Promise<
    readonly { readonly severity: string; readonly receivers: readonly string[] }[]
  >
  stop(): Promise<void>
}

interface ShownAlert {
  readonly labels: AlertLabels
  readonly status: { readonly inhibitedBy: readonly string[] }
  readonly receivers: readonly { readonly name: string }[]
}

/** Starts Alertmanager with a configuration file, alone, and waits until it is ready. */
export async function startAlertmanager(configFile: string): Promise<Alertmanager> {
  const program = await findGoProgram('alertmanager', process.env)
  const folder = mkdtempSync(join(tmpdir(), 'compozy-alertmanager-'))
  const address = `127.0.0.1:${await freePort('127.0.0.1')}`
  const child = spawn(
    program,
    [
      `--config.file=${configFile}`,
      `--storage.path=${folder}`,
      `--web.listen-address=${address}`,
      '--cluster.listen-address=',
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const ended = new Promise<void>((done) => child.once('close', () => done()))
  const url = `http://${address}`
  await eventually(
    async () => {
      if (child.exitCode !== null)
        throw new Error(`Alertmanager ended with ${child.exitCode}:\n${said}`)
      return fetch(`${url}/-/ready`).then(
        ({ status }) => status,
        () => 0,
      )
    },
    (status) => status === 200,
  )
  async function show(): Promise<readonly ShownAlert[]> {
    return (await (await fetch(`${url}/api/v2/alerts`)).json()) as readonly ShownAlert[]
  }
  return {
    async fire(alerts) {
      const body = JSON.stringify(alerts.map((labels) => ({ labels })))
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`${url}/api/v2/alerts`, { method: 'POST', headers, body })
      if (!answer.ok) throw new Error(await answer.text())
    },
    async heard() {
      const shown = await show()
      const labelsOf = (silenced: boolean): AlertLabels[] =>
        shown
          .filter(({ status }) => status.inhibitedBy.length > 0 === silenced)
          .map(({ labels }) => labels)
      return { loud: labelsOf(false), silenced: labelsOf(true) }
    },
    async receivers() {
      return (await show()).map(({ labels, receivers }) => ({
        severity: labels['severity']!,
        receivers: receivers.map(({ name }) => name),
      }))
    },
    async stop() {
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
