import { symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createToolProject, type TestCall, type ToolProject } from '../testing/tool-project.ts'

const read = `export default (file) => Deno.readTextFileSync(file)`
const get = `export default async (url) => (await fetch(url)).status`
const variable = `export default (name) => Deno.env.get(name)`

describe('a tool without permissions', () => {
  let project: ToolProject
  beforeAll(() => {
    project = createToolProject({ secrets: { TOKEN: 'hunter2-hunter2', OTHER: 'x' } })
    project.write('.env', 'PASSWORD=secret')
    project.write('secrets.json', '{}')
    project.write('compozy.yaml', 'name: x')
    project.write('secrets/key.pem', 'PRIVATE')
    project.write('plugins/late.ts', 'export const late = 1')
    symlinkSync('/etc/hostname', path.join(project.dir, 'link.json'))
  })
  afterAll(() => project.remove())

  const denied: [string, string, TestCall, string][] = [
    [
      'read a file outside',
      read,
      { input: '/etc/hostname' },
      'has no read access to "/etc/hostname"; runtime.permissions may allow it with --allow-read=/etc/hostname',
    ],
    [
      'read a file outside through node:fs',
      `import fs from 'node:fs'; export default () => fs.readFileSync('/etc/hostname')`,
      {},
      '--allow-read=/etc/hostname',
    ],
    [
      'read a file outside in a worker',
      `export default () => new Promise((r, no) => { const w = new Worker('data:text/javascript,try{Deno.readTextFileSync("/etc/hostname");postMessage("got it")}catch(e){postMessage(e.message)}', { type: 'module' }); w.onmessage = (e) => { w.terminate(); no(new Deno.errors.NotCapable(e.data)) } })`,
      {},
      '--allow-read=/etc/hostname',
    ],
    ['read a file of the project', read, { input: 'secrets.json' }, '--allow-read=secrets.json'],
    ['list the project', `export default () => [...Deno.readDirSync('.')]`, {}, '--allow-read=.'],
    [
      'write',
      `export default () => Deno.writeTextFileSync('out.txt', 'x')`,
      {},
      '--allow-write=out.txt',
    ],
    [
      'use the network',
      get,
      { input: 'http://127.0.0.1:1234/' },
      'has no net access to "127.0.0.1:1234"; runtime.permissions may allow it with --allow-net=127.0.0.1:1234',
    ],
    [
      'open a socket',
      `export default () => Deno.connect({ hostname: 'localhost', port: 1 })`,
      {},
      '--allow-net=localhost:1',
    ],
    [
      'read a variable',
      variable,
      { input: 'PATH' },
      'may not read the variable "PATH"; declare it under env or secrets',
    ],
    [
      'read a variable through node:process',
      `import process from 'node:process'; export default () => process.env.HOME`,
      {},
      'variable "HOME"',
    ],
    [
      'read a secret of another tool',
      variable,
      { input: 'OTHER', secrets: ['TOKEN'] },
      'may not read the variable "OTHER"',
    ],
    [
      'list the environment',
      `export default () => Deno.env.toObject()`,
      { env: { A: '1' } },
      'may not list the environment',
    ],
    [
      'start a program',
      `export default () => new Deno.Command('/bin/ls').outputSync()`,
      {},
      'asked for run access to "/bin/ls"; tools never get it',
    ],
    [
      'kill a process',
      `export default () => Deno.kill(Deno.ppid)`,
      {},
      'asked for run access; tools never get it',
    ],
    [
      'load a library',
      `export default () => Deno.dlopen('/lib/x.so', {})`,
      {},
      'asked for ffi access',
    ],
    ['ask for the host', `export default () => Deno.hostname()`, {}, 'asked for sys access'],
    [
      'import a remote module',
      `import { x } from 'https://example.com/x.ts'; export default () => x`,
      {},
      'imports https://example.com/x.ts (tools/tool.ts:1:19): remote imports are not allowed; copy the code into the project',
    ],
    [
      'import a remote module while it runs',
      `export default (u) => import(u)`,
      { input: 'https://example.com/x.ts' },
      'imports https://example.com/x.ts',
    ],
    [
      'import from npm',
      `import ms from 'npm:ms@2'; export default () => ms(1)`,
      {},
      'imports an npm: package (tools/tool.ts:1:16): remote imports are not allowed; set runtime.node_modules: true to use local packages',
    ],
    [
      'import from npm while it runs',
      `export default (u) => import(u)`,
      { input: 'npm:ms@2' },
      'remote imports are not allowed',
    ],
    [
      'import from jsr',
      `import * as p from 'jsr:@std/path'; export default () => p`,
      {},
      'remote imports are not allowed',
    ],
    [
      'import a file outside',
      `import t from '/etc/hostname' with { type: 'text' }; export default () => t`,
      {},
      '--allow-read=/etc/hostname',
    ],
    [
      'import compozy.yaml as text',
      `import t from '../compozy.yaml' with { type: 'text' }; export default () => t`,
      {},
      'read access',
    ],
    [
      'import the text of code',
      `import t from '../plugins/late.ts' with { type: 'text' }; export default () => t`,
      {},
      'read access',
    ],
    [
      'import a hidden file',
      `import t from '../.env' with { type: 'text' }; export default () => t`,
      {},
      '--allow-read=.env',
    ],
    [
      'import through a link that leads out',
      `import t from '../link.json' with { type: 'json' }; export default () => t`,
      {},
      '--allow-read=link.json',
    ],
    [
      'import a file that its code computes',
      `export default (f) => import(f)`,
      { input: '../plugins/late.ts' },
      '--allow-read=plugins/late.ts',
    ],
    [
      'do any of it while it loads',
      `const x = Deno.readTextFileSync('/etc/hostname'); export default () => x`,
      {},
      '--allow-read=/etc/hostname',
    ],
  ]
  it.each(denied)('Should not %s', async (_, code, options, message) => {
    const result = await project.call(code, options)
    expect(result).toEqual({ ok: false, error: expect.objectContaining({ type: 'ToolDenied' }) })
    expect(result).toMatchObject({ error: { message: expect.stringContaining(message) } })
    expect(result).toMatchObject({ error: { message: expect.stringMatching(/^tool "tool" /) } })
    expect(project.observed.at(-1)?.outcome).toBe('denied')
  })

  it.each([
    ['its environment', variable, { input: 'A', env: { A: '1' } }, '1'],
    ['its secret', `export default () => Deno.env.get('TOKEN').length`, { secrets: ['TOKEN'] }, 15],
    [
      'nothing for a secret that is not set',
      variable,
      { input: 'ABSENT', secrets: ['ABSENT'] },
      null,
    ],
    [
      'no file of storage shared between tools',
      `export default async () => { const tried = []; for (const f of [() => localStorage.setItem('a', 'b'), () => caches.open('x')]) try { await f(); tried.push('stored') } catch { tried.push('refused') } return tried }`,
      {},
      ['refused', 'refused'],
    ],
    [
      'no thrown denial of its own making',
      `class NotCapable extends Error { name = 'NotCapable' }; export default () => { try { throw new NotCapable('x') } catch (e) { return e.name } }`,
      {},
      'NotCapable',
    ],
  ])('Should see %s', async (_, code, options, output) => {
    expect(await project.call(code, options)).toEqual({ ok: true, output })
  })

  it.each([
    [
      'as bytes',
      `import t from '../secrets/key.pem' with { type: 'bytes' }; export default () => t`,
    ],
    ['as code', `import t from '../secrets/key.pem'; export default () => t`],
    ['as JSON', `import t from '../secrets/key.pem' with { type: 'json' }; export default () => t`],
  ])('Should not import a key %s, nor see a part of it', async (_, code) => {
    const result = await project.call(code)
    expect(result.ok).toBe(false)
    expect(JSON.stringify(result)).not.toContain('PRIVATE')
  })

  it('Should tell a denial from an error that only has its name', async () => {
    const code = `class NotCapable extends Error { name = 'NotCapable' }\nexport default () => { throw new NotCapable('Requires net access') }`
    expect(await project.call(code)).toMatchObject({ error: { type: 'ToolError:NotCapable' } })
  })
})

describe('a tool with permissions', () => {
  let server: Server
  let host: string
  let project: ToolProject
  const outside = path.join(tmpdir(), `compozy-outside-${process.pid}.txt`)

  beforeAll(async () => {
    server = createServer((request, response) => {
      const elsewhere = `http://localhost:${(server.address() as AddressInfo).port}/`
      if (request.url === '/away') response.writeHead(302, { location: elsewhere })
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    writeFileSync(outside, 'outside')
    project = createToolProject({
      permissions: [
        `--allow-net=${host}`,
        '--allow-read=data',
        `--allow-read=${outside}`,
        '--deny-read=data/closed',
        '--allow-write=data',
        '--allow-env=A',
        '--deny-env=B',
        '--allow-run',
        '--allow-sys',
        '--allow-ffi',
      ],
    })
    project.write('data/open.txt', 'open')
    project.write('data/closed/a.txt', 'closed')
  })
  afterAll(async () => {
    await project.remove()
    server.close()
  })

  it.each([
    ['the host that is allowed', () => ({ code: get, input: `http://${host}/` }), 200],
    ['the folder that is allowed', () => ({ code: read, input: 'data/open.txt' }), 'open'],
    ['the file that is allowed', () => ({ code: read, input: outside }), 'outside'],
    [
      'a place to write',
      () => ({
        code: `export default (f) => Deno.writeTextFileSync(f, '')`,
        input: 'data/new.txt',
      }),
      null,
    ],
  ])('Should reach %s', async (_, given, output) => {
    const { code, input } = given()
    expect(await project.call(code, { input })).toEqual({ ok: true, output })
  })

  it.each([
    [
      'another name of the same host',
      get,
      () => `http://localhost:${host.split(':')[1]}/`,
      '--allow-net=localhost',
    ],
    ['another host by a redirect', get, () => `http://${host}/away`, '--allow-net=localhost'],
    ['another port', get, () => 'http://127.0.0.1:1234/', '--allow-net=127.0.0.1:1234'],
    ['another file', read, () => 'compozy.yaml', '--allow-read=compozy.yaml'],
    [
      'what is denied inside what is allowed',
      read,
      () => 'data/closed/a.txt',
      '; --deny-read=data/closed takes precedence',
    ],
    [
      'a declared variable that is denied',
      variable,
      () => 'B',
      'variable "B"; --deny-env=B takes precedence',
    ],
    [
      'programs, though allowed',
      `export default () => new Deno.Command('/bin/ls').outputSync()`,
      () => null,
      'tools never get it',
    ],
    [
      'the system, though allowed',
      `export default () => Deno.hostname()`,
      () => null,
      'tools never get it',
    ],
  ])('Should not reach %s', async (_, code, input, message) => {
    const result = await project.call(code, { input: input(), env: { B: '1' } })
    expect(result).toMatchObject({
      ok: false,
      error: { type: 'ToolDenied', message: expect.stringContaining(message) },
    })
  })
})

describe('a tool with --allow-net', () => {
  let server: Server
  let port: number
  beforeAll(async () => {
    server = createServer((_, response) => response.end())
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
    port = (server.address() as AddressInfo).port
  })
  afterAll(() => server.close())

  const hosts = ['127.0.0.1', 'localhost', '0.0.0.0', hostname(), '127.1', '0x7f000001']
  it.each(hosts)('Should not reach an endpoint of the engine as %s', async (host) => {
    const ownEndpoints = () => [{ host: '127.0.0.1', port }]
    const project = createToolProject({ permissions: ['--allow-net'], ownEndpoints })
    const result = await project.call(get, { input: `http://${host}:${port}/` })
    await project.remove()
    expect(result).toMatchObject({ error: { type: 'ToolDenied' } })
  })

  it('Should reach other endpoints, and one of the engine that the project names', async () => {
    const ownEndpoints = () => [{ host: '127.0.0.1', port: 9 }]
    const open = createToolProject({ permissions: ['--allow-net'], ownEndpoints })
    expect(await open.call(get, { input: `http://127.0.0.1:${port}/` })).toMatchObject({ ok: true })
    await open.remove()
    const named = createToolProject({
      permissions: ['--allow-net', `--allow-net=127.0.0.1:${port}`],
      ownEndpoints: () => [{ host: '127.0.0.1', port }],
    })
    expect(await named.call(get, { input: `http://127.0.0.1:${port}/` })).toMatchObject({
      ok: true,
    })
    await named.remove()
  })
})

describe('packages', () => {
  const code = `import { pad } from 'fake-pad'\nimport cjs from 'fake-cjs'\nexport default () => pad(cjs.one)`
  const install = (project: ToolProject) => {
    project.write(
      'node_modules/fake-pad/package.json',
      '{"name":"fake-pad","version":"1.0.0","type":"module","exports":"./lib/index.js"}',
    )
    project.write(
      'node_modules/fake-pad/lib/index.js',
      `import { fill } from './fill.js'; export const pad = (s) => fill + s; export const peek = () => Deno.readTextFileSync('/etc/hostname')`,
    )
    project.write('node_modules/fake-pad/lib/fill.js', `export const fill = '0'`)
    project.write('node_modules/fake-cjs/package.json', '{"name":"fake-cjs","version":"1.0.0"}')
    project.write('node_modules/fake-cjs/index.js', 'module.exports = { one: 1 }')
  }

  it('Should be found in node_modules with runtime.node_modules, without more rights than the tool', async () => {
    const project = createToolProject({ nodeModules: true })
    install(project)
    const peek = `import { peek } from 'fake-pad'\nexport default () => peek()`
    expect(await project.call(code)).toEqual({ ok: true, output: '01' })
    expect(await project.call(peek)).toMatchObject({ error: { type: 'ToolDenied' } })
    expect(
      await project.call(`import x from 'npm:absent-package@1'; export default x`),
    ).toMatchObject({
      ok: false,
    })
    await project.remove()
  })

  it('Should not be found without it, and say how', async () => {
    const project = createToolProject()
    install(project)
    const result = await project.call(code)
    expect(result).toMatchObject({
      error: {
        type: 'ToolError:ImportError',
        message: expect.stringContaining('not a dependency'),
      },
    })
    expect(result).toMatchObject({
      error: { message: expect.stringContaining('runtime.node_modules: true') },
    })
    await project.remove()
  })
})
