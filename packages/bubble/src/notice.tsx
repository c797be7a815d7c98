import type { JSX } from "react"

/** Says why there is nothing else to see. */
export function Notice({ text }: { readonly text: string }): JSX.Element {
  return <p className="wb-notice">{text}</p>
}
