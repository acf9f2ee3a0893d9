/** The parts of package.json that the library's own package repeats. */
export interface Manifest {
  readonly version: string
  readonly license: string
  /** npm compares it with the repository of the CI run that publishes with provenance. */
  readonly repository: unknown
  readonly engines: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, unknown>>
}

/**
 * What an application brings: its server, and its Temporal SDK if it has one. `range`: where older
 * releases than the pinned one are tested.
 */
const peers = {
  '@temporalio/worker': { optional: true, range: undefined },
  '@temporalio/workflow': { optional: true, range: undefined },
  fastify: { optional: false, range: '^5.0.0' },
} as const

/** Not imported: the newest one that fastify accepts and that Node 20 can run. */
const forNode20 = 'light-my-request'

const isPeer = (name: string): name is keyof typeof peers => Object.hasOwn(peers, name)

/**
 * Returns package.json of `@compozy/monitoring`, which depends on those of `imported` that the
 * application does not bring. Throws an error for a package that compozy does not depend on.
 */
export function libraryManifest(
  { version, license, repository, engines, dependencies, exports }: Manifest,
  imported: readonly string[],
): Record<string, unknown> {
  const pinned = (name: string): string => {
    const pin = dependencies[name]
    if (pin === undefined) throw new Error(`the library imports ${name}, which is no dependency`)
    return pin
  }
  // One copy of the API in an application finds the active span.
  const range = (name: string): string =>
    name === '@opentelemetry/api' ? `^${pinned(name)}` : pinned(name)
  const own = [...imported.filter((name) => !isPeer(name)), forNode20].toSorted()
  return {
    name: '@compozy/monitoring',
    version,
    description: 'Exact Prometheus metrics for any Fastify server and any Temporal worker',
    license,
    repository,
    type: 'module',
    files: ['dist', 'docs', 'engine', 'SECURITY.md'],
    exports: {
      '.': exports['./monitoring'],
      './workflow-interceptors': exports['./monitoring/workflow-interceptors'],
      './package.json': './package.json',
    },
    dependencies: Object.fromEntries(own.map((name) => [name, range(name)])),
    peerDependencies: Object.fromEntries(
      Object.entries(peers).map(([name, { range: tested }]) => [
        name,
        tested ?? `^${pinned(name)}`,
      ]),
    ),
    peerDependenciesMeta: Object.fromEntries(
      Object.entries(peers).flatMap(([name, { optional }]) =>
        optional ? [[name, { optional }]] : [],
      ),
    ),
    engines,
  }
}
