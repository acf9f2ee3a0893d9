// Preloaded by a test: says at exit how many modules of OpenTelemetry the process loaded, by either
// module system, and of which packages.
import { createRequire, register } from 'node:module'

const { port1, port2 } = new MessageChannel()
const loaded = new Set()
port1.on('message', (url) => loaded.add(url)).unref()
const hook = `
  let port
  export const initialize = (data) => { port = data.port }
  export const load = async (url, context, next) => {
    if (url.includes('/@opentelemetry/')) port.postMessage(url)
    return next(url, context)
  }`
register(`data:text/javascript,${encodeURIComponent(hook)}`, {
  data: { port: port2 },
  transferList: [port2],
})

const require = createRequire(import.meta.url)
process.on('exit', () => {
  const required = Object.keys(require.cache).filter((file) => file.includes('/@opentelemetry/'))
  const packages = [...required, ...loaded].map((file) => /@opentelemetry\/([\w-]+)/.exec(file)[1])
  process.stderr.write(`loaded OpenTelemetry modules: ${required.length + loaded.size}\n`)
  process.stderr.write(`loaded OpenTelemetry packages: ${[...new Set(packages)].join(', ')}\n`)
})
