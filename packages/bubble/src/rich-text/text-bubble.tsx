import type { JSX } from "react"
import type { BodyProps } from "../body-props.ts"
import { textOf } from "../loose.ts"
import { LinkedText } from "./linked-text.tsx"

export function TextBubble({ fields }: BodyProps): JSX.Element {
  return (
    <div className="wb-bubble wb-prose">
      <LinkedText text={textOf(fields["content"])} />
    </div>
  )
}
