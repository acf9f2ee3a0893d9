import { readFileSync, statSync, type Stats } from 'node:fs'
import { defined } from '../core/defined.ts'
import { CompozyError } from '../core/errors.ts'
import type { Logger } from '../core/logger.ts'

/** How often to check a token file for changes, in ms. */
const checkEveryMs = 1_000

/** The largest token file: several hundred tokens. */
const maximumBytes = 65_536

/** Where a token file is and what it must hold. */
export interface TokenFileOptions {
  /** The setting that names the file, for messages. */
  readonly setting: string
  readonly file: string
  readonly logger: Logger
  /** Throws if the text is not a valid token file. Default: accepts any text that is not empty. */
  readonly check?: (text: string) => unknown
  /** Clock in ms, for tests. */
  readonly now?: () => number
}

/**
 * Identifies a version of a file: a rotated secret in Kubernetes is a new inode, and a change of
 * rights, or of bytes under an old date, is a new ctime.
 */
const versionOf = ({ mtimeMs, ctimeMs, ino, size }: Stats): string =>
  `${mtimeMs} ${ctimeMs} ${ino} ${size}`

/** A good text of a token file, and the version that has it. */
interface GoodText {
  readonly text: string
  readonly version: string
}

/**
 * Returns a function that gives the current text of a token file. It reads a changed file again
 * within a second. A file that becomes unreadable or invalid leaves the last good text in place,
 * logs a warning, and is tried again until it is good. Throws CompozyError `config_invalid` if the
 * first reading fails.
 */
export function createTokenFile(options: TokenFileOptions): () => string {
  const { setting, file, logger, check, now = () => performance.now() } = options

  const read = (): GoodText => {
    let text: string
    let version: string
    try {
      // Reading a pipe would wait for its writer, and hold the event loop.
      const found = statSync(file)
      if (!found.isFile() || found.size > maximumBytes)
        throw new Error(`not a regular file of at most ${maximumBytes} bytes`)
      // Before the text: a file that changes in between is then read again.
      version = versionOf(found)
      text = readFileSync(file, 'utf8').trim()
    } catch (cause) {
      throw new CompozyError(
        'config_invalid',
        `${setting}=${file}: the file cannot be read: ${(cause as Error).message}`,
        {
          cause,
        },
      )
    }
    if (text === '')
      throw new CompozyError('config_invalid', `${setting}=${file}: the file is empty`)
    check?.(text)
    return { text, version }
  }

  let known = read()
  /** The version that the last warning is about. */
  let ignored: string | undefined
  let checkedAt = now()

  const refresh = (): void => {
    let current = 'missing'
    try {
      current = versionOf(statSync(file))
      if (current !== known.version) {
        known = read()
        logger.info({ setting, file }, 'token file read again')
      }
      ignored = undefined
    } catch (err) {
      if (current !== ignored)
        logger.warn({ setting, file, err }, 'token file ignored; the old tokens stay')
      ignored = current
    }
  }

  return () => {
    if (now() - checkedAt >= checkEveryMs) {
      checkedAt = now()
      refresh()
    }
    return known.text
  }
}

/** Opens the token file that a setting points to, undefined when it points to none. */
export function openTokenFile(
  setting: string,
  file: string | null,
  logger: Logger,
  check?: (text: string) => unknown,
): (() => string) | undefined {
  return file === null
    ? undefined
    : createTokenFile({ setting, file, logger, ...defined({ check }) })
}
