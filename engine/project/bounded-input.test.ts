import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, Server } from 'node:net'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadFiles, rendered } from './fixtures/corpus.ts'
import { loadProject } from './load.ts'
import { readSource } from './yaml/read-source.ts'

/** What is wrong with a file, as `line:column message`. */
function problems(content: string | Buffer): readonly string[] {
  return readSource('x.yaml', content).diagnostics.map(
    ({ place, message }) => `${place.line}:${place.column} ${message}`,
  )
}

const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n')

describe('a hostile YAML file', () => {
  it.each([
    ['brackets', '['.repeat(1_900_000), '1:201 nested deeper than 200 levels'],
    ['braces', '{a: '.repeat(400_000), 'nested deeper than 200 levels'],
    ['dashes', '- '.repeat(900_000), '1:401 nested deeper than 200 levels'],
    ['question marks', '? '.repeat(900_000), '1:401 nested deeper than 200 levels'],
    ['indentation', lines(600, (i) => `${' '.repeat(i)}a:`), '201:201 nested deeper'],
    ['keys', lines(60_000, (i) => `k${i}: v`), 'more than 25000 keys and values in one file'],
    ['anchors', lines(20_000, (i) => `k${i}: &a${i} v\nm${i}: *a${i}`), 'more than 25000 keys'],
    ['one key', lines(60_000, () => 'a: 1'), 'more than 25000 keys and values'],
    ['anchors of one value', '&a '.repeat(400_000), 'more than 60000 comments, dashes'],
    ['colons', ': '.repeat(400_000), 'more than 60000 comments, dashes'],
    ['comments', '# x\n'.repeat(400_000), 'more than 60000 comments, dashes'],
    ['bytes', `a: ${'x'.repeat(2 * 1024 * 1024)}`, '1:1 the file is larger than 2 MiB'],
    [
      'bytes that are no UTF-8',
      Buffer.from('a: 1\nb: "x\xff"', 'latin1'),
      '2:6 the file is not valid UTF-8',
    ],
  ])('Should be refused with its place: %s', (_, content, expected) => {
    const [first, ...others] = problems(content)
    expect(first).toContain(expected)
    expect(others).toEqual([])
  })

  it.each([
    ['nesting', `${'['.repeat(180)}${']'.repeat(180)}`],
    ['keys', lines(12_000, (i) => `k${i}: v`)],
    ['anchors', lines(8_000, (i) => `k${i}: &a${i} v\nm${i}: *a${i}`)],
    ['lines that go back', lines(5_000, () => '- a:\n    - b:\n        - c')],
    ['UTF-8', Buffer.from('a: "größer"')],
  ])('Should be read where it has its measure: %s', (_, content) => {
    expect(problems(content)).toEqual([])
  })

  it('Should list only the first of many problems', () => {
    const twice = lines(400, () => 'a: 1')
    expect(problems(twice)).toHaveLength(100)
  })

  it('Should give an alias the last value before it that has its anchor', () => {
    const { source } = readSource('x.yaml', 'a: &x 1\nb: *x\nc: &x 2\nd: *x\n')
    expect(source?.value).toEqual({ a: 1, b: 1, c: 2, d: 2 })
    expect(problems('a: *x\nb: &x 1\n')).toEqual(['1:4 unknown alias *x'])
  })
})

describe('YAML beyond the 1.2 core', () => {
  it.each([
    ['%YAML 1.1\n---\na: yes', '1:1 YAML directives are not supported'],
    ['%TAG ! tag:example.com,2000:\n---\na: 1', '1:1 YAML directives are not supported'],
    ['%FOO\n---\na: 1', '1:1 YAML directives are not supported'],
    ['a: !!binary aGk=', '1:4 the tag !!binary is not supported'],
    ['a: !secret x', '1:4 the tag !secret is not supported'],
    ['!!map\na: 1', '1:1 the tag !!map is not supported'],
    ['a: 9007199254740993', '1:4 the number 9007199254740993 is too large to be exact'],
    ['a: -9007199254740993', '1:4 the number -9007199254740993 is too large'],
    ['a: [1e400]', '1:5 the number 1e400 is too large'],
    ['a: 0x20000000000001', '1:4 the number 0x20000000000001 is too large to be exact'],
    ['a: 1e-400', '1:4 the number 1e-400 is too close to zero'],
    ['a: .inf', '1:4 not a finite number'],
    ['9007199254740993: a', '1:1 the number 9007199254740993 is too large to be exact'],
  ])('Should be refused: %j', (text, expected) => {
    expect(problems(text)).toHaveLength(1)
    expect(problems(text)[0]).toContain(expected)
  })

  it.each([
    ['a: "%YAML 1.1"', '%YAML 1.1'],
    ['a: |-\n  %x\n  !y', '%x\n!y'],
    ["a: '!secret'", '!secret'],
    ['a: "9007199254740993"', '9007199254740993'],
    ['a: 9007199254740991', 9007199254740991],
    ['a: +12', 12],
    ['a: 0o17', 15],
    ['a: .5', 0.5],
    ['a: 1.', 1],
    ['a: yes', 'yes'],
  ])('Should be kept where it is text or exact: %j', (text, expected) => {
    expect(readSource('x.yaml', text).source?.value).toEqual({ a: expected })
  })
})

describe('references that grow', () => {
  const doubling = (count: number): string => {
    const entry = (i: number, below: string) =>
      `  - {id: s${i}, properties: {a: ${below}, b: ${below}}}`
    const next = (i: number) => `{$ref: 'local::schemas.#(id=="s${i + 1}")'}`
    return `id: main\nschemas:\n${lines(count, (i) => entry(i, next(i)))}\n  - {id: s${count}, type: string}\ntasks:\n  - {id: a, type: aggregate, outputs: 1}\n`
  }

  it('Should be refused with their place', async () => {
    const text = rendered(await loadFiles({ 'workflow.yaml': doubling(20) }))
    expect(text).toContain('the schema has more than 10,000 values with its references written out')
    expect(text).toMatch(/^workflow\.yaml:3:\d+: error/)
  })

  it('Should be written out where they stay small', async () => {
    expect(rendered(await loadFiles({ 'workflow.yaml': doubling(5) }))).toBe('ok')
  })

  it('Should lead nowhere where the pointer is no pointer', async () => {
    const workflow = `id: main\nconfig: {input: {$ref: '#/%'}}\ntasks:\n  - {id: a, type: aggregate, outputs: 1}\n`
    expect(rendered(await loadFiles({ 'workflow.yaml': workflow }))).toContain(
      'workflow.yaml:2:24: error: the reference "#/%" leads nowhere',
    )
  })
})

describe('a schema', () => {
  const wide = (count: number): string =>
    `id: main\nconfig:\n  input:\n    properties:\n${lines(count, (i) => `      p${i}: {type: string}`)}\ntasks:\n  - {id: a, type: aggregate, outputs: 1}\n`
  const referring = (input: string): string =>
    `id: main\nconfig:\n  input: ${input}\ntasks:\n  - {id: a, type: aggregate, outputs: 1}\n`

  it('Should be refused with its place if it is too wide to compile in one turn', async () => {
    const text = rendered(await loadFiles({ 'workflow.yaml': wide(8_000) }))
    expect(text).toMatch(/^workflow\.yaml:\d+:\d+: error: the schema has more than 10,000 values/)
    expect(rendered(await loadFiles({ 'workflow.yaml': wide(4_900) }))).toBe('ok')
  })

  it('Should be refused with its place if a reference leads only to itself', async () => {
    const defs = '{$ref: "#/$defs/a", $defs: {a: {$ref: "#/$defs/b"}, b: {$ref: "#/$defs/a"}}}'
    expect(rendered(await loadFiles({ 'workflow.yaml': referring(defs) }))).toContain(
      'workflow.yaml:3:10: error: no valid JSON Schema: the reference "#/$defs/a" leads to itself',
    )
    const tree = '{properties: {left: {$ref: "#"}, right: {$ref: "#"}}}'
    expect(rendered(await loadFiles({ 'workflow.yaml': referring(tree) }))).toBe('ok')
  })

  it('Should compile whatever the length of its chains of references', async () => {
    const entry = (i: number) => `d${i}: {$ref: "#/$defs/d${i + 1}"}`
    const defs = Array.from({ length: 2_000 }, (_, i) => entry(i)).join(', ')
    const chain = `{$ref: "#/$defs/d0", $defs: {${defs}, d2000: {type: string}}}`
    expect(rendered(await loadFiles({ 'workflow.yaml': referring(chain) }))).toBe('ok')
  })

  it('Should be refused with its place if its patterns take long to compile', async () => {
    const long = `{properties: {a: {pattern: ${'a'.repeat(100_000)}}}}`
    expect(rendered(await loadFiles({ 'workflow.yaml': referring(long) }))).toMatch(
      /^workflow\.yaml:3:37: error: the pattern "a{199}… is not supported: it compiles to about 100000 instructions/,
    )
    const entry = (i: number) => `p${i}: {pattern: "${i}\\\\p{L}{900}"}`
    const many = `{properties: {${Array.from({ length: 30 }, (_, i) => entry(i)).join(', ')}}}`
    expect(rendered(await loadFiles({ 'workflow.yaml': referring(many) }))).toContain(
      'the patterns of the schema compile to more than 20,000 instructions',
    )
    const few = '{properties: {a: {pattern: "[a-z]{1000}"}}}'
    expect(rendered(await loadFiles({ 'workflow.yaml': referring(few) }))).toBe('ok')
  })

  it.each([
    ['{$ref: "#nowhere"}', 'the reference "#nowhere" leads nowhere'],
    ['{$ref: "#x", a: {$anchor: x}, b: {$anchor: x}}', 'the anchor "x" is there twice'],
    ['{$ref: "#/a", a: 5}', 'a schema must be an object, true or false'],
    ['{$ref: "#/a", a: {minimum: x}}', '"minimum" must be a number'],
    ['{$ref: "#/a", a: {pattern: (?=a)}}', 'the pattern "(?=a)" is not supported'],
  ])('Should be refused with its place: %s', async (input, message) => {
    expect(rendered(await loadFiles({ 'workflow.yaml': referring(input) }))).toContain(
      `workflow.yaml:3:10: error: no valid JSON Schema: ${message}`,
    )
  })
})

describe('a workflow source', () => {
  const sourced = (source: string): Record<string, string> => ({
    'compozy.yaml': `name: shop\nworkflows:\n  - source: ${JSON.stringify(source)}\n`,
    'workflow.yaml': 'id: main\ntasks:\n  - {id: a, type: aggregate, outputs: 1}\n',
  })

  it.each([
    ['/etc/shadow', '"/etc/shadow" is an absolute path'],
    ['/**/*.yaml', '"/**/*.yaml" is an absolute path'],
    ['../../etc/hostname', 'leads out of the project'],
    ['../**/*.yaml', 'leads out of the project'],
    ['sub/../../*.yaml', 'leads out of the project'],
    [`${'{a,b}'.repeat(60)}.yaml`, 'a source of 305 characters'],
  ])('Should be refused where it leads out, or costs too much: %s', async (source, expected) => {
    const text = rendered(await loadFiles(sourced(source)))
    expect(text).toContain(`compozy.yaml:3:13: error: `)
    expect(text).toContain(expected)
    expect(text).toMatch(/1 error in 1 file$/)
  })

  it.each(['./workflow.yaml', '*.yaml', './{a,workflow}.yaml'])(
    'Should be read inside the project: %s',
    async (source) => {
      expect(rendered(await loadFiles(sourced(source)))).toBe('ok')
    },
  )

  it('Should be refused where a link leads out, and read where it leads back in', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'compozy-links-'))
    try {
      const project = join(dir, 'project')
      await mkdir(project)
      const workflow = (id: string) =>
        `id: ${id}\ntasks:\n  - {id: a, type: aggregate, outputs: 1}\n`
      await writeFile(join(dir, 'secret.yaml'), workflow('secret'))
      await writeFile(join(project, 'real.yaml'), workflow('real'))
      await writeFile(
        join(project, 'compozy.yaml'),
        'name: p\nworkflows: [{source: ./link.yaml}]\n',
      )
      const link = join(project, 'link.yaml')
      await symlink(join(dir, 'secret.yaml'), link)
      expect(rendered(await loadProject(project, { env: {} }))).toContain(
        'link.yaml links to a file outside the project',
      )
      await rm(link)
      await symlink(join(project, 'real.yaml'), link)
      expect(rendered(await loadProject(project, { env: {} }))).toBe('ok')
    } finally {
      await rm(dir, { recursive: true })
    }
  })
})

describe('a file of a project that is no regular file', () => {
  const workflow = 'id: real\ntasks:\n  - {id: a, type: aggregate, outputs: 1}\n'

  /** Loads a project whose folder `make` has put something into. */
  async function loadWith(source: string, make: (dir: string) => Promise<unknown>) {
    const dir = await mkdtemp(join(tmpdir(), 'compozy-special-'))
    try {
      await writeFile(join(dir, 'real.yaml'), workflow)
      await writeFile(
        join(dir, 'compozy.yaml'),
        `name: p\nworkflows: [{source: ${JSON.stringify(source)}}]\n`,
      )
      const undo = await make(dir)
      const text = rendered(await loadProject(dir, { env: {} }))
      if (undo instanceof Server) undo.close()
      return text
    } finally {
      await rm(dir, { recursive: true })
    }
  }
  const makePipe = (file: string) => async (dir: string) =>
    void execFileSync('mkfifo', [join(dir, file)])
  const listenAt = async (dir: string) => {
    const server = createServer().listen(join(dir, 'x.yaml'))
    await once(server, 'listening')
    return server
  }

  it.each([
    ['a pipe', makePipe('x.yaml'), 'it is a pipe'],
    ['a socket', listenAt, 'it is a socket'],
    ['a folder', (dir: string) => mkdir(join(dir, 'x.yaml')), 'it is a folder'],
    [
      'a link to itself',
      (dir: string) => symlink('x.yaml', join(dir, 'x.yaml')),
      'it is a link that leads back to itself',
    ],
    [
      'a link to nothing',
      (dir: string) => symlink('none.yaml', join(dir, 'x.yaml')),
      'it is a link to a file that does not exist',
    ],
  ])('Should be named, by a pattern and by its name: %s', async (_, make, why) => {
    expect(await loadWith('./*.yaml', make)).toContain(
      `x.yaml:1:1: error: the file can't be read: ${why}`,
    )
    expect(await loadWith('./x.yaml', make)).toContain(
      `compozy.yaml:2:22: error: the file ./x.yaml can't be read: ${why}`,
    )
  })

  it('Should be read through a link to a workflow of the project', async () => {
    const make = async (dir: string) => {
      await mkdir(join(dir, 'linked'))
      await symlink('../real.yaml', join(dir, 'linked', 'x.yaml'))
    }
    expect(await loadWith('./linked/*.yaml', make)).toBe('ok')
  })

  it.each(['order (v2).yaml', '[real].yaml', 'a{b,c}.yaml', '!first.yaml'])(
    'Should be read by its name, whatever a pattern would make of it: %s',
    async (name) => {
      const make = async (dir: string) => {
        await writeFile(join(dir, name), workflow)
        await writeFile(join(dir, 'r.yaml'), 'id: [another')
      }
      expect(await loadWith(`./${name}`, make)).toBe('ok')
      expect(await loadWith(`./no ${name}`, make)).toMatch(/no file matches|does not exist/)
    },
  )

  it('Should not take other folders for workflows', async () => {
    const make = (dir: string) => mkdir(join(dir, 'assets'))
    expect(await loadWith('./{*.yaml,assets}', make)).toBe('ok')
  })

  it('Should be named where .env is one, and where .env is not UTF-8', async () => {
    expect(await loadWith('./real.yaml', makePipe('.env'))).toContain(
      '.env:1:1: warning: .env is not read: it is a pipe',
    )
    const broken = Buffer.from('KEY=hunter2\xff', 'latin1')
    const text = await loadWith('./real.yaml', (dir) => writeFile(join(dir, '.env'), broken))
    expect(text).toContain('.env:1:1: error: .env is not valid UTF-8')
    expect(text).not.toContain('hunter2')
  })

  it('Should name the place of a line of .env that is not read exactly', async () => {
    const bad = 'GOOD=1\n\nKEY="{\\"a\\": \\"hunter2\\"}"\n'
    const text = await loadWith('./real.yaml', (dir) => writeFile(join(dir, '.env'), bad))
    expect(text).toContain('.env:3:9: error: text after the closing "')
    expect(text).not.toContain('hunter2')
    const good = 'GOOD=1\n\nKEY=\'{"a": "hunter2"}\'\n'
    expect(await loadWith('./real.yaml', (dir) => writeFile(join(dir, '.env'), good))).toBe('ok')
  })

  it('Should be named where compozy.yaml is one', async () => {
    const text = await loadWith('./real.yaml', async (dir) => {
      await rm(join(dir, 'compozy.yaml'))
      await makePipe('compozy.yaml')(dir)
    })
    expect(text).toContain("compozy.yaml:1:1: error: the file can't be read: it is a pipe")
  })
})

describe('values of the environment in diagnostics', () => {
  const values = {
    SHORT: 'q7',
    PLAIN: 'hunter2-hunter2-hunter2-hunter2-hunter2-hunter2',
    LINES: 'first-line-of-key\nsecond-line-of-key',
    ENCODED: 'p@ss/w\u00f6rd+=%41',
    KEY: 'name',
  }
  const templates = [
    '{{ int .env.NAME }}',
    '{{ fail .env.NAME }}',
    '{{ fail (b64enc .env.NAME) }}',
    '{{ fail (urlEncode .env.NAME) }}',
    '{{ fail (upper .env.NAME) }}',
    '{{ fail (trunc 5 (reverse (split "" .env.NAME) | join "")) }}',
    '{{ fromJson .env.NAME }}',
    '{{ date .env.NAME .env.NAME }}',
    '{{ index (dict "a" 1) .env.NAME }}',
    '{{ if lt (len .env.NAME) 1000 }}{{ fail "" }}{{ end }}',
    '{{ add 1 .env.NAME }}',
  ]
  const traces = (value: string) =>
    [
      value,
      ...value.split('\n'),
      Buffer.from(value).toString('base64'),
      encodeURIComponent(value),
      value.toUpperCase(),
      value.slice(0, 12),
      Array.from(value).toReversed().join('').slice(0, 5),
    ].filter((trace) => trace.length > 1 && trace !== 'name')

  it.each(Object.entries(values))('Should not be shown, in no form: %s', async (name, value) => {
    for (const template of templates) {
      const text = template.replaceAll('NAME', name)

      const files = {
        'compozy.yaml': `name: p\nworkflows: [{source: ./workflow.yaml}]\nenv: {A: ${JSON.stringify(text)}}\n`,
        'workflow.yaml': 'id: main\ntasks:\n  - {id: a, type: aggregate, outputs: 1}\n',
      }
      const shown = rendered(await loadFiles(files, { [name]: value }))
      if (shown === 'ok') continue
      expect(shown).toContain('compozy.yaml:3:')
      for (const trace of traces(value)) expect(shown).not.toContain(trace)
    }
  })

  it('Should be named by their variables', async () => {
    const files = {
      'compozy.yaml': `name: p\nworkflows: [{source: ./workflow.yaml}]\nenv: {A: '{{ int .env.PLAIN }}'}\n`,
      'workflow.yaml': 'id: main\ntasks:\n  - {id: a, type: aggregate, outputs: 1}\n',
    }
    expect(rendered(await loadFiles(files, values))).toContain('"(value of PLAIN)"')
  })
})

describe('a workflow of many errors', () => {
  it('Should list the first hundred', async () => {
    const tasks = lines(300, (i) => `  - {id: t${i}, type: pause, duration: soon}`)
    const loaded = await loadFiles({ 'workflow.yaml': `id: main\ntasks:\n${tasks}\n` })
    const all = 'diagnostics' in loaded ? loaded.diagnostics : []
    const found = all.filter(({ severity }) => severity === 'error')
    expect(found).toHaveLength(101)
    expect(found.at(-1)!.message).toBe('more than 100 errors in this file; the rest is not listed')
  })

  it('Should not be accepted for its warnings', async () => {
    const tasks = lines(300, (i) => `  - {id: t${i}, type: aggregate, outputs: 1}`)
    const broken = `id: main\ntasks:\n${tasks}\noutputs: '{{ .nope }}'\n`
    const loaded = await loadFiles({ 'workflow.yaml': broken })
    expect(rendered(loaded)).toContain('error: unknown name "nope"')
  })
})
