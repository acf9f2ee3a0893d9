import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { parse, stringify } from 'yaml'
import { freePort } from '../../engine/infra/temporal/dev-server/free-port.ts'
import { findNginx } from '../../scripts/programs/nginx.ts'
import { copyProject, eventually, startCompozy, type Running } from '../support/compozy.ts'
import { startPrometheus } from '../support/prometheus.ts'

const root = resolve(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/operate/securing.md'), 'utf8')
const snippet = (language: string): string =>
  new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(page)![1]!

interface Target {
  readonly labels: Readonly<Record<string, string>>
  readonly scrapeUrl: string
  readonly health: string
  readonly lastError: string
}

describe('what docs/operate/securing.md tells', () => {
  const project = copyProject('examples/quickstart')
  const folder = mkdtempSync(join(tmpdir(), 'compozy-securing-'))
  const token = join(folder, 'token')
  let engine: Running
  let own: number

  beforeAll(async () => {
    writeFileSync(token, 'scrape-me-0123456789abcdef')
    own = await freePort('127.0.0.1')
    engine = await startCompozy(
      ['dev', '--cwd', project.dir, '--port', '0', '--temporal-port', '0'],
      {
        env: { MONITORING_LISTEN: `127.0.0.1:${own}`, MONITORING_TOKEN_FILE: token },
      },
    )
  })
  afterAll(async () => {
    await engine?.stop()
    project.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  it('Should keep the metrics off the main port when they have one of their own', async () => {
    expect((await fetch(`${engine.ready.api}/metrics`)).status).toBe(404)
    expect((await fetch(`http://127.0.0.1:${own}/metrics`)).status).toBe(401)
    expect((await fetch(`http://127.0.0.1:${own}/api/v0/workflows`)).status).toBe(404)
  })

  it('Should be scraped with the token by the shipped configuration, and not without', async () => {
    const shipped = readFileSync(join(root, 'deploy/prometheus/prometheus-token.yml'), 'utf8')
    const config = parse(shipped) as { scrape_configs: [{ authorization?: object }] }
    expect(config.scrape_configs[0].authorization).toMatchObject({
      credentials_file: expect.stringContaining('token'),
    })
    const local = shipped
      .replace('/etc/prometheus/compozy-metrics-token', token)
      .replace('compozy:8080', `127.0.0.1:${own}`)
      .replace('scrape_interval: 15s', 'scrape_interval: 500ms')
      .replace('rules/*.yml', join(root, 'deploy/prometheus/rules/*.yml'))
    const without = parse(local) as typeof config
    delete without.scrape_configs[0].authorization
    for (const [text, health, error] of [
      [local, 'up', ''],
      [stringify(without), 'down', '401'],
    ]) {
      const prometheus = await startPrometheus(text!)
      onTestFinished(() => prometheus.stop())
      const [target] = await eventually(
        async () => (await prometheus.api<{ activeTargets: Target[] }>('targets')).activeTargets,
        ([first]) => first !== undefined && first.health !== 'unknown',
      )
      expect(target!.health).toBe(health)
      expect(target!.lastError).toContain(error)
    }
  })

  it('Should let nginx refuse the metrics to strangers and pass the API on', async () => {
    const port = await freePort('127.0.0.1')
    const api = new URL(engine.ready.api).host
    const location = snippet('nginx').replace('compozy:8080', api)
    const server = `listen 127.0.0.1:${port}; ${location} location / { proxy_pass http://${api}; }`
    mkdirSync(join(folder, 'nginx'))
    const config = join(folder, 'nginx.conf')
    const start = async (block: string) => {
      writeFileSync(
        config,
        `daemon off; pid ${folder}/nginx.pid; error_log stderr; events {} http { access_log off; ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/nginx/${name};`).join(' ')} server { ${block} } }`,
      )
      const nginx = spawn(await findNginx(process.env), ['-c', config, '-p', folder], {
        stdio: 'ignore',
      })
      const ended = new Promise((done) => nginx.once('close', done))
      await eventually(
        () =>
          fetch(`http://127.0.0.1:${port}/healthz`).then(
            (r) => r.status,
            () => 0,
          ),
        (status) => status === 200,
      )
      const status = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status
      const seen = { metrics: await status('/metrics'), api: await status('/api/v0/workflows') }
      nginx.kill('SIGTERM')
      await ended
      return seen
    }
    // 127.0.0.1 is no address of 10.0.0.0/8.
    expect(await start(server)).toEqual({ metrics: 403, api: 200 })
    // Who is allowed gets through to the engine, whose main port has no metrics here.
    expect(await start(server.replace('10.0.0.0/8', '127.0.0.0/8'))).toEqual({
      metrics: 404,
      api: 200,
    })
  })

  it('Should find pods by their annotations, one target each, under the job that the rules expect', async () => {
    const meta = (name: string, labels: Record<string, string>) => ({
      targets: [`10.0.0.9:${labels['container_port_number']}`],
      labels: Object.fromEntries(
        Object.entries({
          namespace: 'shop',
          pod_name: name,
          pod_ip: '127.0.0.1',
          pod_label_app_kubernetes_io_name: 'compozy',
          ...labels,
        }).map(([key, value]) => [
          `__meta_kubernetes_${key.startsWith('container') ? 'pod_' : ''}${key}`,
          value,
        ]),
      ),
    })
    const annotations = {
      pod_annotation_prometheus_io_scrape: 'true',
      pod_annotation_prometheus_io_path: '/metrics',
      pod_annotation_prometheus_io_port: String(own),
    }
    const pods = [
      meta('compozy-api-1', {
        ...annotations,
        container_port_name: 'http',
        container_port_number: '8080',
      }),
      meta('compozy-api-1', {
        ...annotations,
        container_port_name: 'metrics',
        container_port_number: '9464',
      }),
      meta('without-annotations', {
        container_port_name: 'metrics',
        container_port_number: '9464',
      }),
      meta('other', {
        ...annotations,
        pod_label_app_kubernetes_io_name: 'other',
        container_port_name: 'metrics',
        container_port_number: '1',
      }),
    ]
    writeFileSync(join(folder, 'pods.json'), JSON.stringify(pods))
    const config = readFileSync(join(root, 'deploy/prometheus/prometheus-kubernetes.yml'), 'utf8')
      .replace(
        'kubernetes_sd_configs:\n      - role: pod',
        `file_sd_configs:\n      - files: ['${folder}/pods.json']`,
      )
      .replace('rules/*.yml', join(root, 'deploy/prometheus/rules/*.yml'))
    const prometheus = await startPrometheus(config)
    onTestFinished(() => prometheus.stop())
    const targets = await eventually(
      async () => (await prometheus.api<{ activeTargets: Target[] }>('targets')).activeTargets,
      (found) => found.length > 0,
    )
    expect(targets.map(({ labels, scrapeUrl }) => ({ labels, scrapeUrl }))).toEqual([
      {
        labels: { job: 'compozy', instance: 'compozy-api-1', kubernetes_namespace: 'shop' },
        scrapeUrl: `http://127.0.0.1:${own}/metrics`,
      },
    ])
  })
})
