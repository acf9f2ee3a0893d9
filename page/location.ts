import { useEffect, useState } from 'preact/hooks'

/** Where the page is: `#/runs/abc?status=failed`. */
export interface Location {
  /** Decoded segments: `['runs', 'abc']`. */
  readonly segments: readonly string[]
  readonly query: URLSearchParams
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** Reads a location from the hash of a URL. */
export function parseHash(hash: string): Location {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?')
  const segments = path.split('/').filter(Boolean).map(decode)
  return { segments, query: new URLSearchParams(query) }
}

/** Makes the hash of a location. */
export function hashOf(segments: readonly string[], query?: URLSearchParams): string {
  const text = query?.toString() ?? ''
  return `#/${segments.map(encodeURIComponent).join('/')}${text === '' ? '' : `?${text}`}`
}

/** The current location; renders again when it changes. */
export function useLocation(): Location {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const update = () => setHash(location.hash)
    addEventListener('hashchange', update)
    return () => removeEventListener('hashchange', update)
  }, [])
  return parseHash(hash)
}

/** Replaces the query of the current location, without a step in the history. */
export function replaceQuery({ segments }: Location, query: URLSearchParams): void {
  history.replaceState(null, '', hashOf(segments, query))
  dispatchEvent(new HashChangeEvent('hashchange'))
}
