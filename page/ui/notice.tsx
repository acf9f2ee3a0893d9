import type { ComponentChildren } from 'preact'

/** Says why something is missing. */
export function ErrorNotice({ error }: { readonly error: string | undefined }) {
  if (error === undefined) return null
  return (
    <p class="notice bad" role="alert">
      {error}
    </p>
  )
}

/** Says that there is nothing, and what to do. */
export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="empty">{children}</p>
}
