import type { JSX } from "react"
import type { BodyProps } from "../body-props.ts"
import { fieldsOf, textOf } from "../loose.ts"
import { Picture } from "../picture.tsx"
import { Target } from "../target.tsx"

/** `image_text_area`: a small picture on the left, words on the right. */
export function ImageTextArea({ fields: card }: BodyProps): JSX.Element | undefined {
  if (card["image_text_area"] === undefined) return undefined
  const area = fieldsOf(card["image_text_area"])
  return (
    <Target className="wb-image-text" to={area}>
      <Picture className="wb-image-text-picture" url={textOf(area["image_url"])} />
      <span className="wb-image-text-words">
        <span className="wb-image-text-title">{textOf(area["title"])}</span>
        <span className="wb-quiet">{textOf(area["desc"])}</span>
      </span>
    </Target>
  )
}
