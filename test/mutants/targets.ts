/** A part of the engine, and the tests that must notice a change of its code. */
export interface MutantTarget {
  readonly name: string
  /** Folders whose code is mutated. */
  readonly sources: readonly string[]
  /** Globs of the test files that judge it, the nearest first. */
  readonly tests: readonly string[]
  /** Part of a run without paths, and of the sample in the slow lane. */
  readonly judged: boolean
}

/** Every part that `npm run mutants` knows. */
export const mutantTargets: readonly MutantTarget[] = [
  {
    name: 'monitoring',
    sources: ['engine/infra/monitoring'],
    tests: ['engine/infra/monitoring/**/*.test.ts'],
    judged: true,
  },
  {
    name: 'interpreter',
    sources: ['engine/interpreter'],
    tests: ['engine/interpreter/**/*.test.ts'],
    judged: true,
  },
  {
    name: 'compiler',
    sources: ['engine/compiler'],
    tests: ['engine/compiler/**/*.test.ts', 'engine/project/*.test.ts'],
    judged: true,
  },
  {
    name: 'template',
    sources: ['engine/template'],
    tests: ['engine/template/**/*.test.ts'],
    judged: false,
  },
]
