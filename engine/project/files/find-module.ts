import { extname, isAbsolute, join, resolve } from 'node:path'
import { defined } from '../../core/defined.ts'
import { isInside } from './bounded-file.ts'
import { missingModuleHint, moduleExtensions } from './missing-module.ts'

/** The module of a tool. */
export interface FoundModule {
  /** Absolute path. */
  readonly file: string
  readonly sha256: string
  readonly exportName?: string
}

/** Why `execute` names no module. */
export interface NoModule {
  readonly message: string
  readonly hint: string
}

/** Where modules are looked for, and how their files are read. */
export interface ModulePlaces {
  /** Absolute folder of the file that names the module. */
  readonly folder: string
  readonly projectDir: string
  /** The path behind all symbolic links; undefined if it leads nowhere. */
  readonly realPath: (file: string) => string | undefined
  /** The hash of a file's content; undefined if it can't be read. */
  readonly sha256Of: (file: string) => string | undefined
}

const exportPattern = /^[A-Za-z_$][\w$]*$/

/** Why a text can't name a module, whatever files there are. */
function nameProblem(execute: string): NoModule | undefined {
  const [name = '', exportName, ...more] = execute.split('#')
  if (/^[a-z][a-z\d+.-]+:/i.test(name))
    return {
      message: `"${execute}" is a URL`,
      hint: 'a tool is a file of the project, such as ./tools/price.ts',
    }
  if (!moduleExtensions.includes(extname(name)))
    return {
      message: `"${execute}" is no module`,
      hint: `a file that ends in ${moduleExtensions.join(', ')}, such as ./tools/price.ts`,
    }
  if (more.length > 0 || (exportName !== undefined && !exportPattern.test(exportName)))
    return {
      message: `"${execute}" names no export that can be`,
      hint: 'write ./file.ts#name, or ./file.ts for the default export or "run"',
    }
  if (isAbsolute(name))
    return { message: `"${execute}" is an absolute path`, hint: 'write it relative to this file' }
  return undefined
}

/**
 * Finds the module that `execute` names: beside the file that declares the tool, else beside
 * compozy.yaml.
 */
export function findModule(
  execute: string,
  { folder, projectDir, realPath, sha256Of }: ModulePlaces,
): FoundModule | NoModule {
  const problem = nameProblem(execute)
  if (problem !== undefined) return problem
  const [name = '', exportName] = execute.split('#')
  const outside: NoModule = {
    message: `${name} is outside the project`,
    hint: 'a tool lies in the folder of compozy.yaml or below',
  }
  const candidates = [resolve(folder, name), resolve(projectDir, name)].filter((each) =>
    isInside(projectDir, each),
  )
  const [first] = candidates
  if (first === undefined) return outside
  const found = candidates.map(realPath).find((each) => each !== undefined)
  if (found === undefined)
    return { message: `the file ${name} does not exist`, hint: missingModuleHint(first) }
  // A symbolic link may lead out of the project even if its name does not.
  const root = realPath(projectDir) ?? projectDir
  if (!isInside(root, found)) return outside
  const file = join(projectDir, found.slice(root.length))
  const sha256 = sha256Of(file)
  if (sha256 === undefined)
    return { message: `${name} can't be read`, hint: 'a regular file of at most 10 MiB?' }
  return defined({ file, sha256, exportName })
}
