import type { JSX } from "react"
import type { BodyProps } from "../body-props.ts"
import { textOf } from "../loose.ts"
import { Unbroken } from "../unbroken.tsx"

export function SubTitle({ fields: card }: BodyProps): JSX.Element | undefined {
  const text = textOf(card["sub_title_text"])
  return text === "" ? undefined : (
    <p className="wb-prose">
      <Unbroken text={text} />
    </p>
  )
}
