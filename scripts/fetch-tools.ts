/** `npm run tools`: fetches the programs that tests of deploy/ run, each pinned; says where they are. */
import { findPrometheus } from './tools/prometheus.ts'

const { prometheus, promtool } = await findPrometheus({ env: process.env })
console.log(`${prometheus}\n${promtool}`)
