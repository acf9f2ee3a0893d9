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
    tests: [
      'engine/infra/monitoring/**/*.test.ts',
      'engine/config/*.test.ts',
      'cli/metrics/*.test.ts',
      'test/docs.test.ts',
      'test/deploy/{rules,library-rules}.test.ts',
    ],
    judged: true,
  },
  {
    name: 'interpreter',
    sources: ['engine/interpreter'],
    tests: [
      'engine/interpreter/**/!(interpret-hop|interpret.property).test.ts',
      'engine/kinds/**/*.test.ts',
      'engine/infra/temporal/records/*.test.ts',
      'engine/worker/history-room.test.ts',
      'engine/interpreter/*.test.ts',
    ],
    judged: true,
  },
  {
    name: 'compiler',
    sources: ['engine/compiler'],
    tests: [
      'engine/compiler/**/*.test.ts',
      'engine/project/{corpus,load,json-schema,packed-project}.test.ts',
      'engine/kinds/**/*.test.ts',
      'engine/interpreter/!(interpret-hop|interpret.property).test.ts',
      'engine/project/*.test.ts',
      'test/{docs,language-examples,add-a-task-kind}.test.ts',
    ],
    judged: true,
  },
  {
    name: 'template',
    sources: ['engine/template'],
    tests: ['engine/template/**/*.test.ts'],
    judged: false,
  },
]
