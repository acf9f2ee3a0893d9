import { expect, it } from 'vitest'
import { defined } from '../../core/defined.ts'
import type { JsonObject, JsonValue } from '../../core/json.ts'
import { compileTest } from './compile.ts'
import { play, type PlayedRun, type World } from './play.ts'

/** One behavior of the language: tasks, a world, and what is seen from outside. */
export interface LanguageCase extends World {
  readonly should: string
  readonly tasks: readonly JsonObject[]
  /** Keys of the workflow besides its tasks. */
  readonly workflow?: Readonly<Record<string, JsonValue>>
  readonly env?: Readonly<Record<string, string>>
  /** Exactly this output. */
  readonly output?: JsonValue
  /** At least these services of the failure. */
  readonly error?: JsonObject
  /** At least these services of what was played. */
  readonly also?: Partial<Record<'type' | 'called' | 'killed' | 'took' | 'hops', JsonValue>> & {
    readonly view?: JsonObject
  }
}

/** Plays a case. */
export function playCase({ tasks, workflow, env, ...world }: LanguageCase): PlayedRun {
  return play(compileTest({ tasks, ...workflow }, env), world)
}

/** Makes one test of each case. */
export function testCases(cases: readonly LanguageCase[]): void {
  it.each(cases)('Should $should', (testCase) => {
    const { output, error, also } = testCase
    if ([output, error, also].every((part) => part === undefined))
      throw new Error('this case asserts nothing')
    const played = playCase(testCase)
    const wanted = output === undefined ? {} : { output }
    expect(output === undefined ? {} : { output: played.output, error: played.error }).toEqual(
      wanted,
    )
    expect(played).toMatchObject(defined({ ...also, error }))
  })
}
