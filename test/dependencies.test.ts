import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const manifest = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as Record<
  string,
  Record<string, string>
>
const page = readFileSync(resolve(root, 'docs/develop/dependencies.md'), 'utf8')
const lock = readFileSync(resolve(root, 'package-lock.json'), 'utf8')

/** Packages in the first column of a section's table. */
function documented(heading: string): string[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(heading)) ?? ''
  return [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name!)
}

describe('dependencies', () => {
  it.each([
    ['What ships', 'dependencies'],
    ['What builds and tests it', 'devDependencies'],
  ])('Should document under "%s" exactly what package.json lists as %s', (heading, key) => {
    expect(documented(heading).toSorted()).toEqual(Object.keys(manifest[key]!).toSorted())
  })

  it('Should pin every package to one exact version', () => {
    const versions = Object.entries({ ...manifest['dependencies'], ...manifest['devDependencies'] })
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
  })

  it('Should keep all of Temporal on one version', () => {
    const versions = Object.entries({ ...manifest['dependencies'], ...manifest['devDependencies'] })
    const temporal = versions
      .filter(([name]) => name.startsWith('@temporalio/'))
      .map(([, version]) => version)
    expect(new Set(temporal).size).toBe(1)
  })

  it('Should have an integrity hash for every package of the lock file', () => {
    const { packages } = JSON.parse(lock) as { packages: Record<string, { integrity?: string }> }
    const entries = Object.entries(packages).filter(([path]) => path !== '')
    expect(entries.length).toBeGreaterThan(100)
    const without = entries.filter(([, { integrity }]) => integrity?.startsWith('sha512-') !== true)
    expect(without.map(([path]) => path)).toEqual([])
  })

  it('Should name no registry in the lock file', () => {
    expect(lock).not.toMatch(/"resolved":/)
  })
})
