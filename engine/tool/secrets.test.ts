import { describe, expect, it } from 'vitest'
import { createRedact, secretVariables } from './secrets.ts'
import { escapeControls } from './failure/terminal-text.ts'

const key = 'p@ss "word"/+\u00e9'
const pem = '-----BEGIN KEY-----\nMIIBVgIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----'
const redact = createRedact({ KEY: key, PEM: pem, TINY: 'abc' })

describe('createRedact', () => {
  it.each([
    ['as it is', `x ${key} y`, 'x [secret KEY] y'],
    ['twice', key + key, '[secret KEY][secret KEY]'],
    ['as JSON', JSON.stringify({ key }), '{"key":"[secret KEY]"}'],
    ['percent-encoded', `?k=${encodeURIComponent(key)}`, '?k=[secret KEY]'],
    ['as a form', new URLSearchParams({ k: key }).toString(), 'k=[secret KEY]'],
    ['in base64', btoa(unescape(encodeURIComponent(key))), '[secret KEY]'],
    ['in base64url', Buffer.from(key).toString('base64url'), '[secret KEY]'],
    ['in hex', Buffer.from(key).toString('hex'), '[secret KEY]'],
    ['over several lines', pem, '[secret PEM]'],
    ['one of its lines alone', 'key: MIIBVgIBADANBgkq', 'key: [secret PEM]'],
    ['cut off at the end', `failed: ${key.slice(0, 10)}`, 'failed: [secret KEY]'],
  ])('Should replace a secret %s', (_, text, clean) => {
    expect(redact(text)).toBe(clean)
  })

  it.each(['user:', 'admin:', 'root1:', ''])(
    'Should replace a secret in the base64 of a longer text: after %j',
    (before) => {
      for (const after of ['', ':', ':x', ':xy'])
        for (const encoding of ['base64', 'base64url'] as const) {
          const text = Buffer.from(before + key + after).toString(encoding)
          const clean = redact(`authorization: Basic ${text}`)
          expect(clean).toContain('[secret KEY]')
          expect(Buffer.from(clean.replace('[secret KEY]', ''), 'base64').toString()).not.toContain(
            'ss',
          )
        }
      const other = Buffer.from(`${before}another word`).toString('base64')
      expect(redact(other)).toBe(other)
    },
  )

  it.each(['plain text', 'abc', 'a word p@s', ''])('Should leave %j as it is', (text) => {
    expect(redact(text)).toBe(text)
  })

  it('Should take variables for secrets only by their names', () => {
    const env = { API_KEY: 'a', GITHUB_TOKEN: 'b', dbPassword: 'c', KEYBOARD: 'd', REGION: 'e' }
    expect(Object.keys(secretVariables(env))).toEqual(['API_KEY', 'GITHUB_TOKEN', 'dbPassword'])
  })
})

describe('escapeControls', () => {
  it.each([
    ['colors', '\x1b[31mred', String.raw`\x1b[31mred`],
    ['a title', '\x1b]0;x\x07', String.raw`\x1b]0;x\x07`],
    ['C1 controls', '\x9b0m', String.raw`\x9b0m`],
    ['a carriage return', 'a\rb', String.raw`a\x0db`],
    ['reordered text', 'a\u202eb', String.raw`a\u202eb`],
  ])('Should show %s', (_, text, shown) => {
    expect(escapeControls(text)).toBe(shown)
  })

  it('Should keep tabs, line breaks and every letter', () => {
    const text = 'a\tb\nc \u00e9 \u{1f600} \u05d0'
    expect(escapeControls(text)).toBe(text)
  })
})
