import { RE2JS } from '@bufbuild/re2'
import { describe, expect, it } from 'vitest'
import { isRoutePattern, quotedPromql } from './route-pattern.ts'

const isRe2 = (pattern: string): boolean => {
  try {
    return RE2JS.compile(pattern) !== undefined
  } catch {
    return false
  }
}

describe('a pattern of routes', () => {
  it.each([
    '/.*',
    String.raw`/v\d+/.*`,
    String.raw`/a\.b|/c\\`,
    '/orders/:id',
    '(?i)/api/.*',
    '/(?i:api)/.*',
    '/(?P<name>a)',
    String.raw`/\pL+/\p{Greek}\x41`,
    '/[[:alpha:]]+',
    '/[]a]',
    '/{id}',
    '/a{2,3}',
    '/a{1,1000}',
    String.raw`/a/\Qx.y(\E`,
    String.raw`/\0`,
    String.raw`/\01`,
    '/[[]',
    '/"quoted"',
  ])('Should be allowed where RE2 reads it: %s', (pattern) => {
    expect([isRe2(pattern), isRoutePattern(pattern)]).toEqual([true, true])
  })

  it.each([
    '([',
    '(a',
    'a)',
    '*a',
    'a**',
    '/[]',
    '/[z-a]',
    '/(?!api).*',
    '(?<=a)b',
    String.raw`/(a)\1`,
    String.raw`/\u0041`,
    String.raw`/\y`,
    '/a{2000}',
    '/a{1,1001}',
    '\\',
  ])('Should be refused where RE2 refuses it: %s', (pattern) => {
    expect([isRe2(pattern), isRoutePattern(pattern)]).toEqual([false, false])
  })

  it.each([[''], ['/a\nb'], ['\u{d800}'], [['/a', '/b']], [5], [null], [undefined]])(
    'Should be a text of one line: %j',
    (pattern) => expect(isRoutePattern(pattern)).toBe(false),
  )

  it('Should be escaped in PromQL', () => {
    expect(quotedPromql(String.raw`/v\d+/"a"`)).toBe(String.raw`/v\\d+/\"a\"`)
  })
})
