/** The reply to a scrape. */
export interface ScrapeReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

const plain = 'text/plain; charset=utf-8'

/** Returns a reply that says why there are no metrics. */
export function refusal(status: number, reason: string): ScrapeReply {
  return {
    status,
    headers: { 'content-type': plain, vary: 'Accept, Accept-Encoding' },
    body: Buffer.from(`${reason}\n`),
  }
}
