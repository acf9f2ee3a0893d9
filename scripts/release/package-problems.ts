import { readFileSync } from 'node:fs'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'

/** Returns what publint and Are The Types Wrong say against a packed package, one line each. */
export async function packageProblems(tarball: string): Promise<string[]> {
  const data = readFileSync(tarball)
  const bytes = new Uint8Array(data)
  const { messages } = await publint({ pack: { tarball: bytes.buffer } })
  const { types, ...checked } = await checkPackage(createPackageFromTarballData(bytes))
  if (types === false) return ['the package has no types']
  const problems = 'problems' in checked ? checked.problems : []
  const wrong = problems.filter(
    // CommonJS loads it by `import()`; node10 knows no `exports`; JSON has no types.
    ({ kind, ...rest }) =>
      kind !== 'CJSResolvesToESM' &&
      !('resolutionKind' in rest && rest.resolutionKind === 'node10') &&
      !('entrypoint' in rest && /schema|package\.json/.test(rest.entrypoint)),
  )
  return [...messages, ...wrong].map((each) => JSON.stringify(each))
}
