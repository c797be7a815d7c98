import type { JSX } from "react"
import type { BodyProps } from "../body-props.ts"
import { longestNumber, MOST_LARGE } from "../longest-number.ts"
import { fieldsOf, textOf } from "../loose.ts"

/** The one figure that the card is about. */
export function EmphasisContent({ fields: card }: BodyProps): JSX.Element | undefined {
  const { title, desc } = fieldsOf(card["emphasis_content"])
  const [figure, description] = [textOf(title), textOf(desc)]
  if (figure === "" && description === "") return undefined
  return (
    <div className="wb-emphasis">
      <p className={longestNumber(figure) > MOST_LARGE ? "wb-figure wb-long" : "wb-figure"}>{figure}</p>
      <p className="wb-small">{description}</p>
    </div>
  )
}
