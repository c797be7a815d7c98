import type { JSX } from "react"

/** On a narrow screen the chosen link above says it already. */
export function SectionHeading({ title }: { readonly title: string }): JSX.Element {
  return (
    <div className="section-heading">
      <h2>{title}</h2>
    </div>
  )
}
