import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { defined } from '../../engine/core/defined.ts'
import { publishAddress } from '../dev/running-dev.ts'
import { serveAnswers, type ServerReply } from '../testing/api-server.ts'
import { eventsOf, run } from '../testing/run.ts'

function temporary(): string {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-cli-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  return dir
}

describe('compozy init', () => {
  it('Should make a project that loads without a word', async () => {
    const cwd = temporary()
    const made = await run(['init', 'my shop'], { cwd })
    expect(made).toMatchObject({ code: 0, stderr: '' })
    const dir = join(cwd, 'my shop')
    expect(made.stdout).toBe(
      `my shop is in ${dir}\n\nTry:\n\n  cd '${dir}'\n  compozy run hello --input '{"name":"Ada"}'\n  compozy dev\n`,
    )
    expect(await run(['validate', '--cwd', 'my shop'], { cwd })).toEqual({
      code: 0,
      stdout: 'my shop: 1 workflow (hello), 1 tool; all good\n',
      stderr: '',
    })
  })

  it.each([
    [
      'asked',
      [],
      async (question: string) => (question.includes('(here)') ? 'Asked' : ''),
      'Asked',
    ],
    ['asked, and answered with nothing', [], async () => '', 'here'],
    ['told', ['--name', 'Told'], async () => 'Asked', 'Told'],
    ['alone', [], undefined, 'here'],
  ])('Should name it as it is %s', async (_, flags, ask, name) => {
    const cwd = join(temporary(), 'here')
    mkdirSync(cwd)
    const { code, stdout } = await run(['init', '--json', ...flags], { cwd })
    expect([code, eventsOf(stdout)[0]]).toMatchObject([
      0,
      { event: 'created', name: flags[1] ?? 'here' },
    ])
    const other = join(cwd, 'here')
    const asked = await run(['init', 'here', ...flags], defined({ cwd, ask }))
    expect(asked.stdout).toContain(`${name} is in ${other}\n`)
    expect(existsSync(join(other, 'compozy.yaml'))).toBe(true)
  })

  it('Should name commands that work: by npx where npx started it, without cd in the folder itself', async () => {
    const cwd = temporary()
    const { stdout } = await run(['init'], { cwd, env: { npm_command: 'exec' } })
    expect(stdout).toContain(`Try:\n\n  npx compozy run hello --input '{"name":"Ada"}'\n`)
    expect(stdout).not.toContain('cd ')
  })

  it('Should name commands that work in a checkout, where npm run started it', async () => {
    const cwd = temporary()
    const env = { npm_command: 'run-script', npm_lifecycle_event: 'compozy' }
    const { stdout } = await run(['init', 'new one'], { cwd, env })
    expect(stdout).toContain(
      `Try:\n\n  npm run compozy -- run hello --cwd '${join(cwd, 'new one')}' --input '{"name":"Ada"}'\n`,
    )
    expect(stdout).not.toContain('  cd ')
  })

  it('Should refuse a non-empty folder and leave it unchanged', async () => {
    const cwd = temporary()
    writeFileSync(join(cwd, 'thesis.md'), 'mine')
    const refused = await run(['init'], { cwd })
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is not empty (thesis.md)'),
    })
    expect(readdirSync(cwd)).toEqual(['thesis.md'])
  })

  it('Should take the folder in which npm installed Compozy, and change no file of it', async () => {
    const cwd = temporary()
    mkdirSync(join(cwd, 'node_modules'))
    writeFileSync(join(cwd, 'package.json'), '{}')
    writeFileSync(join(cwd, '.gitignore'), 'secret\n')
    const { code, stdout } = await run(['init', '--json'], { cwd })
    expect(code).toBe(0)
    expect(eventsOf(stdout)[0]!['files']).not.toContain('.gitignore')
    expect(readFileSync(join(cwd, 'package.json'), 'utf8')).toBe('{}')
    expect(readFileSync(join(cwd, '.gitignore'), 'utf8')).toBe('secret\n')
  })

  it('Should take a folder with hidden files alone, and refuse a name that compozy.yaml would refuse', async () => {
    const cwd = temporary()
    mkdirSync(join(cwd, '.git'))
    const refused = await run(['init', '--name', '!'], { cwd })
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the name "!" is invalid'),
    })
    expect((await run(['init'], { cwd })).code).toBe(0)
  })

  it('Should say so where there is a file in the place of the folder', async () => {
    const cwd = temporary()
    writeFileSync(join(cwd, 'file'), '')
    expect(await run(['init', 'file'], { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('ENOTDIR'),
    })
  })
})

describe('compozy schema', () => {
  it.each([
    [[], 'Compozy workflow'],
    [['workflow'], 'Compozy workflow'],
    [['project'], 'Compozy project'],
  ])('Should print the schema for %j', async (words, title) => {
    const { code, stdout } = await run(['schema', ...words])
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { title }])
    const json = await run(['schema', ...words, '--json'])
    expect(eventsOf(json.stdout)).toMatchObject([{ event: 'schema', schema: { title } }])
  })

  it('Should suggest the nearest name for an unknown schema', async () => {
    expect(await run(['schema', 'projekt'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did you mean "project"?'),
    })
  })
})

describe('compozy workflows', () => {
  it('Should list what there is, and what starts it', async () => {
    const { code, stdout } = await run(['workflows', 'list', '--cwd', 'test/contract/project'])
    expect(code).toBe(0)
    expect(
      stdout
        .split('\n')
        .slice(0, 5)
        .map((line) => line.split(/ {2,}/)),
    ).toMatchObject([
      ['WORKFLOW', 'VERSION', 'STARTS BY', 'DESCRIPTION'],
      ['courier', '-', 'api, event parcel.sent'],
      ['invoice', '-', 'api, event parcel.sent'],
      ['nightly', '-', expect.stringMatching(/^api, .* \S+$/)],
      ['parcel', '2.0.0', 'api', 'Waits for its delivery, then ends as the signal says'],
    ])
    const json = await run(['workflows', '--json', '--cwd', 'test/contract/project'])
    expect(eventsOf(json.stdout).map(({ id }) => id)).toEqual([
      'courier',
      'invoice',
      'nightly',
      'parcel',
    ])
  })

  it.each([
    [['workflows', 'delete'], 'workflows has no action "delete"'],
    [['workflows', '--cwd', 'docs'], 'there is no compozy.yaml here'],
  ])('Should refuse %j', async (argv, message) => {
    expect(await run(argv)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
  })
})

const nightly = {
  workflow_id: 'nightly',
  cron: '30 3 * * *',
  timezone: 'UTC',
  enabled: true,
  next_run_at: '2026-01-02T03:30:00.000Z',
  last_run_at: null,
}

/** A server that has one schedule, and what it was asked. */
async function scheduleServer(
  answer: (request: string) => ServerReply | undefined = () => undefined,
) {
  const asked: string[] = []
  const url = await serveAnswers(({ method, url: path }, body) => {
    const request = `${method} ${path} ${body}`.trim()
    asked.push(request)
    const enabled = !body.includes('false')
    const whole = path?.includes('?')
      ? { items: [nightly], next_cursor: null }
      : { ...nightly, enabled }
    return answer(request) ?? { status: 200, body: whole }
  })
  return { asked, call: (...words: string[]) => run(['schedules', ...words, '--server', url]) }
}

describe('compozy schedules', () => {
  it('Should list them, all pages', async () => {
    const { call, asked } = await scheduleServer((request) =>
      request.includes('cursor')
        ? undefined
        : {
            status: 200,
            body: {
              items: [{ ...nightly, enabled: false, next_run_at: null }],
              next_cursor: 'a b',
            },
          },
    )
    const { code, stdout } = await call('list')
    expect([code, asked[1]]).toEqual([0, 'GET /api/v0/schedules?limit=200&cursor=a%20b'])
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/ {2,}/)),
    ).toEqual([
      ['WORKFLOW', 'CRON', 'TIMEZONE', 'STATE', 'NEXT RUN', 'LAST RUN'],
      ['nightly', '30 3 * * *', 'UTC', 'paused', '-', '-'],
      ['nightly', '30 3 * * *', 'UTC', 'on', '2026-01-02T03:30:00.000Z', '-'],
    ])
  })

  it.each([
    [
      'pause',
      'PATCH /api/v0/schedules/nightly {"enabled":false}',
      { event: 'schedule', enabled: false },
    ],
    [
      'resume',
      'PATCH /api/v0/schedules/nightly {"enabled":true}',
      { event: 'schedule', enabled: true },
    ],
    ['show', 'GET /api/v0/schedules/nightly', { event: 'schedule', workflow_id: 'nightly' }],
    [
      'unpause',
      'PATCH /api/v0/schedules/nightly {"enabled":true}',
      { event: 'schedule', enabled: true },
    ],
    [
      'trigger',
      'POST /api/v0/schedules/nightly/trigger',
      { event: 'triggered', workflow_id: 'nightly' },
    ],
  ])('Should %s one', async (action, request, event) => {
    const { call, asked } = await scheduleServer()
    const { code, stdout } = await call(action, 'nightly', '--json')
    expect([code, asked, eventsOf(stdout)]).toMatchObject([0, [request], [event]])
  })

  it('Should print the run that a trigger started, and say so when there is none yet', async () => {
    const answer = (exec_id: string | null) => () => ({
      status: 202,
      body: { workflow_id: 'nightly', exec_id },
    })
    const started = await scheduleServer(answer('nightly-1'))
    expect(await started.call('trigger', 'nightly')).toEqual({
      code: 0,
      stdout: 'nightly-1\n',
      stderr: '',
    })
    const waiting = await scheduleServer(answer(null))
    expect(await waiting.call('trigger', 'nightly')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'triggered; Temporal has not started the run of nightly yet\n',
    })
  })

  it('Should say that there are none', async () => {
    const { call } = await scheduleServer(() => ({
      status: 200,
      body: { items: [], next_cursor: null },
    }))
    expect(await call()).toEqual({ code: 0, stdout: 'no schedules\n', stderr: '' })
  })

  it('Should pass on what the server refuses', async () => {
    const problem = {
      status: 404,
      code: 'not_found',
      detail: 'no workflow "nightli" with a schedule',
    }
    const { call } = await scheduleServer(() => ({ status: 404, body: problem }))
    expect(await call('pause', 'nightli')).toMatchObject({
      code: 1,
      stderr: `error: ${problem.detail}\n`,
    })
  })

  it.each([
    [['paus', 'nightly'], 'did you mean "pause"?'],
    [['pause'], 'the workflow is missing; use: compozy schedules pause WORKFLOW'],
    [['list', 'nightly'], 'takes no workflow'],
  ])('Should refuse %j without asking anybody', async (words, message) => {
    const { call, asked } = await scheduleServer()
    expect(await call(...words)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(message),
    })
    expect(asked).toEqual([])
  })
})

describe('compozy events', () => {
  const runs = [{ workflow_id: 'courier', exec_id: 'courier-1' }]
  async function eventServer(status = 202, body: unknown = { executions: runs }) {
    const asked: string[] = []
    const url = await serveAnswers(({ method, url: path, headers }, text) => {
      asked.push(`${method} ${path} ${text} ${String(headers['idempotency-key'])}`)
      return { status, body }
    })
    return { asked, call: (...words: string[]) => run(['events', ...words, '--server', url]) }
  }

  it('Should publish an event and print the runs that it started', async () => {
    const { asked, call } = await eventServer()
    const { code, stdout } = await call('publish', 'parcel.sent', '--input', '{"to":1}')
    expect([code, stdout]).toEqual([0, 'EXEC_ID    WORKFLOW\ncourier-1  courier\n'])
    expect(asked).toEqual([
      'POST /api/v0/events {"name":"parcel.sent","payload":{"to":1}} undefined',
    ])
    const again = await call('publish', 'parcel.sent', '--key', 'k1', '--json')
    expect(eventsOf(again.stdout)).toEqual([{ event: 'started', ...runs[0] }])
    expect(asked[1]).toBe('POST /api/v0/events {"name":"parcel.sent","payload":{}} k1')
  })

  it('Should pass on that nobody listens', async () => {
    const detail = 'no workflow listens to "x"'
    const { call } = await eventServer(404, { code: 'not_found', detail })
    expect(await call('publish', 'x')).toEqual({
      code: 1,
      stdout: '',
      stderr: `error: ${detail}\n`,
    })
  })

  it.each([
    [['publish'], 'the event is missing; use: compozy events publish NAME'],
    [['send', 'x'], 'events needs publish'],
    [[], 'events needs publish'],
    [['publish', 'x', '--input', '{'], '--input is not JSON'],
  ])('Should refuse %j without asking anybody', async (words, message) => {
    const { asked, call } = await eventServer()
    const { code, stderr } = await call(...words)
    expect([code, stderr, asked]).toEqual([2, expect.stringContaining(message), []])
  })
})

describe('the engine that a command talks to', () => {
  const list = { status: 200, body: { items: [], next_cursor: null } }
  const serve = () => serveAnswers(() => list)

  function projectWithDev(api: string): string {
    const dir = temporary()
    mkdirSync(join(dir, '.compozy'))
    publishAddress(dir, api)
    return dir
  }

  it('Should be --server, else COMPOZY_SERVER, else the running dev of the folder', async () => {
    const away = 'http://127.0.0.1:1'
    const here = await serve()
    const call = (cwd: string, env: Record<string, string>, ...flags: string[]) =>
      run(['runs', 'list', ...flags], { cwd, env })
    const none = { code: 0, stdout: 'no runs\n', stderr: '' }
    const elsewhere = projectWithDev(away)
    expect(await call(elsewhere, { COMPOZY_SERVER: away }, '--server', here)).toEqual(none)
    expect(await call(elsewhere, { COMPOZY_SERVER: here })).toEqual(none)
    expect(await call(projectWithDev(here), { COMPOZY_SERVER: '' })).toEqual(none)
    expect(await call(temporary(), {}, '--cwd', projectWithDev(here))).toEqual(none)
    expect((await call(elsewhere, {})).stderr).toBe(
      `error: no engine answers at ${away}; start one with compozy dev, or name another: --server URL\n`,
    )
  })

  it.each(['here', 'ftp://x'])('Should be refused when COMPOZY_SERVER is %s', async (server) => {
    const { code, stderr } = await run(['runs'], { env: { COMPOZY_SERVER: server } })
    expect([code, stderr]).toEqual([2, expect.stringContaining(`COMPOZY_SERVER "${server}"`)])
  })

  const token = (dir: string): string => {
    writeFileSync(join(dir, 'token'), 'secret\n')
    return join(dir, 'token')
  }

  it('Should get the token of --token-file, else of COMPOZY_TOKEN_FILE', async () => {
    const sent: unknown[] = []
    const url = await serveAnswers(({ headers }) => {
      sent.push(headers.authorization)
      return list
    })
    const file = token(temporary())
    await run(['runs', '--server', url, '--token-file', file], {
      env: { COMPOZY_TOKEN_FILE: 'no' },
    })
    await run(['runs', '--server', url], { env: { COMPOZY_TOKEN_FILE: file } })
    await run(['runs', '--server', url], { env: { COMPOZY_TOKEN_FILE: '' } })
    expect(sent).toEqual(['Bearer secret', 'Bearer secret', undefined])
    const missing = await run(['runs', '--server', url], { env: { COMPOZY_TOKEN_FILE: 'none' } })
    expect(missing).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('COMPOZY_TOKEN_FILE none: the file cannot be read'),
    })
  })

  it('Should name --token-file and the variable when a token is missing, refused or too weak', async () => {
    const advice = 'name a file with one: --token-file FILE, or COMPOZY_TOKEN_FILE'
    const refuse = (status: number, code: string, detail: string) =>
      serveAnswers(() => ({ status, body: { code, detail } }))
    const url = await refuse(401, 'unauthorized', 'the API token is missing or wrong')
    const flags = ['--token-file', token(temporary())]
    expect(await run(['runs', '--server', url])).toEqual({
      code: 1,
      stdout: '',
      stderr: `error: ${url} needs an API token; ${advice}\n`,
    })
    expect((await run(['runs', '--server', url, ...flags])).stderr).toBe(
      `error: ${url} refuses the API token; ${advice}\n`,
    )
    const weak = 'the token "a" has the scope read; this needs run'
    const other = await refuse(403, 'forbidden', weak)
    const words = ['events', 'publish', 'x', '--server', other]
    expect((await run([...words, ...flags])).stderr).toBe(`error: ${weak}; ${advice}\n`)
    // Without a token, 403 is about something else, such as the Host header.
    expect((await run(words)).stderr).toBe(`error: ${weak}\n`)
  })
})
