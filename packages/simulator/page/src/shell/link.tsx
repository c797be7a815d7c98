import type { ComponentProps, JSX, MouseEvent } from "react"
import { navigate } from "./location.ts"

export interface LinkProps extends ComponentProps<"a"> {
  readonly href: string
}

/** A link within the page. Opened in a tab of its own it works as any other. */
export function Link({ onClick, ...props }: LinkProps): JSX.Element {
  const follow = (event: MouseEvent<HTMLAnchorElement>): void => {
    onClick?.(event)
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
    if (!isPlain || event.defaultPrevented) return
    event.preventDefault()
    navigate(props.href)
  }
  // oxlint-disable-next-line jsx-a11y/anchor-has-content, jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions -- content and address come with the props, and a link with an address is pressed by Enter
  return <a {...props} onClick={follow} />
}
