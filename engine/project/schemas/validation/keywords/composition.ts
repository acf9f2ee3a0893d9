import type { Check } from '../run.ts'
import { listKeyword, runAll, type Keyword } from './keyword.ts'

const not: Keyword = {
  names: ['not'],
  create({ schema, build }) {
    if (schema['not'] === undefined) return undefined
    const check = build(schema['not'])
    return (value, run) => {
      const outer = run.evaluated
      const isMatch = run.test(check, value)
      run.evaluated = outer
      return !isMatch || run.fail(() => 'must NOT be valid')
    }
  },
}

const allOf: Keyword = {
  names: ['allOf'],
  create({ schema, build }) {
    const checks = listKeyword(schema, 'allOf')?.map(build)
    return checks && ((value, run) => runAll(checks, value, run))
  },
}

const anyOf: Keyword = {
  names: ['anyOf'],
  create({ schema, build, tracks }) {
    const checks = listKeyword(schema, 'anyOf')?.map(build)
    return (
      checks &&
      ((value, run) => {
        const before = run.failures.length
        let isValid = false
        for (const check of checks) {
          isValid = run.try(check, value) || isValid
          // What the others evaluate counts too, if somebody asks.
          if (isValid && !tracks) break
        }
        if (!isValid) return run.fail(() => 'must match a schema in anyOf')
        run.forget(before)
        return true
      })
    )
  },
}

const oneOf: Keyword = {
  names: ['oneOf'],
  create({ schema, build }) {
    const checks = listKeyword(schema, 'oneOf')?.map(build)
    return (
      checks &&
      ((value, run) => {
        const before = run.failures.length
        let matches = 0
        for (const check of checks) if (run.try(check, value) && ++matches > 1) break
        if (matches !== 1) return run.fail(() => 'must match exactly one schema in oneOf')
        run.forget(before)
        return true
      })
    )
  },
}

const conditional: Keyword = {
  names: ['if'],
  create({ schema, build }) {
    if (schema['if'] === undefined) return undefined
    const condition = build(schema['if'])
    const branch = (keyword: string): Check => {
      const inner = schema[keyword]
      if (inner === undefined) return () => true
      const check = build(inner)
      return (value, run) =>
        run.apart(check, value) || run.fail(() => `must match "${keyword}" schema`)
    }
    const [consequence, alternative] = [branch('then'), branch('else')]
    return (value, run) =>
      run.test(condition, value) ? consequence(value, run) : alternative(value, run)
  },
}

/** Keywords that combine schemas. */
export const compositionKeywords: readonly Keyword[] = [not, anyOf, oneOf, allOf, conditional]
