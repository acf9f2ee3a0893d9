import { describe, expect, it } from 'vitest'
import { findDeno } from './binary.ts'
import { denoFlags } from './flags.ts'
import { createLineReader } from '../protocol/line-reader.ts'

describe('findDeno', () => {
  it('Should find the program, not its JavaScript wrapper', () => {
    expect(findDeno()).toMatch(/@deno.+deno(\.exe)?$/)
  })

  it.each([
    [
      'a platform that Deno has no build for',
      { platform: 'freebsd', arch: 'x64' },
      'no build for freebsd-x64; it has linux-x64',
    ],
    [
      'a package that is not installed',
      { platform: 'win32', arch: 'arm64' },
      '@deno/win32-arm64/deno.exe is not installed',
    ],
  ])('Should say so for %s', (_, host, message) => {
    expect(() => findDeno(host)).toThrow(
      expect.objectContaining({
        code: 'binary_unavailable',
        message: expect.stringContaining(message),
      }),
    )
  })
})

describe('denoFlags', () => {
  const flags = (permissions: string[], rest = {}) =>
    denoFlags({
      permissions,
      importable: ['/p/a.ts'],
      variables: [],
      memoryMb: 64,
      nodeModules: false,
      ownEndpoints: [],
      ...rest,
    })

  it.each([
    ['nothing but its imports', [], {}, ['--allow-read=/p/a.ts']],
    [
      'lists of the same flag together',
      ['--allow-net=a', '--allow-net=b:1,c', '--allow-read=x'],
      {},
      ['--allow-net=a,b:1,c', '--allow-read=x,/p/a.ts'],
    ],
    [
      'everything where one flag has no list',
      ['--allow-read', '--allow-read=x', '--allow-env=A'],
      { variables: ['B'] },
      ['--allow-read', '--allow-env=A,B'],
    ],
    ['declared variables', [], { variables: ['A', 'B'] }, ['--allow-env=A,B']],
    ['denials', ['--deny-net=a', '--deny-env'], {}, ['--deny-net=a', '--deny-env']],
    [
      'paths with commas in a list',
      ['--allow-read=./a,,b,./c,,d', '--deny-write=e,,,,f,g', '--allow-read=h'],
      {},
      ['--allow-read=./a,,b,./c,,d,h,/p/a.ts', '--deny-write=e,,,,f,g'],
    ],
    ['names twice once', ['--allow-net=a,b', '--allow-net=b'], {}, ['--allow-net=a,b']],
    ['a path with a comma', [], { importable: ['/p,q/a.ts'] }, ['--allow-read=/p,,q/a.ts']],
  ])('Should open %s', (_, permissions, rest, expected) => {
    expect(flags(permissions, rest)).toEqual(expect.arrayContaining(expected))
  })

  it.each([
    '--allow-run',
    '--allow-ffi=x',
    '--allow-sys',
    '--allow-all',
    '-A',
    '--v8-flags=x',
    '--inspect',
  ])('Should leave out %s', (permission) => expect(flags([permission])).toEqual(flags([])))

  it('Should look for packages only where asked', () => {
    expect(flags([])).toEqual(
      expect.arrayContaining(['--no-npm', '--no-remote', '--node-modules-dir=none']),
    )
    const local = flags([], { nodeModules: true })
    expect(local).toEqual(expect.arrayContaining(['--no-remote', '--node-modules-dir=manual']))
    expect(local).not.toContain('--no-npm')
  })
})

describe('createLineReader', () => {
  it.each([
    ['whole lines', ['\nT{"a":1}\n'], ['{"a":1}'], []],
    ['a line in pieces', ['\nT{"a', '":', '1}', '\n'], ['{"a":1}'], []],
    ['several lines in one piece', ['T1\nT2\nT3\nT'], ['1', '2', '3'], []],
    ['noise around a reply', ['noise\nT1\nmore'], ['1'], ['noise']],
    ['a reply after an unfinished line', ['unfinished', '\nT1\n'], ['1'], ['unfinished']],
    ['a token that does not begin the line', [' T1\n'], [], [' T1']],
    ['empty lines', ['\n\n\n'], [], []],
  ])('Should split %s', (_, pieces, replies, noise) => {
    const got = { replies: [] as string[], noise: [] as string[] }
    const reader = createLineReader(
      { token: 'T', longest: 100 },
      {
        onMessage: (json) => got.replies.push(json),
        onNoise: (line) => got.noise.push(line),
        onTooLong: () => got.noise.push('too long'),
      },
    )
    for (const piece of pieces) reader.read(piece)
    expect(got).toEqual({ replies, noise })
  })
})
