import type { ComponentChildren } from 'preact'
import { useEffect, useErrorBoundary } from 'preact/hooks'
import { ErrorNotice } from './notice.tsx'

/**
 * Shows its children, or why they could not be shown: the rest of the page stays. Another `place`
 * is a new attempt.
 */
export function Boundary(props: { readonly place: string; readonly children: ComponentChildren }) {
  const { place, children } = props
  const [error, reset] = useErrorBoundary() as [Error | undefined, () => void]
  useEffect(reset, [place])
  if (error === undefined) return <>{children}</>
  return (
    <ErrorNotice
      error={`This view failed: ${error.message}. Go elsewhere, or load the page again.`}
    />
  )
}
