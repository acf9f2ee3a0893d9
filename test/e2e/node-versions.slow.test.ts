import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findNodeFolder, nodeMajors } from '../../scripts/programs/node.ts'

const root = resolve(import.meta.dirname, '../..')

/**
 * Where releases of Node.js differ: sockets, TLS, streams, profiles, threads. The rest is plain
 * TypeScript or runs in Deno; `npm run test:node` runs the whole lane.
 */
const partOfUnitLane = [
  ...['server', 'temporal', 'run-logs', 'monitoring/adapters', 'monitoring/exposition'].map(
    (name) => `engine/infra/${name}`,
  ),
  'engine/worker',
]

const runOn = (major: number, args: readonly string[]): { status: number | null; text: string } => {
  const script = ['scripts/test-node.ts', String(major), ...args]
  const { status, stdout } = spawnSync(resolve(root, 'node_modules/.bin/tsx'), script, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
  })
  return { status, text: stdout }
}

describe.each(nodeMajors)('Node %i', (major) => {
  it('Should be the release that is asked for', async () => {
    const { stdout } = spawnSync(
      `${await findNodeFolder(major, process.env)}/node`,
      ['--version'],
      { encoding: 'utf8' },
    )
    expect(stdout).toMatch(new RegExp(`^v${major}\\.`))
  })

  // On the newest alone: both would take the check close to its limit of time.
  it.runIf(major === Math.max(...nodeMajors))(
    'Should pass the unit tests of what talks to Node.js',
    () => {
      const { status, text } = runOn(major, [
        '--project',
        'unit',
        '--project',
        'mocked',
        ...partOfUnitLane,
      ])
      expect(status, text.slice(-8_000)).toBe(0)
      expect(text).toContain(`Node ${major}: passed`)
    },
  )

  it('Should run the quickstart on Temporal, with its native core and its threads', () => {
    const { status, text } = runOn(major, ['--project', 'e2e', 'test/e2e/quickstart.test.ts'])
    expect(status, text.slice(-8_000)).toBe(0)
  })
})

describe('npm run test:node', () => {
  it('Should refuse a release that is not pinned', () => {
    expect(runOn(18, []).status).toBe(2)
  })

  it('Should fail when a test fails', () => {
    expect(runOn(24, ['--project', 'unit', 'there-is-no-such-test']).status).toBe(1)
  })
})
