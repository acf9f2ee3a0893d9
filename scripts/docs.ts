/** `npm run docs`: writes the generated pages of docs/. */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { referencePages } from './reference-pages.ts'

for (const [path, text] of Object.entries(await referencePages())) {
  writeFileSync(resolve(import.meta.dirname, '..', path), text)
  console.log(path)
}
