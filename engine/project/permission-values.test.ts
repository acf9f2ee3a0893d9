import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { findDeno } from '../tool/deno/binary.ts'
import { findWrongItem } from './permission-values.ts'

/** Whether Deno starts with the permission. */
function denoAccepts(kind: string, list: string): boolean {
  const args = ['run', '--no-config', '--no-prompt', `--allow-${kind}=${list}`]
  const program = 'data:application/javascript,'
  return spawnSync(findDeno(), [...args, program], { env: {} }).status === 0
}

describe('findWrongItem', () => {
  it.each([
    ['net', 'https://api.example.com', 'is a URL', 'write api.example.com'],
    ['net', 'a.example,http://b.example:80/c?d', 'is a URL', 'write b.example:80'],
    ['net', 'http://user@b.example', 'is a URL', 'write a host'],
    ['net', 'a.example:http', 'invalid port', '0 to 65535'],
    ['net', 'a.example:', 'invalid port', '0 to 65535'],
    ['net', 'a.example:65536', 'invalid port', '0 to 65535'],
    ['net', 'a.example/v1', 'has a path', 'write a host'],
    ['net', '10.0.0.0/99', 'has a path', 'write a host'],
    ['net', '10.0.0.0/255.0.0.0', 'has a path', 'write a host'],
    ['net', '*', 'a misplaced "*"', 'without a list for every host'],
    ['net', 'api.*.example', 'a misplaced "*"', 'write *.example.com'],
    ['net', 'bücher.example', 'is not in ASCII', 'write xn--bcher-kva.example'],
    ['net', 'a.example, b.example', 'has white space around it', 'commas alone'],
    ['net', 'a b', 'is not the name of a host', 'write a host'],
    ['net', 'user@a.example', 'is not the name of a host', 'write a host'],
    ['net', 'a..example', 'is not the name of a host', 'write a host'],
    ['net', '$HOST', 'is not the name of a host', 'write a host'],
    ['net', 'a.example,', 'is empty', 'one comma'],
    ['net', '::1', 'needs brackets', 'write [::1]'],
    ['import', 'https://esm.sh', 'is a URL', 'write esm.sh'],
    ['env', 'A,', 'is empty', 'one comma'],
    ['env', 'A=1', 'has a "="', 'values go to env:'],
    ['read', './a,', 'is empty', 'one comma'],
    ['read', ',./a', 'is empty', 'one comma'],
    ['write', ',', 'is empty', 'one comma'],
  ])('Should refuse what Deno refuses: %s %s', (kind, list, problem, hint) => {
    const wrong = findWrongItem(kind, list)
    expect(wrong?.problem).toContain(problem)
    expect(wrong?.hint).toContain(hint)
    expect(list.slice(wrong?.offset).startsWith(wrong!.item)).toBe(true)
    expect(denoAccepts(kind, list)).toBe(false)
  })

  it.each([
    ['net', 'api.example.com,localhost:8080,127.0.0.1:0'],
    ['net', '*.example.com,*.example.com:443'],
    ['net', '[::1],[::1]:80,10.0.0.0/8,:80'],
    ['net', 'A_b.example,-a.example,a.example.,999,a.example:+80'],
    ['net', 'vsock:1:2,unix:/run/x.sock'],
    ['import', 'esm.sh:443'],
    ['env', 'A,AWS_*,A B'],
    ['read', './a,b/c,,d,file:///x, ./e'],
    ['write', '/tmp/*'],
  ])('Should accept what Deno accepts: %s %s', (kind, list) => {
    expect(findWrongItem(kind, list)).toBeUndefined()
    expect(denoAccepts(kind, list)).toBe(true)
  })
})
