import { setTimeout as sleep } from 'node:timers/promises'
import { defined } from '../../engine/core/defined.ts'
import { CompozyError } from '../../engine/core/errors.ts'
import { parseExposition } from '../../promql/parse-exposition.ts'
import { SampleStore } from '../../promql/sample-store.ts'
import type { CommandContext } from '../command.ts'
import { exitCodes } from '../exit.ts'
import type { Line } from '../line.ts'
import { readToken } from '../run-options.ts'
import { computeFigures, windowMs } from './figures.ts'
import { openScreen } from './live-screen.ts'
import { formatTop } from './screen.ts'

/** How often the endpoint is scraped, ms, and how long it may take. */
const scrapeEveryMs = 2_000
const answerWithinMs = 5_000

/** When the endpoint was scraped, and where it is. */
interface Scrape {
  readonly at: number
  readonly url: URL
}

const isLoopback = ({ hostname }: URL): boolean => /^(?:localhost|127\.|\[::1\])/.test(hostname)

/** Returns where the metrics are, when the server says that a listener of their own has them. */
function addressElsewhere(response: Response, asked: URL): URL | undefined {
  const [, given = ''] =
    /^<([^>]*)>; rel="alternate"$/.exec(response.headers.get('link') ?? '') ?? []
  if (response.status !== 404 || !URL.canParse(given)) return undefined
  const url = new URL(given)
  // A listener on every interface gives the loopback address of its own machine.
  if (isLoopback(url) && !isLoopback(asked)) url.hostname = asked.hostname
  return url.href === asked.href ? undefined : url
}

const advice: Readonly<Record<number, string>> = {
  401: '; name a file with a token: --token-file FILE, or COMPOZY_TOKEN_FILE',
  404: '; is monitoring on (monitoring.enabled), and is this its path (monitoring.path)?',
}

/** Scrapes the endpoint once. Throws CompozyError `unavailable` with the reason. */
async function scrape(
  url: URL,
  context: CommandContext,
  store: SampleStore,
  { follows = true } = {},
): Promise<Scrape> {
  const { token } = readToken(context)
  const headers = defined({
    accept: 'text/plain;version=0.0.4',
    // A stop waits for scrapers and not for this.
    'user-agent': 'compozy-top',
    authorization: token === undefined ? undefined : `Bearer ${token}`,
  })
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(answerWithinMs)])
  let response: Response
  let text: string
  try {
    response = await fetch(url, { headers, signal })
    text = await response.text()
  } catch (cause) {
    if (context.signal.aborted) throw cause
    throw new CompozyError(
      'unavailable',
      `nothing answers at ${url.href}; start an engine with compozy dev, or name another: compozy top URL`,
      {
        cause,
      },
    )
  }
  const elsewhere = follows ? addressElsewhere(response, url) : undefined
  if (elsewhere !== undefined) return scrape(elsewhere, context, store, { follows: false })
  if (!response.ok) {
    const { status } = response
    throw new CompozyError('unavailable', `${url.href} answered ${status}${advice[status] ?? ''}`)
  }
  const at = Date.now()
  const samples = parseExposition(text, {}, (name) => name.startsWith('compozy_'))
  if (samples.length === 0)
    throw new CompozyError('unavailable', `${url.href} answers, but without metrics of Compozy`)
  store.add(samples, at)
  return { at, url }
}

/** Shows the metrics of an engine, live on a terminal, once elsewhere. Returns the exit code. */
export async function runTop(named: URL, context: CommandContext): Promise<number> {
  const { terminal } = context
  const store = new SampleStore(2 * windowMs)
  const { at, url } = await scrape(named, context, store)
  const figures = computeFigures(store, at)
  const screen = openScreen(context)
  if (screen === undefined) {
    terminal.emit({ event: 'figures', url: url.href, ...figures })
    for (const line of formatTop(figures, url.href)) terminal.print(line)
    return exitCodes.clean
  }
  const title = `${url.host}  q quits`
  try {
    screen.draw((width) => formatTop(figures, title, width))
    while (!screen.closed.aborted) {
      await sleep(scrapeEveryMs, undefined, { signal: screen.closed }).catch(() => undefined)
      if (screen.closed.aborted) break
      const lines = await nextLines(url, context, store, title)
      screen.draw(lines)
    }
  } finally {
    screen.close()
  }
  return exitCodes.clean
}

/** Scrapes again; an engine that stops answering is shown as such, and tried again. */
async function nextLines(
  url: URL,
  context: CommandContext,
  store: SampleStore,
  title: string,
): Promise<(width: number) => readonly Line[]> {
  try {
    const figures = computeFigures(store, (await scrape(url, context, store)).at)
    return (width) => formatTop(figures, title, width)
  } catch (error) {
    const { message } = CompozyError.from(error)
    return () => [[{ text: title, style: 'bold' }], '', [{ text: message, style: 'bad' }]]
  }
}
