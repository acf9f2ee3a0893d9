import { aptGet } from './apt.ts'
import { findOnPath, isExecutable, type Env } from './on-path.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

const help = `Either of these helps:
  - install Chromium: apt-get install -y --no-install-recommends chromium
  - set CHROMIUM_PATH to the program`

/**
 * Returns the path of a Chromium: CHROMIUM_PATH, then PATH; else installs Debian's package (28 s,
 * 414 MB), which needs apt-get and root. Throws an error that says how to get one.
 */
export async function findChromium(env: Env): Promise<string> {
  const named = env['CHROMIUM_PATH']
  if (named) {
    if (await isExecutable(named)) return named
    throw new Error(`CHROMIUM_PATH=${named} is not an executable file`)
  }
  const found = await findOnPath(names, env)
  if (found !== undefined) return found
  if ((await findOnPath(['apt-get'], env)) === undefined)
    throw new Error(`Chromium is missing, and there is no apt-get to install it with. ${help}`)
  if (process.getuid?.() !== 0)
    throw new Error(`Chromium is missing, and only root can install it. ${help}`)
  try {
    await aptGet(['install', '-y', '--no-install-recommends', 'chromium'])
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`Chromium is missing and cannot be installed: ${reason}\n${help}`, { cause })
  }
  const installed = await findOnPath(names, env)
  if (installed === undefined) throw new Error(`the chromium package holds no program. ${help}`)
  return installed
}
