import { CompozyError } from '../../../core/errors.ts'

const blockSize = 512

const text = (block: Buffer, start: number, length: number): string =>
  block
    .toString('latin1', start, start + length)
    .replace(/\0.*$/s, '')
    .trim()

/**
 * Returns one regular file of a tar archive in memory, by its name. Supports what release archives
 * use: plain names and octal sizes. Throws CompozyError `binary_unavailable` if the file is missing
 * or truncated.
 */
export function extractFromTar(archive: Buffer, wanted: string): Buffer {
  const fail = (reason: string): never => {
    throw new CompozyError('binary_unavailable', `the downloaded archive is not usable: ${reason}`)
  }
  for (let at = 0; at + blockSize <= archive.length;) {
    const name = text(archive, at, 100)
    if (name === '') break
    const octal = text(archive, at + 124, 12)
    if (!/^[0-7]+$/.test(octal)) return fail('an entry has no size')
    const size = Number.parseInt(octal, 8)
    const start = at + blockSize
    if (start + size > archive.length) return fail('it is cut off')
    const type = text(archive, at + 156, 1)
    if (name.replace(/^\.\//, '') === wanted && (type === '' || type === '0'))
      return archive.subarray(start, start + size)
    at = start + Math.ceil(size / blockSize) * blockSize
  }
  return fail(`it has no file "${wanted}"`)
}
