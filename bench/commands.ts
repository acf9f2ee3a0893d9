import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from './root.ts'
import { alternate, ratios, type RoundsOptions } from './rounds.ts'
import type { Measured } from './scenario.ts'
import { estimate, type Figure } from './statistics.ts'

const bin = join(root, 'dist/cli/bin.js')

/** Runs Node.js to its end and returns the seconds that it took. Throws if it failed. */
function timeNode(args: readonly string[]): Promise<number> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    stdio: 'ignore',
  })
  return new Promise((done, fail) => {
    child.once('error', fail)
    child.once('exit', (code) => {
      if (code === 0) done((performance.now() - startedAt) / 1_000)
      else fail(new Error(`${args.join(' ')} ended with ${code}`))
    })
  })
}

/**
 * Times commands of the built CLI, each in seconds and as a ratio to a Node.js that does nothing.
 * The control is that Node.js again.
 */
export async function timeCommands(
  commands: Readonly<Record<string, readonly string[]>>,
  options: Omit<RoundsOptions<string>, 'arms' | 'measure'>,
): Promise<Measured> {
  const lines: Readonly<Record<string, readonly string[]>> = {
    node: ['-e', '0'],
    control: ['-e', '0'],
    ...Object.fromEntries(Object.entries(commands).map(([name, args]) => [name, [bin, ...args]])),
  }
  const arms = Object.keys(lines)
  for (const arm of arms) await timeNode(lines[arm]!)
  const raw = await alternate({ ...options, arms, measure: (arm) => timeNode(lines[arm]!) })
  const figures: Record<string, Figure> = { node_s: estimate(raw['node']!, 's', options.random) }
  for (const name of Object.keys(commands)) {
    figures[`${name}_s`] = estimate(raw[name]!, 's', options.random)
    figures[`${name}_vs_node`] = estimate(ratios(raw, name, 'node'), 'ratio', options.random)
  }
  return {
    figures,
    control: estimate(ratios(raw, 'control', 'node'), 'ratio', options.random),
    raw,
  }
}
