import { isUtf8 } from 'node:buffer'
import {
  closeSync,
  lstatSync,
  openSync,
  readFileSync,
  realpathSync,
  statSync,
  type Stats,
} from 'node:fs'
import { sep } from 'node:path'

/*
 * Reads are synchronous: loading a project waits for its files anyway, and for 500 small ones an
 * asynchronous call takes ten times as long as the read. The loader pauses between two files.
 */

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

/** Reports whether a path is a symbolic link, even one that leads nowhere. */
function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink()
  } catch {
    return false
  }
}

/**
 * Says why a path can't be read as a file; undefined where nothing is in the way, or nothing is
 * there.
 */
export function whyUnreadable(path: string): string | undefined {
  try {
    const found = statSync(path)
    if (!found.isFile()) return describeSpecial(found)
    if (found.size > maximumBytes) return 'it is larger than 10 MiB'
    closeSync(openSync(path, 'r'))
    return undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return describeFailure(error)
    return isLink(path) ? 'it is a link to a file that does not exist' : undefined
  }
}

/** Reports whether a path leads below a folder by its name; both are absolute and normal. */
export function isInside(folder: string, file: string): boolean {
  const start = folder.endsWith(sep) ? folder : folder + sep
  return file.length > start.length && file.startsWith(start)
}

/** The path behind all symbolic links; undefined where it leads nowhere. */
export function realPath(file: string): string | undefined {
  try {
    return realpathSync.native(file)
  } catch {
    return undefined
  }
}

/** Reads a regular file; undefined where there is none, it can't be read, or it is too large. */
export function readBounded(path: string): Buffer | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found?.isFile() !== true || found.size > maximumBytes) return undefined
    return readFileSync(path)
  } catch {
    return undefined
  }
}

/**
 * A file as text. Bytes that are not UTF-8 are `\uFFFD`, and `badByte` is where the first stands.
 */
export function decodeText(bytes: Buffer): { readonly text: string; readonly badByte?: number } {
  const text = bytes.toString('utf8')
  return isUtf8(bytes) ? { text } : { text, badByte: Math.max(0, text.indexOf('\uFFFD')) }
}
