import type { ThrownError } from '../sandbox/thrown-error.ts'

/** Permissions that a project can grant by a flag. */
const openable = new Set(['read', 'write', 'net', 'env', 'import'])

/** What the text of a denial depends on. */
export interface DenialContext {
  readonly permissions: readonly string[]
  readonly nodeModules: boolean
  /** Makes the project's paths relative. */
  readonly shorten: (text: string) => string
}

function describeAccess(
  kind: string,
  subject: string | undefined,
  { permissions, shorten }: DenialContext,
): string {
  const what = subject === undefined ? '' : ` to ${shorten(subject)}`
  if (!openable.has(kind)) return `asked for ${kind} access${what}; tools never get it`
  const denying = permissions.find(
    (flag) => flag === `--deny-${kind}` || flag.startsWith(`--deny-${kind}=`),
  )
  const also = denying === undefined ? '' : `; ${denying} takes precedence`
  if (kind === 'env') {
    if (subject === undefined)
      return 'may not list the environment; it may read the names declared under env or secrets'
    return `may not read the variable ${subject}${also === '' ? '; declare it under env or secrets' : also}`
  }
  const target = subject === undefined ? '' : `=${shorten(subject).replaceAll('"', '')}`
  return `has no ${kind} access${what}; runtime.permissions may allow it with --allow-${kind}${target}${also}`
}

/** Reports whether a module could not be imported for want of the permission to read its file. */
export const isDeniedImport = ({ imported, message }: ThrownError): boolean =>
  imported && message.startsWith('Requires read access ')

/**
 * Describes what the tool sandbox refused and which permission would grant it; `undefined` if it
 * refused nothing. The text continues a sentence that starts with the tool. Refused imports are
 * TypeErrors.
 */
export function describeDenial(thrown: ThrownError, context: DenialContext): string | undefined {
  const { message, denied, imported } = thrown
  if (!denied && !imported) return undefined
  const access = /^Requires (\w+) access(?: to (.+?))?, run again with the --allow-/.exec(message)
  if (access !== null) return describeAccess(access[1]!, access[2], context)
  if (denied) return `was refused: ${context.shorten(message)}`
  const place = /^ {4}at (\S+)$/m.exec(context.shorten(message))?.[1]
  const at = place === undefined ? '' : ` (${place})`
  const remote = /A remote specifier was requested: "([^"]+)"/.exec(message)?.[1]
  if (remote !== undefined) {
    return `imports ${remote}${at}: remote imports are not allowed; copy the code into the project`
  }
  if (/npm specifiers were requested/.test(message)) {
    return `imports an npm: package${at}: remote imports are not allowed; set runtime.node_modules: true to use local packages`
  }
  return undefined
}
