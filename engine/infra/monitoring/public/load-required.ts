import { CompozyError } from '../../../core/errors.ts'

/** Returns the package that an import did not find, or undefined for another error. */
function missingPackage(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, message }: { readonly code?: unknown; readonly message: string } = error
  if (code !== 'ERR_MODULE_NOT_FOUND') return undefined
  return /Cannot find package '([^']+)'/.exec(message)?.[1]
}

/** Runs `load`; a package that is not installed becomes CompozyError `package_missing`. */
export async function loadRequired<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    const name = missingPackage(cause)
    if (name === undefined) throw cause
    throw new CompozyError(
      'package_missing',
      `monitoring needs the package ${name}, which is not installed; npm install ${name}`,
      { cause },
    )
  }
}
