/**
 * `npm run bench:install`: measures three times each what a new user waits for, and writes
 * bench/results/install.md.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  engineFromTarball,
  libraryFromTarball,
  packInto,
  type FirstMinutes,
} from '../test/support/first-minutes.ts'

const root = resolve(import.meta.dirname, '..')
const rounds = 3
const folder = mkdtempSync(join(tmpdir(), 'compozy-packed-'))

const list = (values: readonly number[]): string =>
  values.map((value) => value.toFixed(1)).join(', ')

async function measure(name: string, once: () => Promise<FirstMinutes>): Promise<string> {
  const tries: FirstMinutes[] = []
  for (let round = 0; round < rounds; round++) tries.push(await once())
  const [first] = tries
  const install = list(tries.map(({ installSeconds }) => installSeconds))
  const metrics = list(tries.map(({ metricsSeconds }) => metricsSeconds))
  return `| ${name} | ${first!.packages} | ${first!.megabytes.toFixed(0)} | ${install} | ${metrics} |`
}

try {
  execFileSync('npm', ['run', '--silent', 'build:library'], { cwd: root, stdio: 'inherit' })
  const engine = await packInto(folder, root)
  const library = {
    tarball: await packInto(folder, join(root, 'dist/library')),
    name: '@compozy/monitoring',
  }
  const rows = [
    await measure('engine', () => engineFromTarball(engine)),
    await measure('engine, caches full', () => engineFromTarball(engine, { cached: true })),
    await measure('library', () => libraryFromTarball(library)),
    await measure('library, caches full', () => libraryFromTarball(library, { cached: true })),
  ]
  const text = `# From the tarball to the first metrics

Measured by \`npm run bench:install\`: three tries each, in an empty folder. "Caches full" has npm's packages and the Temporal server
already; without it the home is empty too, and everything is downloaded. The engine's metrics count one run of the workflow that
\`compozy init\` writes, started after \`compozy dev\` is ready; the library's count one request.

| what | packages | MB | installation, s | then to the first metrics, s |
|---|---|---|---|---|
${rows.join('\n')}
`
  writeFileSync(join(root, 'bench/results/install.md'), text)
  console.log(text)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
