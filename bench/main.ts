/**
 * `npm run bench -- [NAME…] [--quick] [--json] [--list]`: measures, writes bench/results/<name>.json and prints a table.
 * Exit code 3: the machine was too restless, the control excludes 1.
 */
import { writeFileSync } from 'node:fs'
import { arch, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { didYouMean } from '../engine/core/nearest.ts'
import { root } from './root.ts'
import type { Scenario } from './scenario.ts'
import { httpCpu } from './scenarios/http-cpu.ts'
import { httpLatency } from './scenarios/http-latency.ts'
import { prd } from './scenarios/prd.ts'
import { record } from './scenarios/record.ts'
import { scrape } from './scenarios/scrape.ts'
import { startup } from './scenarios/startup.ts'
import { tool } from './scenarios/tool.ts'
import { workflow } from './scenarios/workflow.ts'
import { seeded, type Figure } from './statistics.ts'

const scenarios: readonly Scenario[] = [record, scrape, httpCpu, httpLatency, prd, workflow, tool, startup]
const seed = 20_261_123

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean' },
    json: { type: 'boolean' },
    list: { type: 'boolean' },
    help: { type: 'boolean' },
  },
})

const show = ({ value, unit, low, high }: Figure): string =>
  `${value.toPrecision(3)} ${unit} [${low.toPrecision(3)}, ${high.toPrecision(3)}]`

function choose(): readonly Scenario[] {
  if (positionals.length === 0) return scenarios
  return positionals.map((name) => {
    const found = scenarios.find((scenario) => scenario.name === name)
    if (found !== undefined) return found
    console.error(
      `no scenario "${name}"${didYouMean(
        name,
        scenarios.map((scenario) => scenario.name),
      )}`,
    )
    process.exit(2)
  })
}

if (values.list === true || values.help === true) {
  console.log('npm run bench -- [NAME…] [--quick] [--json]\n')
  for (const { name, doc } of scenarios) console.log(`  ${name.padEnd(10)} ${doc}`)
  process.exit(0)
}

let valid = true
for (const scenario of choose()) {
  const startedAt = performance.now()
  const measured = await scenario.run({
    quick: values.quick === true,
    random: seeded(seed),
    progress: (share) => {
      if (!process.stderr.isTTY || share === 0) return
      const left = ((performance.now() - startedAt) / share) * (1 - share)
      process.stderr.write(
        `\r${scenario.name} ${Math.round(share * 100)} %, ${Math.ceil(left / 1_000)} s left `,
      )
    },
  })
  const settled = measured.control.low <= 1 && measured.control.high >= 1
  valid &&= settled
  const result = {
    scenario: scenario.name,
    valid: settled,
    figures: { ...measured.figures, control: measured.control },
    machine: { arch: arch(), cpus: cpus().length, model: cpus()[0]?.model, memory_bytes: totalmem() },
    versions: { node: process.versions.node, v8: process.versions.v8 },
    seed,
    raw: measured.raw,
  }
  writeFileSync(
    join(root, 'bench/results', `${scenario.name}.json`),
    `${JSON.stringify(result)}\n`,
  )
  if (values.json === true) console.log(JSON.stringify(result))
  else {
    console.log(`\n## ${scenario.name}${settled ? '' : ' (not valid: the control excludes 1)'}\n`)
    for (const [name, figure] of Object.entries(result.figures)) console.log(`- ${name}: ${show(figure)}`)
  }
}
if (!valid) process.exitCode = 3
