import { join } from 'node:path'
import { userCacheDir } from '../../engine/infra/temporal/binary/user-cache.ts'
import { fetchNpmProgram } from './npm-package.ts'
import { isExecutable, type Env } from './on-path.ts'

/** The releases of Node.js that the package supports, beside 20, which builds it. */
const pins = {
  22: {
    version: '22.23.3',
    'linux-x64':
      'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
    'linux-arm64':
      'sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
  },
  24: {
    version: '24.21.0',
    'linux-x64':
      'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    'linux-arm64':
      'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
} as const

/** Major version of a pinned Node.js. */
export type NodeMajor = keyof typeof pins

/** Every pinned Node.js, oldest first. */
export const nodeMajors: readonly NodeMajor[] = [22, 24]

/**
 * Returns the folder that holds `node` of a major version, to put first on PATH: NODE_22_DIR or
 * NODE_24_DIR, then the user's cache; else fetches npm's package of the binary. Throws the reason.
 */
export async function findNodeFolder(major: NodeMajor, env: Env): Promise<string> {
  const variable = `NODE_${major}_DIR`
  const named = env[variable]
  const { version } = pins[major]
  const folder = named || join(userCacheDir(env), `node-${version}`)
  if (await isExecutable(join(folder, 'node'))) return folder
  if (named) throw new Error(`${variable}=${named} holds no program "node"`)
  const platform = `${process.platform}-${process.arch}`
  const integrity = (pins[major] as Readonly<Record<string, string>>)[platform]
  if (integrity === undefined)
    throw new Error(
      `Node ${major} is not pinned for ${platform}; set ${variable} to the folder that holds it`,
    )
  const name = `node-${platform}`
  await fetchNpmProgram({ name, version, integrity, file: 'bin/node' }, join(folder, 'node'))
  return folder
}
