import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findPrometheus, type PrometheusTools } from '../../scripts/programs/prometheus.ts'
import { eventually } from './compozy.ts'

/** One series of an instant query: its labels and its value. */
export interface InstantSample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: number
}

/** A real Prometheus server. */
export interface PrometheusServer {
  readonly url: string
  /** Where it keeps its data. */
  readonly dataFolder: string
  /** An instant query; throws with the server's own words where it is refused. */
  query(expression: string): Promise<readonly InstantSample[]>
  /** Any path of its HTTP API: what `data` holds. */
  api<T>(path: string): Promise<T>
  /** Stops its process, as SIGSTOP does, and lets it go on. */
  pause(): void
  resume(): void
  stop(): Promise<void>
}

/** A port that was free a moment ago: Prometheus tells its own only in its log. */
async function freePort(): Promise<number> {
  const { createServer } = await import('node:net')
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        resolve(typeof address === 'object' && address !== null ? address.port : 0),
      )
    })
  })
}

/**
 * Starts Prometheus, 2.42 unless `tools` says another, with this configuration (YAML) in a folder
 * of its own, and waits until it is ready. `flags`: of its command line.
 */
export async function startPrometheus(
  config: string,
  tools?: PrometheusTools,
  flags: readonly string[] = [],
): Promise<PrometheusServer> {
  const { prometheus } = tools ?? (await findPrometheus({ env: process.env }))
  const folder = mkdtempSync(join(tmpdir(), 'compozy-prometheus-'))
  writeFileSync(join(folder, 'prometheus.yml'), config)
  const url = `http://127.0.0.1:${await freePort()}`
  const child = spawn(
    prometheus,
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${new URL(url).host}`,
      '--log.level=warn',
      ...flags,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const ended = new Promise<void>((done) => child.once('close', () => done()))
  await eventually(
    async () => {
      if (child.exitCode !== null)
        throw new Error(`Prometheus ended with ${child.exitCode}:\n${said}`)
      return fetch(`${url}/-/ready`).then(
        ({ status }) => status,
        () => 0,
      )
    },
    (status) => status === 200,
  )
  async function api<T>(path: string): Promise<T> {
    const answer = (await (await fetch(`${url}/api/v1/${path}`)).json()) as {
      status: string
      error?: string
      data: T
    }
    if (answer.status !== 'success') throw new Error(`${path}: ${answer.error}`)
    return answer.data
  }
  return {
    url,
    dataFolder: join(folder, 'data'),
    api,
    async query(expression) {
      interface Answer {
        readonly resultType: string
        readonly result: readonly { metric: Record<string, string>; value: [number, string] }[]
      }
      const { resultType, result } = await api<Answer>(
        `query?query=${encodeURIComponent(expression)}`,
      )
      if (resultType !== 'vector') throw new Error(`${expression} gives a ${resultType}`)
      return result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }))
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async stop() {
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
