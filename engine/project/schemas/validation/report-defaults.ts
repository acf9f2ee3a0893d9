import { jsonPointer } from '../../../core/json-pointer.ts'
import type { JsonValue } from '../../../core/json.ts'
import type { Path } from '../../../core/source.ts'
import { pathInFile } from '../../../schema/path-in-file.ts'
import type { Report } from '../../../schema/report.ts'
import { DefaultFinder } from './default-finder.ts'
import { References } from './references.ts'
import { findRequiredDefault, findUnfilledDefaults } from './unfilled-defaults.ts'

/** Warns of defaults that are not filled in, because their schema may not apply. */
export function reportUnfilled(schema: JsonValue, path: Path, report: Report): void {
  const finder = new DefaultFinder(new References())
  for (const { keyword, path: step } of findUnfilledDefaults(schema, finder)) {
    const isDynamic = keyword === '$dynamicRef'
    const why = isDynamic ? 'it may lead elsewhere' : 'the schema there may not apply'
    report.warning(
      pathInFile(jsonPointer(step), path, report),
      `defaults ${isDynamic ? 'behind' : 'inside'} "${keyword}" are not filled in; ${why}`,
      {
        hint: 'put a default where it always applies: in properties, items, allOf or behind a $ref',
      },
    )
  }
}

/** What is said of a schema whose values are checked as they are. */
export const neverFilled = 'defaults of this schema are not filled in'

/** Warns once of a required property with a default, in a schema that fills none in. */
export function reportRequired(schema: JsonValue, path: Path, report: Report): void {
  const found = findRequiredDefault(schema, new DefaultFinder(new References()))
  if (found === undefined) return
  report.warning(pathInFile(jsonPointer(found.path), path, report), neverFilled, {
    hint: `a value without "${found.name}" is refused; only config.input fills defaults in`,
  })
}
