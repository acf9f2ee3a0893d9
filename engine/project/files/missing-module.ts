import { readdirSync } from 'node:fs'
import { basename, dirname, extname } from 'node:path'
import { listNames, nearest } from '../../core/nearest.ts'

/** Extensions of the modules that `execute` may name. */
export const moduleExtensions: readonly string[] = ['.ts', '.js', '.mjs']

function filesIn(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder)
  } catch {
    return undefined
  }
}

/** Returns a hint for a module that does not exist: the nearest in its folder, or all of them. */
export function missingModuleHint(file: string): string {
  const others = filesIn(dirname(file))
  if (others === undefined) return 'its folder does not exist either'
  const modules = others.filter((name) => moduleExtensions.includes(extname(name))).toSorted()
  const near = nearest(basename(file), modules)
  if (near !== undefined) return `the nearest in that folder is ${near}`
  return modules.length === 0
    ? 'there is no module in that folder'
    : `in that folder: ${listNames(modules)}`
}
