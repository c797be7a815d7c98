import type { JSX } from "react"
import type { BodyProps } from "../body-props.ts"
import { fieldsOf, numberOf, textOf } from "../loose.ts"
import { Picture } from "../picture.tsx"

const [NARROWEST, WIDEST] = [1.3, 2.25]

export function CardImage({ fields: card }: BodyProps): JSX.Element | undefined {
  const { url, aspect_ratio } = fieldsOf(card["card_image"])
  const address = textOf(url)
  if (address === "") return undefined
  const wanted = numberOf(aspect_ratio) ?? NARROWEST
  const aspectRatio = Math.min(Math.max(wanted, NARROWEST), WIDEST)
  return <Picture className="wb-card-image" url={address} aspectRatio={aspectRatio} />
}
