import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { tarGz, zip } from '../testing/archives.ts'
import { extractFromTar } from './tar.ts'
import { extractFromZip } from './zip.ts'

const files = { LICENSE: 'free to use', 'bin/temporal': 'no', temporal: 'the program' }
const tar = gunzipSync(tarGz(files))
const isProgram = (name: string): boolean => name === 'temporal'

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
  ])('Should refuse %s', (_, extract, reason) => {
    expect(extract).toThrow(
      expect.objectContaining({ code: 'binary_unavailable', message: expect.stringContaining(reason) }),
    )
  })
})
