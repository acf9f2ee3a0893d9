import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { releaseChangelog } from './changelog.ts'
import { commitRelease, git, planRelease, takeBack, writeVersion } from './prepare.ts'
import { nextVersion } from './version.ts'

const changelog = `# Changelog

## [Unreleased]

### Added

- A thing.

## [0.1.0] - 2026-01-02

- The first.
`

/** A checkout with one commit. */
function checkout(text = changelog): string {
  const root = mkdtempSync(join(tmpdir(), 'compozy-release-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const manifest = { name: 'compozy', version: '0.1.0' }
  const write = (file: string, value: unknown): void =>
    writeFileSync(join(root, file), `${JSON.stringify(value, undefined, 2)}\n`)
  write('package.json', manifest)
  write('package-lock.json', { ...manifest, packages: { '': manifest } })
  writeFileSync(join(root, 'CHANGELOG.md'), text)
  git(root, 'init', '--quiet', '--initial-branch', 'main')
  git(root, 'config', 'user.name', 'Test')
  git(root, 'config', 'user.email', 'test@example.org')
  git(root, 'add', '.')
  git(root, 'commit', '--quiet', '--message', 'all: begin')
  return root
}

describe('a release', () => {
  it('Should write the version everywhere, date the changes, commit and tag', () => {
    const root = checkout()
    const release = planRelease(root, 'minor')
    expect(release).toMatchObject({ version: '0.2.0', tag: 'v0.2.0' })
    writeVersion(release, '2026-03-04')
    commitRelease(release)
    const read = (file: string): string => readFileSync(join(root, file), 'utf8')
    for (const file of ['package.json', 'package-lock.json']) expect(read(file)).toContain('0.2.0')
    expect(read('package-lock.json')).not.toContain('0.1.0')
    expect(read('CHANGELOG.md')).toContain(
      '## [Unreleased]\n\n## [0.2.0] - 2026-03-04\n\n### Added\n\n- A thing.\n\n## [0.1.0]',
    )
    expect(git(root, 'tag')).toBe('v0.2.0')
    expect(git(root, 'status', '--porcelain')).toBe('')
    expect(() => planRelease(root, 'minor')).toThrow('no change under ## [Unreleased]')
  })

  it('Should leave nothing behind when it fails half-way', () => {
    const root = checkout()
    const release = planRelease(root, '1.0.0-rc.1')
    writeVersion(release, '2026-03-04')
    expect(git(root, 'status', '--porcelain')).not.toBe('')
    takeBack(release)
    expect(git(root, 'status', '--porcelain')).toBe('')
    expect(git(root, 'tag')).toBe('')
  })

  it.each<[string, (root: string) => void, string, string]>([
    [
      'uncommitted changes',
      (root) => writeFileSync(join(root, 'new.txt'), ''),
      'patch',
      'uncommitted changes; commit or remove them:\n?? new.txt',
    ],
    [
      'another branch',
      (root) => git(root, 'checkout', '--quiet', '-b', 'mine'),
      'patch',
      'the branch is mine; releases are made from main',
    ],
    [
      'no branch',
      (root) => git(root, 'checkout', '--quiet', '--detach'),
      'patch',
      'the branch is none; releases are made from main',
    ],
    ['a tag that exists', (root) => git(root, 'tag', 'v0.1.1'), 'patch', 'the tag v0.1.1 exists'],
    ['a version that is not above', () => undefined, '0.1.0', 'not above the current one, 0.1.0'],
    ['a version that is none', () => undefined, 'big', '"big" is not a version'],
  ])('Should refuse %s', (_, spoil, asked, message) => {
    const root = checkout()
    spoil(root)
    expect(() => planRelease(root, asked)).toThrow(message)
  })

  it('Should refuse an empty changelog, and one that has the version already', () => {
    const empty = changelog.replace('### Added\n\n- A thing.\n', '### Added\n')
    expect(() => planRelease(checkout(empty), 'patch')).toThrow('there is nothing to release')
    expect(() => releaseChangelog(changelog, '0.1.0', '2026-03-04')).toThrow('already has 0.1.0')
    expect(() => releaseChangelog('# Changelog\n', '0.2.0', '2026-03-04')).toThrow('no heading')
  })
})

describe('the next version', () => {
  it.each([
    ['0.1.9', 'patch', '0.1.10'],
    ['0.9.3', 'minor', '0.10.0'],
    ['0.9.3', 'major', '1.0.0'],
    ['1.0.0-rc.9', '1.0.0-rc.10', '1.0.0-rc.10'],
    ['1.0.0-rc.1', '1.0.0', '1.0.0'],
  ])('Should follow %s with %s: %s', (current, asked, version) => {
    expect(nextVersion(current, asked)).toBe(version)
  })

  it.each([
    ['1.0.0', '1.0.0-rc.1'],
    ['1.10.0', '1.9.9'],
    ['1.0.0-rc.10', '1.0.0-rc.9'],
  ])('Should refuse to follow %s with %s', (current, asked) => {
    expect(() => nextVersion(current, asked)).toThrow(`not above the current one, ${current}`)
  })
})
