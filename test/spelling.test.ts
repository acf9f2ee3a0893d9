import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')

/** British spellings of words that we use. The ecosystem writes American English. */
const british =
  /\w*(?:behaviour|cancell(?:ed|ing)|(?:author|initial|minim|maxim|normal|optim|organ|recogn|serial|summar)is(?:e|ing|ation)|favour|labell(?:ed|ing)|licence|neighbour|signall(?:ed|ing)|(?:mis)?spelt\b)\w*/gi

/** Words of others, which keep their spelling. */
const foreign: readonly RegExp[] = [
  // The SDK's class, its metric and its log message.
  /\bCancelledFailure\b/g,
  /\b(?:temporal_)?local_activity_execution_cancelled\w*/g,
  /'Workflow completed as cancelled'/g,
  // A type of TaskError, which histories hold.
  /['`]Cancelled['`]/g,
  // The SDK's and gRPC's.
  /\bconsideredCancelled\b|\bstatus\.CANCELLED\b|\bcurrent\(\)\.cancelled\b/g,
]

function misspelled(text: string): readonly string[] {
  const own = foreign.reduce((rest, pattern) => rest.replaceAll(pattern, ''), text)
  return own.match(british) ?? []
}

/** Sources and documentation. Tests hold data of protocols and of users. */
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => /\.(?:tsx?|mjs|md|ya?ml)$/.test(file))
  .filter((file) => !/^test\/|\/testing\/|\.test\.tsx?$|^THIRD_PARTY_NOTICES/.test(file))
  // One that was deleted and is not staged.
  .filter((file) => existsSync(join(root, file)))

describe('spelling', () => {
  it('Should use the American form of listed words in sources and documentation', () => {
    expect(files.length).toBeGreaterThan(500)
    const found = files.flatMap((file) =>
      misspelled(readFileSync(join(root, file), 'utf8')).map((word) => `${file}: ${word}`),
    )
    const advice = 'write the American form; names of other projects belong in `foreign`'
    expect(found, advice).toEqual([])
  })

  it('Should name British words, alone and in names', () => {
    const text = 'Cancelled runs, a `neighbour` and its Behaviour: summariseRuns, initialised'
    expect(misspelled(text)).toEqual([
      'Cancelled',
      'neighbour',
      'Behaviour',
      'summariseRuns',
      'initialised',
    ])
  })

  it('Should leave the words of others alone', () => {
    expect(misspelled("new CancelledFailure(''), { type: 'Cancelled' }, labelLimit")).toEqual([])
  })
})
