/** Where the token stays until the tab closes. */
const storageKey = 'compozy.token'

/** The bearer token of this session, if one was asked for. */
export function readToken(): string | null {
  return sessionStorage.getItem(storageKey)
}

/** Keeps a token for this session. */
export function keepToken(token: string): void {
  sessionStorage.setItem(storageKey, token.trim())
}

/** The header that carries the token; empty without one. */
export function tokenHeader(): Record<string, string> {
  const token = readToken()
  return token === null || token === '' ? {} : { authorization: `Bearer ${token}` }
}

type Listener = () => void
const listeners = new Set<Listener>()

/** Calls the listener when the API refuses the token; returns how to stop that. */
export function onUnauthorized(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Tells the listeners that the API asks for a token. */
export function askForToken(): void {
  for (const listener of listeners) listener()
}
