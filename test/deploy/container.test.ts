import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { commands } from '../../cli/commands/index.ts'
import { listSettings } from '../../engine/config/config.ts'
import { findHadolint } from '../../scripts/programs/hadolint.ts'
import { copyOf, readDockerfile } from '../support/dockerfile.ts'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const [build, image] = readDockerfile()
const variables = listSettings().map(({ setting }) => setting.env)
const rest = (keyword: string): string =>
  image!.instructions.find((instruction) => instruction.keyword === keyword)!.rest

interface Service {
  readonly image: string
  readonly command?: readonly string[]
  readonly build?: {
    readonly context: string
    readonly dockerfile: string
    readonly args: Record<string, string>
  }
  readonly environment?: Record<string, string>
  readonly volumes?: readonly string[]
  readonly user?: string
  readonly ports: readonly string[]
  readonly depends_on?: readonly string[]
}
const compose = parse(read('deploy/compose.yaml')) as {
  services: Record<string, Service>
  volumes: Record<string, null>
}

describe('Dockerfile', () => {
  it('Should have nothing that hadolint objects to, which objects to a bad one', async () => {
    const hadolint = await findHadolint(process.env)
    const bad = run(hadolint, ['-'])
    bad.child.stdin!.end('FROM node\nRUN cd /tmp && sudo rm x\n')
    await expect(bad).rejects.toMatchObject({
      stdout: expect.stringMatching(/DL3003[^]*DL3004|DL3006/),
    })
    expect((await run(hadolint, [join(root, 'deploy/Dockerfile')])).stdout).toBe('')
  }, 60_000)

  it('Should copy only what is there, and what its ignore file lets through', () => {
    const allowed = new Set(
      read('deploy/Dockerfile.dockerignore')
        .split('\n')
        .filter((line) => line.startsWith('!'))
        .map((line) => line.slice(1)),
    )
    const sources = [...build!.instructions, ...image!.instructions].flatMap(
      (instruction) => copyOf(instruction)?.sources ?? [],
    )
    expect(sources.length).toBeGreaterThan(5)
    expect(sources.filter((source) => !existsSync(join(root, source)))).toEqual([])
    const passes = (source: string) => allowed.has(source) || allowed.has(source.split('/')[0]!)
    expect(sources.filter((source) => !passes(source))).toEqual([])
  })

  it('Should let no .env of a project into the image, and its packages', () => {
    const lines = read('deploy/Dockerfile.dockerignore').split('\n')
    const lastAllowed = lines.findLastIndex((line) => line.startsWith('!'))
    // The last line that matches a path decides.
    expect(lines.indexOf('**/.env')).toBeGreaterThan(lastAllowed)
    expect(lines.filter((line) => line.includes('node_modules'))).toEqual([])
  })

  it('Should copy every folder that the build compiles, and rebuild when one changes', () => {
    const { include } = JSON.parse(read('tsconfig.build.json')) as { include: readonly string[] }
    expect(include).toContain('engine')
    const copied = build!.instructions.flatMap((instruction) => copyOf(instruction)?.sources ?? [])
    expect(copied).toEqual(expect.arrayContaining([...include, 'page']))
    const ensure = read('scripts/ensure.mjs')
    expect(include.filter((folder) => !ensure.includes(`'${folder}',`))).toEqual([])
  })

  it('Should start the program that package.json names, as nobody special, with variables that are read', () => {
    const { bin } = JSON.parse(read('package.json')) as { bin: { compozy: string } }
    expect(JSON.parse(rest('ENTRYPOINT'))).toEqual(['node', `/app/${bin.compozy}`])
    const [name, flag, project] = JSON.parse(rest('CMD')) as string[]
    expect(commands.map((command) => command.name)).toContain(name)
    expect([flag, project]).toEqual(['--cwd', '/project'])
    expect(rest('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/)
    const set = rest('ENV')
      .split(' ')
      .map((pair) => pair.split('=')[0]!)
    expect(
      set.filter((variable) => variable !== 'NODE_ENV' && !variables.includes(variable)),
    ).toEqual([])
  })

  it('Should tell version and commit as they were given, in labels and in the build', () => {
    const labels = rest('LABEL')
    expect(labels).toContain('image.version="${VERSION}"')
    expect(labels).toContain('image.revision="${COMMIT}"')
    expect(read('scripts/build.ts')).toContain("process.env['COMPOZY_COMMIT']")
    expect(build!.instructions.map(({ rest }) => rest).join('\n')).toContain(
      'COMPOZY_COMMIT="$COMMIT" npm run build',
    )
  })

  it('Should ask a route for its health that is there', () => {
    const [, path] = /\}(\/\w+)`/.exec(rest('HEALTHCHECK'))!
    expect(read('engine/infra/server/routes/health.ts')).toContain(`'${path}'`)
  })
})

describe('compose.yaml', () => {
  it('Should mount only what is there, or is a volume of its own', () => {
    const mounts = Object.values(compose.services).flatMap(({ volumes = [] }) => volumes)
    const sources = mounts.map((mount) => mount.split(':')[0]!)
    expect(sources.length).toBeGreaterThan(4)
    const missing = sources.filter((source) =>
      source.startsWith('.')
        ? !existsSync(join(root, 'deploy', source))
        : !(source in compose.volumes),
    )
    expect(missing).toEqual([])
  })

  it('Should run the service as root whose image has no folder for its new volume', () => {
    const written = Object.entries(compose.services).filter(([, { command = [] }]) =>
      command.some((word) => word.startsWith('/data/')),
    )
    expect(written.map(([name, { user }]) => [name, user])).toEqual([['temporal', '0:0']])
  })

  it('Should name files inside its mounts', () => {
    const inside = (service: string, path: string): string => {
      const mount = compose.services[service]!.volumes!.map((each) => each.split(':')).find(
        ([, target]) => path.startsWith(`${target}/`),
      )!
      return join(root, 'deploy', mount[0]!, path.slice(mount[1]!.length))
    }
    const configOf = (service: string) =>
      compose.services[service]!.command![0]!.slice('--config.file='.length)
    expect(existsSync(inside('prometheus', configOf('prometheus')))).toBe(true)
    expect(existsSync(inside('alertmanager', configOf('alertmanager')))).toBe(true)
    const grafana = compose.services['grafana']!
    expect(existsSync(inside('grafana', Object.values(grafana.environment!)[0]!))).toBe(true)
    const provider = parse(read('deploy/grafana/provisioning/dashboards/compozy.yaml')) as {
      providers: [{ options: { path: string } }]
    }
    expect(
      existsSync(inside('grafana', `${provider.providers[0].options.path}/compozy-overview.json`)),
    ).toBe(true)
  })

  it('Should call every service by the name and port under which the others look for it', () => {
    const { scrape_configs: jobs, alerting } = parse(read('deploy/prometheus/prometheus.yml')) as {
      scrape_configs: [{ static_configs: [{ targets: string[] }] }]
      alerting: { alertmanagers: [{ static_configs: [{ targets: string[] }] }] }
    }
    const { datasources } = parse(
      read('deploy/grafana/provisioning/datasources/prometheus.yaml'),
    ) as {
      datasources: [{ url: string }]
    }
    const wanted = [
      ...jobs[0].static_configs[0].targets,
      ...alerting.alertmanagers[0].static_configs[0].targets,
      new URL(datasources[0].url).host,
      compose.services['compozy']!.environment!['TEMPORAL_ADDRESS']!,
    ]
    const offered = Object.entries(compose.services).flatMap(([name, { ports }]) =>
      ports.map((port) => `${name}:${port.split(':').at(-1)}`),
    )
    expect(wanted).toHaveLength(4)
    expect(wanted.filter((address) => !offered.includes(address))).toEqual([])
  })

  it('Should build from the Dockerfile with arguments that it has, and set variables that are read', () => {
    const { build: from, environment, command } = compose.services['compozy']!
    expect(existsSync(join(root, 'deploy', from!.context, from!.dockerfile))).toBe(true)
    const known = readDockerfile().flatMap(({ instructions }) =>
      instructions
        .filter(({ keyword }) => keyword === 'ARG')
        .map(({ rest }) => rest.split('=')[0]!),
    )
    expect(Object.keys(from!.args).filter((name) => !known.includes(name))).toEqual([])
    expect(Object.keys(environment!).filter((name) => !variables.includes(name))).toEqual([])
    expect(command).toEqual(JSON.parse(rest('CMD')))
  })

  it('Should open its ports to this machine alone', () => {
    const ports = Object.values(compose.services).flatMap((service) => service.ports)
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([])
  })
})
