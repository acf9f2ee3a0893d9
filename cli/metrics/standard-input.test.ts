import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

/** Checks what comes from a pipe, each part once the one before has left it. */
async function check(parts: readonly string[]) {
  const args = ['--import', 'tsx', 'cli/bin.ts', 'metrics', 'check', '-', '--prefix', 'shop']
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'pipe' })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  const closed = new Promise<number | null>((done) => child.once('close', done))
  for (const part of parts) await new Promise((done) => child.stdin.write(part, done))
  child.stdin.end()
  return { code: await closed, said }
}

/** An exposition of more than a pipe holds. */
const series = Array.from(
  { length: 1_500 },
  (_, n) => `shop_items{sku="${'x'.repeat(150)}${n}"} ${n}\n`,
)
const head = '# HELP shop_items Items in stock.\n# TYPE shop_items gauge\n'
const uptime =
  '# HELP shop_uptime_seconds_total Uptime of the process.\n# TYPE shop_uptime_seconds_total counter\nshop_uptime_seconds_total 5\n'

describe('metrics check of standard input', () => {
  it('Should wait for what a slow command writes', async () => {
    const parts = [uptime + head, series.slice(0, 700).join(''), series.slice(700).join('')]
    expect(await check(parts)).toEqual({ code: 0, said: expect.stringContaining('all good') })
  })

  it('Should find fault with what was cut off', async () => {
    const { code, said } = await check([head, 'shop_items{sku="x'])
    expect([code, said]).toEqual([2, expect.stringContaining('-:3:')])
  })
})
