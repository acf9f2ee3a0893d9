import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { tarGz, zip } from '../testing/archives.ts'
import { extractFromTar } from './tar.ts'
import { extractFromZip } from './zip.ts'

const files = { LICENSE: 'free to use', 'bin/temporal': 'no', temporal: 'the program' }
const tar = gunzipSync(tarGz(files))
const isProgram = (name: string): boolean => name === 'temporal'

/** A zip of the program with some of its bytes changed. */
function damagedZip(change: (archive: Buffer) => void, { stored = false } = {}): Buffer {
  const archive = zip({ temporal: 'the program' }, { stored })
  change(archive)
  return archive
}

describe('archives', () => {
  it.each([
    ['a tar', () => extractFromTar(tar, 'temporal')],
    [
      'a tar with names from "./"',
      () => extractFromTar(gunzipSync(tarGz({ './temporal': 'the program' })), 'temporal'),
    ],
    ['a deflated zip', () => extractFromZip(zip(files), isProgram)],
    ['a stored zip', () => extractFromZip(zip(files, { stored: true }), isProgram)],
  ])('Should take exactly the wanted file out of %s', (_, extract) => {
    expect(extract().toString()).toBe('the program')
  })

  it.each([
    ['a tar without the file', () => extractFromTar(tar, 'other'), 'no file "other"'],
    ['a tar that is cut off', () => extractFromTar(tar.subarray(0, 520), 'temporal'), 'cut off'],
    ['a tar that is none', () => extractFromTar(Buffer.alloc(1_024, 'x'), 'temporal'), 'no size'],
    ['a zip without the file', () => extractFromZip(zip({ a: '1' }), isProgram), 'is not in it'],
    [
      'a zip that is none',
      () => extractFromZip(Buffer.from('<html>not found</html>'), isProgram),
      'no directory',
    ],
    ['nothing', () => extractFromZip(Buffer.alloc(0), isProgram), 'no directory'],
    [
      'a zip whose directory is elsewhere',
      () =>
        extractFromZip(
          damagedZip((archive) => archive.writeUInt32LE(3, archive.length - 6)),
          isProgram,
        ),
      'its directory is damaged',
    ],
    [
      'a zip whose directory is nowhere',
      () =>
        extractFromZip(
          damagedZip((archive) => archive.writeUInt32LE(1e6, archive.length - 6)),
          isProgram,
        ),
      'it is damaged',
    ],
    [
      'a zip whose data do not inflate',
      () =>
        extractFromZip(
          damagedZip((archive) => archive.fill(0xff, 38, 44)),
          isProgram,
        ),
      'it is damaged',
    ],
    [
      'a zip that ends before its data do',
      () =>
        extractFromZip(
          damagedZip((archive) => archive.writeUInt32LE(1e6, 49 + 20), { stored: true }),
          isProgram,
        ),
      'it is cut off',
    ],
    [
      'a zip that is packed in another way',
      () =>
        extractFromZip(
          damagedZip((archive) => archive.writeUInt16LE(12, 49 + 10), { stored: true }),
          isProgram,
        ),
      'packed by method 12',
    ],
  ])('Should refuse %s', (_, extract, reason) => {
    expect(extract).toThrow(
      expect.objectContaining({
        code: 'binary_unavailable',
        message: expect.stringContaining(reason),
      }),
    )
  })
})
