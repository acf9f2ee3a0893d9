/** `npm run notices`: writes THIRD_PARTY_NOTICES.md from the installed packages. */
import { writeFileSync } from 'node:fs'
import { noticesPath, thirdPartyNotices } from './notices-page.ts'

writeFileSync(noticesPath, thirdPartyNotices())
console.log('THIRD_PARTY_NOTICES.md')
