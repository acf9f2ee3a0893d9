/** The keys of one root: a closed set, each with the keys below it or `any`. */
export interface ClosedKeys {
  readonly [key: string]: ClosedKeys | 'any'
}

const signal: ClosedKeys = { id: 'any', payload: 'any', received_at: 'any' }
const taskError: ClosedKeys = {
  type: 'any',
  message: 'any',
  task: 'any',
  attempts: 'any',
  cause: 'any',
}

/** What `.tasks.<id>` has. */
export const taskKeys: ClosedKeys = {
  output: 'any',
  status: 'any',
  error: taskError,
  errors: 'any',
  attempts: 'any',
  started_at: 'any',
  ended_at: 'any',
}

const parentLevel = { input: 'any', item: 'any', index: 'any' } as const

/** `.parent` has the keys of every level, and a `.parent` itself, to any depth. */
const parent: ClosedKeys = {
  ...parentLevel,
  get parent(): ClosedKeys {
    return parent
  },
}

/** The path to the input of the run, which has the schema of `config.input`. */
export const inputPath = 'workflow.input'

/**
 * Roots whose keys the language fixes. Roots that are not listed (`input`, `output`, `item`) are
 * open.
 */
export const rootKeys: Readonly<Record<string, ClosedKeys>> = {
  workflow: { id: 'any', version: 'any', input: 'any', exec_id: 'any' },
  project: { name: 'any', version: 'any' },
  trigger: { type: 'any', name: 'any' },
  processor: { output: 'any' },
  signal,
  error: taskError,
  parent,
}
