/**
 * `npm run test:node [-- 22 24 | ARGUMENT…]`: runs the tests on other releases of Node.js, fetched
 * once. Without numbers it runs on all of them; arguments that are not numbers go to vitest, and
 * replace the unit lane.
 */
import { spawnSync } from 'node:child_process'
import { delimiter, join, resolve } from 'node:path'
import { findNodeFolder, nodeMajors } from './programs/node.ts'

const root = resolve(import.meta.dirname, '..')
const args = process.argv.slice(2)
const numbers = args.filter((arg) => /^\d+$/.test(arg)).map(Number)
const others = args.filter((arg) => !/^\d+$/.test(arg))
const unknown = numbers.filter((number) => !nodeMajors.some((major) => major === number))
if (unknown.length > 0) {
  console.error(`no pinned Node.js ${unknown.join(', ')}; allowed: ${nodeMajors.join(', ')}`)
  process.exit(2)
}

for (const major of nodeMajors) {
  if (numbers.length > 0 && !numbers.includes(major)) continue
  const folder = await findNodeFolder(major, process.env)
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const chosen = others.length > 0 ? others : ['--project', 'unit', '--project', 'mocked']
  const { status } = spawnSync(join(folder, 'node'), [vitest, 'run', ...chosen], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}` },
  })
  console.log(`Node ${major}: ${status === 0 ? 'passed' : 'FAILED'}`)
  if (status !== 0) process.exitCode = 1
}
