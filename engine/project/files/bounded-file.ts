import { isUtf8 } from 'node:buffer'
import { readFile, realpath, stat } from 'node:fs/promises'
import { isAbsolute, relative, sep } from 'node:path'

/** The largest file of a project that is read. */
const maximumBytes = 10 * 1024 * 1024

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
