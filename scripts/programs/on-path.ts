import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** Environment of the process that looks for a program. */
export type Env = Readonly<Record<string, string | undefined>>

/** Reports whether a file exists and may be executed. */
export const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )

/** Returns the path of the first of these programs that PATH holds. */
export async function findOnPath(names: readonly string[], env: Env): Promise<string | undefined> {
  for (const folder of (env['PATH'] ?? '').split(delimiter).filter(Boolean))
    for (const name of names) if (await isExecutable(join(folder, name))) return join(folder, name)
  return undefined
}
