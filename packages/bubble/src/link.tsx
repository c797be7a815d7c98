import type { JSX, ReactNode } from "react"
import { isWebAddress } from "./web-address.ts"

interface LinkProps {
  readonly url: string
  readonly className?: string
  /** A label for screen readers, when no text inside says what the link opens. */
  readonly label?: string | undefined
  readonly children?: ReactNode
}

/** A link when the address is a web address; otherwise only the label. */
export function Link({ url, className, label, children }: LinkProps): JSX.Element {
  if (!isWebAddress(url)) return <span className={className}>{children}</span>
  return (
    <a className={className} href={url} target="_blank" rel="noopener noreferrer" aria-label={label}>
      {children}
    </a>
  )
}
