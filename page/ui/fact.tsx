import type { ComponentChildren } from 'preact'

/** One fact of a list of facts. Its label and value stay on one line. */
export function Fact(props: {
  readonly label: string
  readonly title?: string
  readonly children: ComponentChildren
}) {
  const { label, title, children } = props
  return (
    <div>
      <dt>{label}</dt>
      <dd {...(title === undefined ? {} : { title })}>{children}</dd>
    </div>
  )
}
