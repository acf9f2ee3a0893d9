import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { commands } from '../../cli/commands/index.ts'
import { commandHelp } from '../../cli/help.ts'
import { listSettings } from '../../engine/config/config.ts'
import { parseDuration } from '../../engine/core/time/duration.ts'
import { prometheusRule } from '../../scripts/prometheus-rule.ts'
import { testFiring } from '../support/promtool.ts'
import { complaints } from '../support/query-check.ts'

const root = resolve(import.meta.dirname, '../..')
const folder = join(root, 'deploy/kubernetes')
const read = (path: string): string => readFileSync(join(folder, path), 'utf8')

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string }
}
interface Container {
  readonly args: readonly string[]
  readonly env?: readonly { readonly name: string; readonly value: string }[]
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
  readonly securityContext: Record<string, unknown>
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } }
  readonly resources: Record<'requests' | 'limits', Record<string, string>>
  readonly volumeMounts: readonly { readonly mountPath: string }[]
  readonly startupProbe: Probe
  readonly livenessProbe: Probe
  readonly readinessProbe: Probe
}
interface Deployment {
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly annotations: Record<string, string> }
      readonly spec: {
        readonly terminationGracePeriodSeconds: number
        readonly securityContext: Record<string, unknown>
        readonly containers: readonly [Container]
      }
    }
  }
}
interface Monitor {
  readonly kind: string
  readonly spec: {
    readonly jobLabel: string
    readonly selector: { readonly matchLabels: Record<string, string> }
    readonly podMetricsEndpoints: readonly Record<string, unknown>[]
  }
}

const settings = Object.fromEntries(
  read('base/settings.env')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
)
const kustomizations = [
  'base',
  ...readdirSync(join(folder, 'overlays')).map((name) => `overlays/${name}`),
]
const deployments = ['api', 'worker'].map((name) => {
  const { spec } = (parse(read(`base/deployment-${name}.yaml`)) as Deployment).spec.template
  return [name, { spec, container: spec.containers[0] }] as const
})

describe('manifests of Kubernetes', () => {
  it.each(kustomizations)('Should name only files that are there, and all of them: %s', (name) => {
    const { resources } = parse(read(`${name}/kustomization.yaml`)) as { resources: string[] }
    expect(resources.filter((file) => !existsSync(join(folder, name, file)))).toEqual([])
    const files = readdirSync(join(folder, name)).filter((file) => file.endsWith('.yaml'))
    const named = resources.filter((file) => !file.startsWith('..'))
    expect(files.toSorted()).toEqual([...named, 'kustomization.yaml'].toSorted())
  })

  it('Should set only variables that are read, to values that are allowed', () => {
    const known = new Map(listSettings().map(({ setting }) => [setting.env, setting]))
    for (const [name, value] of Object.entries(settings)) {
      expect([...known.keys()]).toContain(name)
      expect(known.get(name)!.read(value), `${name}=${value}`).toBeDefined()
    }
    for (const { name } of deployments.flatMap(([, { container }]) => container.env ?? []))
      expect([...known.keys()]).toContain(name)
  })

  it.each(deployments)(
    'Should be annotated as the requirement has it, for the port and path that serve: %s',
    (name) => {
      const { annotations } = (parse(read(`base/deployment-${name}.yaml`)) as Deployment).spec
        .template.metadata
      expect(annotations).toEqual({
        'prometheus.io/scrape': 'true',
        'prometheus.io/path': settings['MONITORING_PATH'],
        'prometheus.io/port': settings['MONITORING_LISTEN']!.split(':')[1],
      })
    },
  )

  it.each(deployments)(
    'Should open the ports that are listened on, and probe health: %s',
    (_, { container }) => {
      expect(container.ports).toEqual([
        { name: 'http', containerPort: Number(settings['COMPOZY_PORT']) },
        { name: 'metrics', containerPort: Number(settings['MONITORING_LISTEN']!.split(':')[1]) },
      ])
      expect(container.startupProbe.httpGet).toEqual({ path: '/healthz', port: 'http' })
      expect(container.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'http' })
      expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'http' })
    },
  )

  it.each(deployments)(
    'Should run a command that is there, with flags that it has: %s',
    async (_, { container }) => {
      const [name, ...args] = container.args
      const command = commands.find((each) => each.name === name)
      expect(command).toBeDefined()
      const help = commandHelp(command!, await command!.load())
      const flags = args.filter((arg) => arg.startsWith('--')).map((flag) => flag.slice(2))
      expect(flags.filter((flag) => !help.includes(`--${flag} `))).toEqual([])
    },
  )

  it.each(deployments)(
    'Should be given more time to stop than a drain takes: %s',
    (_, { spec, container }) => {
      const drain = parseDuration(settings['COMPOZY_DRAIN_TIMEOUT']!)! / 1_000
      const before = container.lifecycle?.preStop.sleep.seconds ?? 0
      expect(spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(before + drain + 10)
    },
  )

  it.each(deployments)(
    'Should run without rights, on a root that is read-only: %s',
    (_, { spec, container }) => {
      expect(spec.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      })
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
      expect(container.volumeMounts.map(({ mountPath }) => mountPath)).toContain('/tmp')
      expect(Object.keys(container.resources.requests)).toEqual(['cpu', 'memory'])
      expect(container.resources.limits['memory']).toMatch(/i$/)
    },
  )

  it('Should let only the namespace of monitoring reach the port of the metrics', () => {
    const policies = parseAllDocuments(read('base/network-policies.yaml')).map(
      (document) =>
        document.toJS() as {
          spec: {
            podSelector: { matchLabels?: Record<string, string> }
            ingress: {
              from: { namespaceSelector: { matchLabels: Record<string, string> } }[]
              ports: { port: string }[]
            }[]
          }
        },
    )
    // An empty selector would close the pods of others too.
    for (const { spec } of policies)
      expect(Object.keys(spec.podSelector.matchLabels ?? {})).not.toEqual([])
    const toMetrics = policies
      .flatMap(({ spec }) => spec.ingress)
      .filter(({ ports }) => ports.some(({ port }) => port === 'metrics'))
    expect(
      toMetrics.flatMap(({ from }) => from.map((peer) => peer.namespaceSelector.matchLabels)),
    ).toEqual([{ 'kubernetes.io/metadata.name': 'monitoring' }])
    expect(
      policies.flatMap(({ spec }) => spec.ingress).every(({ ports }) => ports.length === 1),
    ).toBe(true)
    const ingress = read('base/ingress.yaml')
    expect([...ingress.matchAll(/path: (\S+)/g)].map(([, path]) => path)).toEqual([
      '/api/',
      '/docs',
      '/openapi.json',
    ])
  })

  it('Should scrape the pods of both Deployments until they end, and none twice', () => {
    const overlay = 'overlays/prometheus-operator'
    const monitors = readdirSync(join(folder, overlay))
      .flatMap((file) => parseAllDocuments(read(`${overlay}/${file}`)))
      .map((document) => document.toJS() as Monitor)
      .filter(({ kind }) => kind.endsWith('Monitor'))
    // A ServiceMonitor follows endpoints, which forget a pod as soon as it stops.
    expect(monitors.map(({ kind }) => kind)).toEqual(['PodMonitor'])
    const [{ spec }] = monitors as [Monitor]
    expect(spec.selector.matchLabels).toEqual({ 'app.kubernetes.io/name': 'compozy' })
    expect(spec.jobLabel).toBe('app.kubernetes.io/name')
    const shared = parse(read('base/kustomization.yaml')) as {
      labels: { pairs: Record<string, string>; includeTemplates: boolean }[]
    }
    expect(shared.labels).toEqual([
      expect.objectContaining({ pairs: spec.selector.matchLabels, includeTemplates: true }),
    ])
    expect(spec.podMetricsEndpoints).toEqual([
      expect.objectContaining({ port: 'metrics', path: settings['MONITORING_PATH'] }),
    ])
  })

  it.each(Object.entries(prometheusRule()))(
    'Should be current: %s (else: npm run build:dashboards)',
    (path, text) => {
      expect(readFileSync(join(root, path), 'utf8')).toBe(text)
    },
  )

  it('Should scale workers by all that waits, and not take silence for an empty queue', async () => {
    const { spec } = parse(read('overlays/autoscaled/scaled-object.yaml')) as {
      spec: { scaleTargetRef: { name: string }; triggers: [{ metadata: Record<string, string> }] }
    }
    const { query, ignoreNullValues } = spec.triggers[0].metadata
    expect(complaints(query!)).toEqual([])
    expect(ignoreNullValues).toBe('false')
    expect(spec.scaleTargetRef.name).toBe('compozy-worker')
    const rules = (bound: string) => ({
      groups: [{ name: 'keda', rules: [{ alert: 'Found', expr: `(${query}) ${bound}` }] }],
    })
    const at = { alert: 'Found', at: '5m' }
    const series = (name: string, labels: string, value: number) => ({
      series: `${name}{job="compozy", ${labels}}`,
      values: `${value}x9`,
    })
    const waiting = ['api', 'a', 'b'].map((instance, calls) =>
      series('compozy_tool_calls_waiting', `instance="${instance}"`, calls),
    )
    const queued = ['api', 'a'].flatMap((instance) => [
      series(
        'compozy_temporal_task_queue_backlog',
        `instance="${instance}", task_queue_type="workflow"`,
        4,
      ),
      series(
        'compozy_temporal_task_queue_backlog',
        `instance="${instance}", task_queue_type="activity"`,
        2,
      ),
    ])
    await testFiring(rules('== 9'), [...waiting, ...queued], { ...at, fires: true })
    await testFiring(rules('== 6'), queued, { ...at, fires: true })
    await testFiring(rules('>= 0'), waiting, { ...at, fires: false })
  })
})
