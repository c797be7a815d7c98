import type { JSX } from "react"
import type { BodyProps } from "../body-props.ts"
import { listOf, textOf } from "../loose.ts"
import { Unbroken } from "../unbroken.tsx"

/** `vertical_content_list`: short titles with a text below each. */
export function VerticalContent({ fields: card }: BodyProps): JSX.Element | undefined {
  const items = listOf(card["vertical_content_list"])
  if (items.length === 0) return undefined
  return (
    <ul className="wb-verticals">
      {items.map(({ title, desc }, index) => (
        <li key={index}>
          <p className="wb-vertical-title">{textOf(title)}</p>
          <p className="wb-quiet wb-prose">
            <Unbroken text={textOf(desc)} />
          </p>
        </li>
      ))}
    </ul>
  )
}
