/**
 * The thread of the project checker in a checkout (`npm run dev`, tests): Node.js 20 reads no
 * TypeScript by itself, and threads do not inherit the loader of the process.
 */
import { tsImport } from 'tsx/esm/api'

await tsImport('./check-worker.ts', import.meta.url)
