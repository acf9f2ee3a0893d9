import { describe, expect, it } from 'vitest'
import { serveAnswers } from '../testing/api-server.ts'
import { eventsOf, run } from '../testing/run.ts'
import { skipPauses } from '../testing/skip-pauses.ts'

const failed = {
  exec_id: 'order-1',
  status: 'failed',
  started_at: '2026-01-01T00:00:00.000Z',
  closed_at: '2026-01-01T00:00:10.000Z',
  rerun_of: null,
  child_of: null,
  error: { type: 'ToolError:Declined', message: 'no funds', task: 'charge' },
}
const charge = {
  id: 'charge',
  status: 'failed',
  visit: 1,
  started_at: '2026-01-01T00:00:05.000Z',
  ended_at: '2026-01-01T00:00:10.000Z',
  attempt_count: 3,
  error: failed.error,
}

const warning = 'no task of this run waits for the signal "aprove"; did you mean "approve"?'

async function serveRuns() {
  const asked: string[] = []
  const url = await serveAnswers(({ method, url: path = '' }, body) => {
    asked.push(`${method} ${path} ${body}`.trim())
    if (path.includes('/tasks')) return { status: 200, body: { items: [charge] } }
    if (path.endsWith('/signals/aprove'))
      return { status: 202, body: { exec_id: 'order-1', warning } }
    if (method === 'POST') return { status: 202, body: { exec_id: 'order-1~2' } }
    return { status: 200, body: path.includes('?') ? { items: [failed] } : failed }
  })
  const call = (...words: string[]) => run(['runs', ...words], { env: { COMPOZY_SERVER: url } })
  return { asked, call }
}

describe('compozy runs', () => {
  it('Should list runs with their errors, by filter', async () => {
    const { asked, call } = await serveRuns()
    const { code, stdout } = await call('list', '--status', 'failed', '--workflow', 'order')
    expect([code, asked]).toEqual([
      0,
      ['GET /api/v0/executions/workflows?workflow_id=order&status=failed&limit=20'],
    ])
    expect(stdout).toContain('order-1  failed  2026-01-01T00:00:00.000Z  10s   charge: no funds')
  })

  it('Should say why a run timed out, and nothing of one that was terminated', async () => {
    const items = [
      { ...failed, status: 'timed_out', error: null },
      { ...failed, exec_id: 'order-2', status: 'terminated', error: null },
    ]
    const url = await serveAnswers(() => ({ status: 200, body: { items } }))
    const { stdout } = await run(['runs', 'list', '--server', url])
    expect(stdout).toMatch(/order-1 .* took longer than its config\.timeout\n/)
    expect(stdout).toMatch(/order-2 .* 10s\n/)
  })

  it('Should draw the tasks of a run as a timeline', async () => {
    const { call } = await serveRuns()
    const { stdout } = await call('show', 'order-1')
    expect(stdout).toContain(
      '  charge  failed  |            ████████████|  5s  3 attempts  ToolError:Declined: no funds',
    )
  })

  it('Should draw the failed children of a large container first, and count the others', async () => {
    const child = (n: number) => ({
      ...charge,
      id: `ship/one-${n}`,
      status: 'completed',
      error: null,
    })
    const late = { ...charge, id: 'ship/one-1777' }
    const show = async (next_cursor: string | null) => {
      const counts = { completed: next_cursor === null ? 2 : 1_999, failed: 1 }
      const ship = { ...charge, id: 'ship', status: 'completed', error: null, counts }
      const url = await serveAnswers(({ url: path = '' }) => {
        if (!path.includes('/tasks')) return { status: 200, body: failed }
        const { searchParams } = new URL(path, 'http://x')
        const first = Array.from({ length: next_cursor === null ? 2 : 199 }, (_, n) => child(n))
        const pages = new Map([
          [null, next_cursor === null ? [ship, ...first, late] : [ship, ...first]],
          ['failed', [late]],
        ])
        return {
          status: 200,
          body: { items: pages.get(searchParams.get('status')) ?? [], next_cursor },
        }
      })
      const { stdout } = await run(['runs', 'show', 'order-1', '--server', url])
      return stdout.split('\n')
    }
    const many = (await show('200')).slice(3)
    expect(many[0]).toMatch(/^ {2}ship .* 1999 completed, 1 failed$/)
    expect(many[1]).toMatch(/^ {4}one-1777 .* failed .* ToolError:Declined: no funds$/)
    expect(many[2]).toMatch(/^ {4}one-0 .* completed/)
    const few = (await show(null)).slice(3)
    expect(few.join('\n')).not.toContain('2 completed')
    expect(few.slice(0, 4).map((line) => line.trim().split(' ')[0])).toEqual([
      'ship',
      'one-0',
      'one-1',
      'one-1777',
    ])
  })

  it('Should draw the tasks that a repetition took over, with a mark and without a bar', async () => {
    const times = { started_at: '2025-12-31T00:00:00.000Z', ended_at: '2025-12-31T00:00:02.000Z' }
    const kept = { type: 'basic', status: 'completed', attempts: 1, carried: true, ...times }
    const inner = { 'one-0': kept, 'one-1': { ...kept, carried: undefined } }
    const ship = { type: 'parallel', status: 'failed', attempts: 1, tasks: inner }
    const repetition = { ...failed, rerun_of: 'order-0', tasks: { price: kept, ship } }
    const url = await serveAnswers(({ url: path = '' }) => {
      const items = [{ ...charge, id: 'ship' }, { ...charge, id: 'ship/one-1' }, charge]
      return { status: 200, body: path.includes('/tasks') ? { items } : repetition }
    })
    const { stdout } = await run(['runs', 'show', 'order-1', '--server', url])
    const rows = stdout.split('\n').filter((line) => line.includes('|'))
    expect(rows.map((row) => row.trim().split(' ')[0])).toEqual([
      'price',
      'ship',
      'one-1',
      'one-0',
      'charge',
    ])
    expect(rows[0]).toMatch(/price +completed +\| +\| +2s +carried over$/)
    expect(rows[3]).toMatch(/one-0 +completed +\| +\| +2s +carried over$/)
    expect(rows.filter((row) => row.includes('carried over'))).toHaveLength(2)
  })

  it('Should repeat a run from its failed task', async () => {
    const { asked, call } = await serveRuns()
    expect(await call('rerun', 'order-1', '--from-failed')).toMatchObject({
      code: 0,
      stdout: 'order-1~2\n',
    })
    expect(asked).toEqual([
      'POST /api/v0/executions/workflows/order-1/rerun {"from":"failed_task","definition":"current"}',
    ])
  })

  it('Should repeat the runs of a filter, first as a dry run', async () => {
    const asked: string[] = []
    const item = { exec_id: 'order-1', error: failed.error, rerun: null, problem: null }
    const url = await serveAnswers((_, body) => {
      asked.push(body)
      const { dry_run } = JSON.parse(body) as { dry_run: boolean }
      const rest = dry_run
        ? [item]
        : [
            { ...item, rerun: 'order-1~2' },
            {
              ...item,
              exec_id: 'order-3',
              problem: { code: 'conflict', detail: 'task "a" is gone' },
            },
          ]
      return { status: 200, body: { dry_run, items: rest, more: false } }
    })
    const rerun = (...flags: string[]) =>
      run(['runs', 'rerun', '--status', 'failed,timed_out', '--error', 'no funds', ...flags], {
        env: { COMPOZY_SERVER: url },
      })
    expect(await rerun('--dry-run')).toEqual({
      code: 0,
      stdout: 'EXEC_ID  ERROR\norder-1  ToolError:Declined: no funds\n',
      stderr: '1 run would be repeated; without --dry-run they are\n',
    })
    expect(await rerun('--from-failed')).toEqual({
      code: 1,
      stdout:
        'EXEC_ID  REPEATED BY  PROBLEM\norder-1  order-1~2\norder-3  -            task "a" is gone\n',
      stderr: '1 of 2 could not be repeated\n',
    })
    const filter = { status: ['failed', 'timed_out'], error_text: 'no funds' }
    const rest = { definition: 'current', limit: 100 }
    expect(asked.map((text) => JSON.parse(text) as unknown)).toEqual([
      { filter, from: 'start', dry_run: true, ...rest },
      { filter, from: 'failed_task', dry_run: false, ...rest },
    ])
  })

  it.each([
    [{ items: [], already_repeated: 0 }, 'no runs match\n', ''],
    [
      { items: [], already_repeated: 2 },
      'no runs are left to repeat\n',
      '2 left out: a repetition of them is open or has completed\n',
    ],
    // An older server.
    [{ items: [] }, 'no runs match\n', ''],
    [{ items: [], more: true }, 'no runs match\n', 'further runs match; repeat the command\n'],
    [
      { items: [], more: true, dry_run: true },
      'no runs match\n',
      'further runs match; --limit raises the number, up to 1000\n',
    ],
  ])(
    'Should say which runs were left out, and how to go on: %j',
    async (answer, stdout, stderr) => {
      const body = { dry_run: false, more: false, ...answer }
      const url = await serveAnswers(() => ({ status: 200, body }))
      const flags = body.dry_run ? ['--dry-run'] : []
      expect(await run(['runs', 'rerun', '--status', 'failed', '--server', url, ...flags])).toEqual(
        { code: 0, stdout, stderr },
      )
    },
  )

  it('Should show all runs that failed with --dry-run alone', async () => {
    const asked: string[] = []
    const item = { exec_id: 'order-1', error: failed.error, rerun: null, problem: null }
    const url = await serveAnswers((_, body) => {
      asked.push(body)
      return { status: 200, body: { dry_run: true, items: [item], more: false } }
    })
    expect(await run(['runs', 'rerun', '--dry-run', '--server', url])).toEqual({
      code: 0,
      stdout: 'EXEC_ID  ERROR\norder-1  ToolError:Declined: no funds\n',
      stderr: '1 run would be repeated; with --status failed instead of --dry-run they are\n',
    })
    expect(asked.map((text) => JSON.parse(text) as unknown)).toEqual([
      { filter: {}, from: 'start', definition: 'current', dry_run: true, limit: 100 },
    ])
  })

  it('Should show the causes of a failure, and the errors of attempts that were tried again', async () => {
    const error = { ...failed.error, cause: { message: 'the bank is closed' } }
    const busy = { type: 'ToolError:Error', message: 'busy' }
    const task = {
      ...charge,
      status: 'completed',
      error: null,
      attempt_count: 2,
      attempts: [
        { attempt: 1, error: busy },
        { attempt: 2, error: null },
      ],
    }
    const url = await serveAnswers(({ url: path = '' }) => ({
      status: 200,
      body: path.includes('/tasks') ? { items: [task] } : { ...failed, error },
    }))
    const { stdout } = await run(['runs', 'show', 'order-1', '--server', url])
    expect(stdout).toContain('ToolError:Declined: no funds\n  because: the bank is closed\n')
    expect(stdout).toContain('\n  charge attempt 1: ToolError:Error: busy\n')
    expect(stdout).not.toContain('attempt 2:')
  })

  it.each([
    [21, '  … 1 more attempt\n'],
    [25, '  … 5 more attempts\n'],
  ])(
    'Should list the first 20 of %d failed attempts, each with its causes',
    async (count, rest) => {
      const error = { type: 'ToolError:Error', message: 'busy', cause: { message: 'no room' } }
      const attempts = Array.from({ length: count }, (_, i) => ({ attempt: i + 1, error }))
      const task = { ...charge, attempt_count: count, attempts }
      const url = await serveAnswers(({ url: path = '' }) => ({
        status: 200,
        body: path.includes('/tasks') ? { items: [task] } : failed,
      }))
      const { stdout } = await run(['runs', 'show', 'order-1', '--server', url])
      const last = '  charge attempt 20: ToolError:Error: busy\n    because: no room\n'
      expect(stdout).toContain(`${last}${rest}`)
    },
  )

  it.each([
    ['running', null, 'running', 'running'],
    ['terminated', '2026-01-01T00:00:09.000Z', 'canceled', 'unfinished'],
    ['timed_out', '2026-01-01T00:00:09.000Z', 'canceled', 'unfinished'],
    ['canceled', '2026-01-01T00:00:09.000Z', 'canceled', 'canceled'],
  ])('Should show the last task of a run that is %s', async (status, closed_at, own, shown) => {
    const task = { ...charge, status: own, ended_at: closed_at, error: null }
    const url = await serveAnswers(({ url: path = '' }) => ({
      status: 200,
      body: path.includes('/tasks') ? { items: [task] } : { ...failed, status, closed_at },
    }))
    const { stdout } = await run(['runs', 'show', 'order-1', '--server', url])
    expect(stdout).toMatch(new RegExp(`\\n  charge +${shown} `))
  })

  it('Should say which runs repeat a run, and which run it repeats', async () => {
    const show = async (more: object) => {
      const url = await serveAnswers(({ url: path = '' }) => ({
        status: 200,
        body: path.includes('/tasks') ? { items: [] } : { ...failed, ...more },
      }))
      return (await run(['runs', 'show', 'order-1', '--server', url])).stdout
    }
    expect(await show({ reruns: ['order-1~3', 'order-1~2'] })).toContain(
      '\nrepeated by order-1~3, order-1~2\n',
    )
    expect(await show({ rerun_of: 'order-0' })).toContain('\nrepeats order-0\n')
    expect(await show({ reruns: [] })).not.toContain('repeat')
  })

  it('Should say which run started a child, and nothing for a run of its own', async () => {
    const show = async (more: object) => {
      const url = await serveAnswers(({ url: path = '' }) => ({
        status: 200,
        body: path.includes('/tasks') ? { items: [] } : { ...failed, ...more },
      }))
      return (await run(['runs', 'show', 'order-1', '--server', url])).stdout
    }
    expect(await show({ child_of: 'gift-1' })).toContain('\nstarted by gift-1\n')
    expect(await show({})).not.toContain('started by')
    // An older engine does not know it.
    expect(await show({ child_of: undefined })).not.toContain('started by')
  })

  it('Should warn of a signal that no task waits for', async () => {
    const { call } = await serveRuns()
    expect(await call('signal', 'order-1', 'aprove')).toMatchObject({
      code: 0,
      stdout: 'order-1\n',
      stderr: `warning: ${warning}\n`,
    })
    expect(await call('signal', 'order-1', 'approve')).toMatchObject({ code: 0, stderr: '' })
  })

  it.each([
    [['lst'], 'runs has no action "lst"; did you mean "list"?'],
    [['show'], 'the run is missing; use: compozy runs show EXEC_ID'],
    [['list', 'x'], 'runs list takes no run, but got "x"'],
    [['signal', 'x'], 'the signal is missing'],
    [['rerun'], 'the run is missing; use: compozy runs rerun EXEC_ID, or choose runs with'],
    [['rerun', '--from-failed'], 'the run is missing'],
    [['rerun', '--limit', '5'], 'the run is missing'],
    [['rerun', 'x', '--dry-run'], 'leave out the EXEC_ID'],
    [['rerun', 'x', '--workflow', 'order'], 'leave out the EXEC_ID'],
    [['rerun', 'x', '--limit', '5'], 'leave out the EXEC_ID'],
    [['rerun', '--workflow', 'order', '--input', '{}'], '--input is for one run'],
    [['terminate', 'x', '--dry-run'], '--dry-run is for runs rerun, not for runs terminate'],
    [['cancel', 'x', '--dry-run'], '--dry-run is for runs rerun, not for runs cancel'],
    [['signal', 'x', 'go', '--dry-run'], '--dry-run is for runs rerun, not for runs signal'],
    [['--dry-run'], '--dry-run is for runs rerun, not for runs list'],
    [['watch', 'x', '--follow'], '--follow is for runs logs, not for runs watch'],
    [['terminate', 'x', '--input', '{}'], 'is for runs signal, runs rerun, not for runs terminate'],
    [['show', 'x', '--task', 't'], '--task is for runs logs, not for runs show'],
    [['list', '--original'], '--original is for runs rerun, not for runs list'],
    [['rerun', '--workflow', 'order', '--limit', '1001'], 'a whole number from 1 to 1000'],
  ])('Should refuse %j', async (words, message) => {
    const { asked, call } = await serveRuns()
    const { code, stderr } = await call(...words)
    expect([code, stderr, asked]).toEqual([2, expect.stringContaining(message), []])
  })
})

describe('a run named by the beginning of its exec_id', () => {
  const missing = { status: 404, body: { code: 'not_found', detail: 'no run "order-1"' } }
  const serve = (ids: readonly string[]) =>
    serveAnswers(({ url = '' }) => {
      if (url.includes('exec_id_prefix=order-1&'))
        return { status: 200, body: { items: ids.map((exec_id) => ({ exec_id })) } }
      if (url.includes('/tasks')) return { status: 200, body: { items: [charge] } }
      if (url.endsWith('/order-1a2b'))
        return { status: 200, body: { ...failed, exec_id: 'order-1a2b' } }
      return missing
    })
  const show = async (ids: readonly string[]) =>
    run(['runs', 'show', 'order-1'], { env: { COMPOZY_SERVER: await serve(ids) } })

  it('Should be found when no other run begins so', async () => {
    const { code, stdout } = await show(['order-1a2b'])
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^order-1a2b {2}failed/)])
  })

  it('Should be refused with the candidates when several begin so', async () => {
    const { code, stderr } = await show(['order-1a2b', 'order-1c3d'])
    expect([code, stderr]).toEqual([
      2,
      'error: several runs begin with "order-1"; write more of the exec_id:\n  order-1a2b\n  order-1c3d\n',
    ])
  })

  it('Should be the run of which all the others are children or repetitions', async () => {
    const { code, stdout } = await show([
      'order-1a2b~0123456789ab',
      'order-1a2b.pay',
      'order-1a2b',
      'order-1a2b~0123456789ab.pay',
    ])
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^order-1a2b {2}failed/)])
  })

  it.each([
    ['a run of its own', ['order-1a2b', 'order-1a2b.pay', 'order-1a2b3']],
    ['no common origin', ['order-1a2b.pay', 'order-1a2b.ship']],
  ])('Should be refused when among several is %s', async (_, ids) => {
    const { code, stderr } = await show(ids)
    expect([code, stderr]).toEqual([2, expect.stringContaining('several runs begin with')])
  })

  it('Should be unknown when none begins so', async () => {
    const { code, stderr } = await show([])
    expect([code, stderr]).toEqual([
      1,
      'error: no run is called "order-1" or begins so; compozy runs list shows the newest\n',
    ])
  })
})

describe('compozy runs logs', () => {
  const line = {
    exec_id: 'order-1',
    task_id: 'charge',
    attempt: 2,
    tool: 'pay',
    stream: 'stderr',
    time: '2026-01-01T00:00:05.000Z',
    text: 'no \u001B[2Jfunds',
  }
  const sse = (name: string, data: object, id = '') =>
    `${id === '' ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`

  async function serveLogs(answer: (path: string) => unknown) {
    const asked: string[] = []
    const url = await serveAnswers(({ url: path = '' }) => {
      if (path.includes('/tasks?task=chrage')) return { status: 404, body: { code: 'not_found' } }
      if (path.includes('/tasks')) return { status: 200, body: { items: [charge] } }
      asked.push(path.slice('/api/v0/executions/workflows/order-1/logs?'.length))
      return { status: 200, body: answer(path) }
    })
    const call = (...flags: string[]) => run(['runs', 'logs', 'order-1', ...flags, '--server', url])
    return { asked, call }
  }

  it('Should print every page, without what would control the terminal', async () => {
    const { asked, call } = await serveLogs((path) => ({
      items: [{ ...line, lines_left_out: 3, cut_characters: 9 }],
      next_cursor: path.includes('cursor') ? null : 'c1',
    }))
    const { code, stdout } = await call('--task', 'charge', '--attempt', '2')
    const shown =
      '… 3 lines left out\n2026-01-01T00:00:05.000Z  charge#2  stderr  no \uFFFD[2Jfunds … 9 characters cut\n'
    expect([code, stdout]).toEqual([0, shown + shown])
    expect(asked).toEqual([
      'task=charge&attempt=2&limit=1000',
      'task=charge&attempt=2&limit=1000&cursor=c1',
    ])
    const { stdout: json } = await call('--tail', '1', '--json')
    expect(eventsOf(json)).toMatchObject([{ event: 'log', ...line }])
  })

  it('Should say that there are none', async () => {
    const { call } = await serveLogs(() => ({ items: [], next_cursor: null }))
    expect(await call()).toEqual({ code: 0, stdout: '', stderr: 'no lines\n' })
  })

  it('Should refuse a task that the run has not started, and accept a silent one', async () => {
    const message = 'error: no task "chrage" has started in order-1; did you mean "charge"?\n'
    const { call } = await serveLogs((path) =>
      path.includes('follow')
        ? sse('end', { exec_id: 'order-1', status: 'failed' })
        : { items: [], next_cursor: null },
    )
    for (const more of [[], ['--follow']]) {
      expect(await call('--task', 'chrage', ...more)).toMatchObject({ code: 2, stderr: message })
      expect(await call('--task', 'charge', ...more)).toMatchObject({ code: 0, stdout: '' })
    }
    expect((await call('--task', 'charge')).stderr).toBe('no lines\n')
  })

  it('Should follow a run to its close, and go on after a break without a line twice', async () => {
    skipPauses()
    const end = sse('end', { exec_id: 'order-1', status: 'failed' })
    const { asked, call } = await serveLogs((path) =>
      path.includes('cursor') ? sse('log', line, 'p2') + end : sse('log', line, 'p1'),
    )
    const { code, stdout } = await call('--follow', '--tail', '5', '--json')
    expect([code, eventsOf(stdout).map(({ event }) => event)]).toEqual([0, ['log', 'log', 'end']])
    expect(asked).toEqual(['tail=5&follow=1', 'follow=1&cursor=p1'])
  })

  it('Should follow a run across a restart of the engine', async () => {
    skipPauses()
    const end = sse('end', { exec_id: 'order-1', status: 'failed' })
    let asked = 0
    const url = await serveAnswers(() => {
      asked++
      if (asked === 1) return { status: 200, body: sse('log', line, 'p1') }
      return asked === 2 ? { status: 502, body: '<html>' } : { status: 200, body: end }
    })
    const call = ['runs', 'logs', 'order-1', '--follow', '--json', '--server', url]
    const { code, stdout } = await run(call)
    expect([code, eventsOf(stdout).map(({ event }) => event)]).toEqual([0, ['log', 'end']])
  })

  it.each([
    ['--tail', 'x'],
    ['--attempt', '0'],
  ])('Should refuse %s %s', async (flag, value) => {
    const { asked, call } = await serveLogs(() => ({}))
    const { code, stderr } = await call(flag, value)
    expect([code, stderr, asked]).toEqual([
      2,
      expect.stringContaining(`flag ${flag}="${value}"; it must be a whole number`),
      [],
    ])
  })
})

describe('the list of runs', () => {
  it('Should read as many pages as the limit needs', async () => {
    const asked: string[] = []
    const url = await serveAnswers(({ url: path = '' }) => {
      asked.push(path.split('?')[1]!)
      const next_cursor = path.includes('cursor') ? null : 'c'
      const items = Array.from({ length: path.includes('cursor') ? 50 : 200 }, () => failed)
      return { status: 200, body: { items, next_cursor } }
    })
    const { stdout } = await run(['runs', 'list', '--limit', '250', '--server', url])
    expect(asked).toEqual(['limit=200', 'limit=50&cursor=c'])
    expect(stdout.trimEnd().split('\n')).toHaveLength(251)
  })

  it.each(['0', 'x', '-1', '1e3'])('Should refuse the limit %s', async (limit) => {
    const { code, stderr } = await run(['runs', 'list', `--limit=${limit}`, '--server', 'http://x'])
    expect([code, stderr]).toEqual([2, expect.stringContaining(`flag --limit="${limit}"`)])
  })
})

describe('compozy run', () => {
  it('Should use the engine that COMPOZY_SERVER names, and start none', async () => {
    const env = { COMPOZY_SERVER: 'http://127.0.0.1:1' }
    const { code, stderr } = await run(['run', 'order'], { env })
    expect(code).toBe(1)
    expect(stderr).toContain('no engine answers at http://127.0.0.1:1')
  })

  it('Should look for a project where COMPOZY_SERVER is empty', async () => {
    const { code, stderr } = await run(['run', 'order', '--cwd', 'docs'], {
      env: { COMPOZY_SERVER: '' },
    })
    expect(code).toBe(2)
    expect(stderr).toContain('there is no compozy.yaml here')
  })
})
