/**
 * `npm run bench -- [NAME…] [--quick] [--json] [--list] [--profile NAME]`: measures, writes
 * bench/results/<name>.json and prints a table. Exit code 3: the machine was too restless, a
 * control excludes 1. Exit code 2: a wrong argument.
 */
import { writeFileSync } from 'node:fs'
import { arch, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { didYouMean } from '../engine/core/nearest.ts'
import { profiled } from './profile.ts'
import { progressBar } from './progress.ts'
import { root } from './root.ts'
import type { Scenario } from './scenario.ts'
import { capacity } from './scenarios/capacity.ts'
import { cli } from './scenarios/cli.ts'
import { collection } from './scenarios/collection.ts'
import { fiveMinutes } from './scenarios/five-minutes.ts'
import { httpAblation } from './scenarios/http-ablation.ts'
import { httpCpu } from './scenarios/http-cpu.ts'
import { httpLatency } from './scenarios/http-latency.ts'
import { memory } from './scenarios/memory.ts'
import { openRuns } from './scenarios/open-runs.ts'
import { prd } from './scenarios/prd.ts'
import { record } from './scenarios/record.ts'
import { scrape } from './scenarios/scrape.ts'
import { startup } from './scenarios/startup.ts'
import { tool } from './scenarios/tool.ts'
import { verdictCpu } from './scenarios/verdict-cpu.ts'
import { verdictLatency } from './scenarios/verdict-latency.ts'
import { verdictMemory } from './scenarios/verdict-memory.ts'
import { validation } from './scenarios/validation.ts'
import { watching } from './scenarios/watching.ts'
import { workflow } from './scenarios/workflow.ts'
import { seeded, type Figure } from './statistics.ts'

const scenarios: readonly Scenario[] = [
  record,
  scrape,
  httpCpu,
  httpAblation,
  httpLatency,
  memory,
  prd,
  fiveMinutes,
  verdictLatency,
  verdictCpu,
  verdictMemory,
  workflow,
  collection,
  openRuns,
  capacity,
  tool,
  validation,
  cli,
  watching,
  startup,
]
const seed = 20_261_123

const help = `npm run bench -- [NAME…] [--quick] [--json]      measures; all scenarios where none is named
npm run bench -- --profile NAME                  profiles the scenario, as pprof files

  --quick         less than two minutes for each, and wider intervals
  --json          prints the results as they are written to bench/results/
  --profile NAME  watches this process while the scenario runs, and the worker processes of workflow and collection;
                  for other engines there is "compozy start --profile-endpoint"

${scenarios.map(({ name, doc }) => `  ${name.padEnd(15)} ${doc}`).join('\n')}`

function refuse(message: string): never {
  console.error(`error: ${message}\n\n${help}`)
  process.exit(2)
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        profile: { type: 'string' },
      },
    })
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

const { values, positionals } = readArguments()

function find(name: string): Scenario {
  const names = scenarios.map((scenario) => scenario.name)
  return (
    scenarios.find((scenario) => scenario.name === name) ??
    refuse(`no scenario "${name}"${didYouMean(name, names)}`)
  )
}

const show = ({ value, unit, low, high }: Figure): string =>
  `${value.toPrecision(3)} ${unit} [${low.toPrecision(3)}, ${high.toPrecision(3)}]`

/** Runs a scenario and writes what it found. Tells whether the machine was quiet enough. */
async function measure(scenario: Scenario): Promise<boolean> {
  const bar = progressBar(scenario.name, process.stderr)
  const { figures, control, raw } = await scenario.run({
    quick: values.quick,
    random: seeded(seed),
    progress: bar.show,
  })
  bar.clear()
  const valid = control.low <= 1 && control.high >= 1
  const result = {
    scenario: scenario.name,
    valid,
    quick: values.quick,
    figures: { ...figures, control },
    machine: {
      arch: arch(),
      cpus: cpus().length,
      model: cpus()[0]?.model,
      memory_bytes: totalmem(),
    },
    versions: { node: process.versions.node, v8: process.versions.v8 },
    seed,
    raw,
  }
  writeFileSync(join(root, 'bench/results', `${scenario.name}.json`), `${JSON.stringify(result)}\n`)
  if (values.json) console.log(JSON.stringify(result))
  else {
    console.log(`\n## ${scenario.name}${valid ? '' : ' (not valid: the control excludes 1)'}\n`)
    for (const [name, figure] of Object.entries(result.figures))
      console.log(`- ${name}: ${show(figure)}`)
  }
  return valid
}

async function profile({ name, run }: Scenario): Promise<void> {
  const bar = progressBar(name, process.stderr)
  const work = (profileTo: string) =>
    run({ quick: true, random: seeded(seed), progress: bar.show, profileTo })
  const files = await profiled(name, work)
  bar.clear()
  console.log(files.map((file) => `go tool pprof -http=: ${file}`).join('\n'))
}

if (values.list || values.help) console.log(help)
else if (values.profile !== undefined) await profile(find(values.profile))
else {
  const chosen = positionals.length === 0 ? scenarios : positionals.map(find)
  let valid = true
  for (const scenario of chosen) valid = (await measure(scenario)) && valid
  if (!valid) process.exitCode = 3
}
