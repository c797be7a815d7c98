import type { JSX } from "react"
import type { BodyProps } from "../body-props.ts"
import { fieldsOf, textOf } from "../loose.ts"

/** The one figure that the card is about. */
export function EmphasisContent({ fields: card }: BodyProps): JSX.Element | undefined {
  const { title, desc } = fieldsOf(card["emphasis_content"])
  const [figure, description] = [textOf(title), textOf(desc)]
  if (figure === "" && description === "") return undefined
  return (
    <div className="wb-emphasis">
      <p className="wb-figure">{figure}</p>
      <p className="wb-small">{description}</p>
    </div>
  )
}
