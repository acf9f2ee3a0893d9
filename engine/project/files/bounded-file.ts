import { isUtf8 } from 'node:buffer'
import type { Stats } from 'node:fs'
import { lstat, open, readFile, realpath, stat } from 'node:fs/promises'
import { isAbsolute, relative, sep } from 'node:path'

/** The largest file of a project that is read. */
const maximumBytes = 10 * 1024 * 1024

/** Reads of special files may never end, so they are named and left alone. */
function describeSpecial(found: Stats): string {
  if (found.isDirectory()) return 'it is a folder'
  if (found.isFIFO()) return 'it is a pipe'
  if (found.isSocket()) return 'it is a socket'
  return 'it is a device'
}

function describeFailure(error: unknown): string {
  const { code = '' } = error as NodeJS.ErrnoException
  if (code === 'ELOOP') return 'it is a link that leads back to itself'
  if (code === 'EACCES' || code === 'EPERM') return 'its permissions forbid it'
  return code
}

/**
 * Says why a path can't be read as a file; undefined where nothing is in the way, or nothing is
 * there.
 */
export async function whyUnreadable(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path)
    if (!found.isFile()) return describeSpecial(found)
    if (found.size > maximumBytes) return 'it is larger than 10 MiB'
    await (await open(path)).close()
    return undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return describeFailure(error)
    const link = await lstat(path).catch(() => undefined)
    return link === undefined ? undefined : 'it is a link to a file that does not exist'
  }
}

/** Reports whether a path leads below a folder by its name. */
export function isInside(folder: string, file: string): boolean {
  const way = relative(folder, file)
  return way !== '' && !isAbsolute(way) && way.split(sep)[0] !== '..'
}

/** The path behind all symbolic links; undefined where it leads nowhere. */
export async function realPath(file: string): Promise<string | undefined> {
  return await realpath(file).catch(() => undefined)
}

/** Reads a regular file; undefined where there is none, it can't be read, or it is too large. */
export async function readBounded(path: string): Promise<Buffer | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile() !== true || found.size > maximumBytes) return undefined
  return await readFile(path).catch(() => undefined)
}

/**
 * A file as text. Bytes that are not UTF-8 are `\uFFFD`, and `badByte` is where the first stands.
 */
export function decodeText(bytes: Buffer): { readonly text: string; readonly badByte?: number } {
  const text = bytes.toString('utf8')
  return isUtf8(bytes) ? { text } : { text, badByte: Math.max(0, text.indexOf('\uFFFD')) }
}
