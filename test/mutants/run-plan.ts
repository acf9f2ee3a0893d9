import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createVitest, type TestSpecification, type Vitest } from 'vitest/node'
import { note } from './journal.ts'
import { type Plan, readPlan } from './plan.ts'

/** The process that runs the tests of a plan; `supervise.ts` starts it. */
const plan = readPlan()

/** Keeps the order of the plan, so that most mutants are dead when the far tests run. */
class NearestFirst {
  shard(specifications: TestSpecification[]): TestSpecification[] {
    return specifications
  }

  sort(specifications: TestSpecification[]): TestSpecification[] {
    const rank = new Map(plan.files.map((file, index) => [file, index]))
    const rankOf = ({ moduleId }: TestSpecification): number => rank.get(moduleId) ?? 0
    return specifications.toSorted((a, b) => rankOf(a) - rankOf(b))
  }
}

async function start(bail: number): Promise<Vitest> {
  return await createVitest(
    'test',
    {
      config: false,
      root: plan.root,
      watch: false,
      include: ['**/*.test.ts'],
      pool: 'threads',
      maxWorkers: plan.workers,
      // Generous: a test must not fail for want of CPU. Each mutant has a limit of its own.
      testTimeout: 120_000,
      hookTimeout: 120_000,
      sequence: { sequencer: NearestFirst },
      runner: join(import.meta.dirname, 'mutant-runner.ts'),
      reporters: [{}],
      dangerouslyIgnoreUnhandledErrors: true,
      bail,
    },
    { plugins: [instrumented(plan)] },
  )
}

/** Loads the instrumented text of a source instead of the source. */
function instrumented({ sources }: Plan): { name: string; enforce: 'pre'; load: Load } {
  return {
    name: 'mutants',
    enforce: 'pre',
    load(id) {
      const path = sources[id.replace(/\?.*$/, '')]
      return path === undefined ? undefined : readFileSync(path, 'utf8')
    },
  }
}

type Load = (id: string) => string | undefined

async function runFiles(files: readonly string[]): Promise<void> {
  const vitest = await start(0)
  vitest.provide('freshMutant', '')
  await vitest.runTestSpecifications(await vitest.globTestSpecifications([...files]))
  await vitest.close()
}

/** How long the files of a mutant may run anew before they count as hanging. */
const freshLimitMs = 60_000

async function runFresh(items: Plan['fresh']): Promise<void> {
  const vitest = await start(1)
  const worker = `${process.pid}/fresh`
  for (const { mutant, files } of items) {
    const hangsAt = Date.now() + freshLimitMs
    note(plan.journal, { type: 'begin', worker, mutant, file: files[0] ?? '', hangsAt })
    vitest.provide('freshMutant', mutant)
    const specifications = await vitest.globTestSpecifications([...files])
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications)
    const killed = unhandledErrors.length > 0 || testModules.some((module) => !module.ok())
    note(plan.journal, { type: 'fresh', mutant, outcome: killed ? 'killed' : 'survived' })
  }
  await vitest.close()
}

if (plan.files.length > 0) await runFiles(plan.files)
if (plan.fresh.length > 0) await runFresh(plan.fresh)
process.exit(0)
