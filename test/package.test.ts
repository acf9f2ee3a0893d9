import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { noticesPath, shippedPackages } from '../scripts/notices-page.ts'

const root = resolve(import.meta.dirname, '..')

/** Files that `npm pack` takes from a folder with our package.json and these files. */
function packedFiles(files: readonly string[]): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-pack-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  cpSync(join(root, 'package.json'), join(dir, 'package.json'))
  for (const file of files) {
    mkdirSync(dirname(join(dir, file)), { recursive: true })
    writeFileSync(join(dir, file), 'x')
  }
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--offline']
  const output = execFileSync('npm', args, { cwd: dir, encoding: 'utf8', stdio: 'pipe' })
  const [packed] = JSON.parse(output) as [{ readonly files: readonly { readonly path: string }[] }]
  return packed.files.map(({ path }) => path).toSorted()
}

describe('the published package', () => {
  it('Should contain what users need', () => {
    const files = [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'THIRD_PARTY_NOTICES.md',
      'dist/build-info.json',
      'dist/cli/bin.js',
      'deploy/compose.yaml',
      'dist/cli/cel.cjs',
      'dist/engine/engine.js',
      'dist/engine/infra/monitoring/public/index.d.ts',
      'docs/why.md',
      'engine/infra/monitoring/public/index.ts',
      'examples/quickstart/compozy.yaml',
    ]
    expect(packedFiles(files)).toEqual([...files, 'package.json'].toSorted())
  })

  it('Should contain no run data, no tests and no sources', () => {
    const files = [
      'README.md',
      'examples/quickstart/.compozy/temporal.db',
      'examples/quickstart/.env',
      'examples/quickstart/tools/price.test.ts',
      'examples/quickstart/node_modules/x/index.js',
      'dist/cli/main.test.js',
      'dist/cli/testing/run.js',
      'dist/bench/main.js',
      'dist/engine/engine.js.map',
      'dist/cli/cel.cjs.map',
      'deploy/prometheus/tests/http.test.yml',
      'engine/infra/monitoring/public/options.test.ts',
      'engine/engine.ts',
      'test/package.test.ts',
      '.npmrc',
    ]
    expect(packedFiles(files)).toEqual(['README.md', 'package.json'])
  })
})

describe('the notices of third parties', () => {
  it('Should list every shipped package with its version and license (else: npm run notices)', () => {
    const rows = [...readFileSync(noticesPath, 'utf8').matchAll(/^\| (\S+) \| (\S+) \| (.+) \|$/gm)]
    const listed = rows
      .slice(1)
      .map(([, name, version, license]) => `${name}@${version} ${license}`)
    const shipped = shippedPackages().map(
      ({ name, version, license }) => `${name}@${version} ${license}`,
    )
    expect(listed).toEqual(shipped)
    expect(shipped.filter((row) => row.endsWith(' unknown'))).toEqual([])
  })
})
