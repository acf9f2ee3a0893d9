import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { globSync } from 'tinyglobby'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const root = resolve(import.meta.dirname, '..')
const files = globSync('examples/**/*.yaml', {
  cwd: root,
  ignore: ['**/node_modules/**', '**/.compozy/**'],
})

/** What an editor does with a file: the schema that its first line names, and what that says. */
function judge(file: string, text: string): string {
  const named = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text)?.[1]
  if (named === undefined) return 'names no schema'
  const schema = JSON.parse(readFileSync(join(root, dirname(file), named), 'utf8')) as object
  const ajv = new Ajv2020({ strict: false })
  return ajv.validate(schema, parse(text)) ? 'fits' : ajv.errorsText()
}

describe('the examples in an editor', () => {
  it.each(files)('Should fit the schema that %s names', (file) => {
    expect(judge(file, readFileSync(join(root, file), 'utf8'))).toBe('fits')
  })

  it('Should be told of a key that is none', () => {
    const file = 'examples/quickstart/compozy.yaml'
    const wrong = `${readFileSync(join(root, file), 'utf8')}\nworkflow: []\n`
    expect(judge(file, wrong)).toContain('must NOT have additional properties')
  })
})
