import { inflateRawSync } from 'node:zlib'
import { CompozyError } from '../../../core/errors.ts'

const endOfDirectory = 0x06054b50
const directoryEntry = 0x02014b50

function fail(reason: string, cause?: unknown): never {
  throw new CompozyError('binary_unavailable', `the downloaded archive is not usable: ${reason}`, {
    cause,
  })
}

/**
 * Returns the first file of a zip archive in memory whose name `accept` accepts. Supports what
 * wheels use: stored and deflated entries, no zip64. Throws CompozyError `binary_unavailable` if it
 * is not a zip archive.
 */
export function extractFromZip(archive: Buffer, accept: (name: string) => boolean): Buffer {
  try {
    return extract(archive, accept)
  } catch (error) {
    if (error instanceof CompozyError) throw error
    // Offsets outside the archive, and data that does not inflate.
    return fail('it is damaged', error)
  }
}

function extract(archive: Buffer, accept: (name: string) => boolean): Buffer {
  let end = archive.length - 22
  while (end >= 0 && archive.readUInt32LE(end) !== endOfDirectory) end--
  if (end < 0) return fail('it has no directory')
  const count = archive.readUInt16LE(end + 10)
  let at = archive.readUInt32LE(end + 16)
  for (let i = 0; i < count; i++) {
    if (archive.readUInt32LE(at) !== directoryEntry) return fail('its directory is damaged')
    const method = archive.readUInt16LE(at + 10)
    const size = archive.readUInt32LE(at + 20)
    const nameLength = archive.readUInt16LE(at + 28)
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength)
    if (accept(name)) {
      const local = archive.readUInt32LE(at + 42)
      const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
      const data = archive.subarray(start, start + size)
      if (data.length < size) return fail('it is cut off')
      if (method === 0) return data
      return method === 8 ? inflateRawSync(data) : fail(`${name} is packed by method ${method}`)
    }
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  }
  return fail('the file that is wanted is not in it')
}
