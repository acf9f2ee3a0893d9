import { threadId } from 'node:worker_threads'
import { inject, TestRunner, type RunnerTestCase } from 'vitest'
import { killedIn, note, readNotes } from './journal.ts'
import { readPlan } from './plan.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The mutant of a fresh run, active before the test file is loaded. */
    freshMutant: string
  }
}

/** What instrumented code reads and writes; the names are Stryker's. */
interface Switches {
  activeMutant?: string | undefined
  currentTestId?: string | undefined
  hitCount?: number | undefined
  hitLimit?: number | undefined
  mutantCoverage?: {
    static: Record<string, number>
    perTest: Record<string, Record<string, number>>
  }
}

/** Real timers: a test may have replaced the global ones. */
const { setTimeout, clearTimeout } = globalThis

type Turn =
  | { kind: 'original' }
  | { kind: 'mutant'; mutant: string }
  /** The test once more without the mutant that failed it. */
  | { kind: 'proof'; mutant: string; outcome: 'killed' | 'timeout'; hits: number }

const journal = readPlan().journal
const worker = `${process.pid}/${threadId}`

/**
 * Runs each test once as it is, then once for each mutant that it ran, in the same process: the
 * modules are loaded once. A failure counts when the test passes again without the mutant.
 */
// oxlint-disable-next-line import/no-default-export -- Vitest loads the default export
export default class MutantRunner extends TestRunner {
  readonly #switches: Switches
  readonly #selected: ReadonlySet<string>
  readonly #killed: Set<string>
  #turn: Turn = { kind: 'original' }
  #queue: string[] = []
  #covered: Record<string, number> = {}
  #originalMs = 0
  #began = 0
  #timedOut = false
  #more = true
  #spoiled = false
  readonly #fresh: string

  constructor(...args: ConstructorParameters<typeof TestRunner>) {
    super(...args)
    const scope = globalThis as { __stryker__?: Switches }
    this.#switches = scope.__stryker__ ??= {}
    this.#selected = new Set(readPlan().selected)
    this.#fresh = inject('freshMutant')
    this.#killed = this.#fresh === '' ? killedIn(readNotes(journal)) : new Set()
    if (this.#fresh !== '') {
      this.#switches.activeMutant = this.#fresh
      this.#switches.hitCount = 0
      this.#switches.hitLimit = 1_000_000
    }
  }

  override async onBeforeRunTask(test: RunnerTestCase): Promise<void> {
    await super.onBeforeRunTask(test)
    if (this.#spoiled) test.mode = 'skip'
    if (this.#fresh !== '' || this.#spoiled) return
    this.#turn = { kind: 'original' }
    this.#queue = []
    this.#more = true
    const repeats = { valueOf: () => (this.#more ? Infinity : -1) }
    // Vitest compares this with its count before each repetition. How many there are is known only
    // after the first one.
    test.repeats = repeats as unknown as number
  }

  override onBeforeTryTask(test: RunnerTestCase): void {
    super.onBeforeTryTask(test)
    if (this.#fresh !== '') return
    const switches = this.#switches
    switches.currentTestId = this.#turn.kind === 'original' ? test.id : 'attempt'
    switches.activeMutant = undefined
    this.#timedOut = false
    if (this.#turn.kind === 'mutant') {
      const { mutant } = this.#turn
      switches.activeMutant = mutant
      switches.hitCount = 0
      switches.hitLimit = 1_000 + 100 * (this.#covered[mutant] ?? 0)
      const hangsAt = Date.now() + 10_000 + 30 * this.#originalMs
      note(journal, { type: 'begin', worker, mutant, file: test.file.filepath, hangsAt })
    }
    this.#began = performance.now()
  }

  async runTask(test: RunnerTestCase): Promise<void> {
    const run = TestRunner.getTestFn(test)
    if (this.#turn.kind !== 'mutant') return run()
    const limit = 2_000 + 10 * this.#originalMs
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#timedOut = true
        reject(new Error('the mutant takes too long'))
      }, limit)
    })
    try {
      await Promise.race([run(), late])
    } finally {
      clearTimeout(timer)
    }
  }

  onAfterRetryTask(test: RunnerTestCase): void {
    if (this.#fresh !== '' || this.#spoiled) return
    const failed = test.result?.state === 'fail'
    const hits = this.#switches.hitCount ?? 0
    this.#switches.activeMutant = undefined
    this.#switches.hitCount = undefined
    this.#switches.currentTestId = undefined
    this.#judge(test, failed, hits)
    if (test.result !== undefined && this.#turn.kind !== 'original') {
      test.result.state = 'pass'
      delete test.result.errors
    }
  }

  #judge(test: RunnerTestCase, failed: boolean, hits: number): void {
    const turn = this.#turn
    if (turn.kind === 'original') {
      this.#originalMs = performance.now() - this.#began
      this.#covered = this.#switches.mutantCoverage?.perTest[test.id] ?? {}
      if (failed) note(journal, { type: 'broken', file: test.file.filepath, test: test.name })
      else this.#queue = Object.keys(this.#covered).filter((id) => this.#isOpen(id))
    } else if (turn.kind === 'mutant') {
      const { mutant } = turn
      if (failed) {
        const outcome =
          this.#timedOut || hits > (this.#switches.hitLimit ?? 0) ? 'timeout' : 'killed'
        this.#turn = { kind: 'proof', mutant, outcome, hits }
        return
      }
      note(journal, {
        type: 'end',
        worker,
        mutant,
        file: test.file.filepath,
        outcome: 'survived',
        hits,
      })
    } else if (failed) {
      this.#spoiled = true
      note(journal, {
        type: 'spoiled',
        file: test.file.filepath,
        mutant: turn.mutant,
        test: test.name,
      })
    } else {
      const { mutant, outcome } = turn
      this.#killed.add(mutant)
      note(journal, {
        type: 'end',
        worker,
        mutant,
        file: test.file.filepath,
        outcome,
        hits: turn.hits,
      })
    }
    this.#next()
  }

  #isOpen(id: string): boolean {
    return this.#selected.has(id) && !this.#killed.has(id)
  }

  #next(): void {
    const mutant = this.#spoiled ? undefined : this.#queue.shift()
    this.#more = mutant !== undefined
    if (mutant !== undefined) this.#turn = { kind: 'mutant', mutant }
  }

  override async onAfterRunSuite(
    suite: Parameters<TestRunner['onAfterRunSuite']>[0],
  ): Promise<void> {
    await super.onAfterRunSuite(suite)
    if (!('filepath' in suite) || this.#fresh !== '' || this.#spoiled) return
    const atLoad = Object.keys(this.#switches.mutantCoverage?.static ?? {})
    note(journal, {
      type: 'file',
      file: suite.file.filepath,
      atLoad: atLoad.filter((id) => this.#isOpen(id)),
    })
  }
}
