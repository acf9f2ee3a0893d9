import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** Path of a Chromium: CHROMIUM_PATH, or on PATH. It is not fetched; throws an error that tells how to get one. */
export async function findChromium(
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const folders = (env['PATH'] ?? '').split(delimiter).filter(Boolean)
  const candidates = folders.flatMap((folder) => names.map((name) => join(folder, name)))
  for (const path of [...(env['CHROMIUM_PATH'] ? [env['CHROMIUM_PATH']] : []), ...candidates]) {
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (runs) return path
  }
  throw new Error(
    'no Chromium found. Any of these helps:\n' +
      '  - apt-get install -y --no-install-recommends chromium\n' +
      '  - set CHROMIUM_PATH to the program',
  )
}
