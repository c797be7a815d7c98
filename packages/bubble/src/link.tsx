import type { JSX, ReactNode } from "react"
import { isWebAddress } from "./web-address.ts"

interface LinkProps {
  readonly url: string
  readonly className?: string
  /** For a screen reader, where nothing inside says where it leads. */
  readonly label?: string | undefined
  readonly children?: ReactNode
}

/** A link where the address is of the web, and only its label where it is anything else. */
export function Link({ url, className, label, children }: LinkProps): JSX.Element {
  if (!isWebAddress(url)) return <span className={className}>{children}</span>
  return (
    <a className={className} href={url} target="_blank" rel="noopener noreferrer" aria-label={label}>
      {children}
    </a>
  )
}
