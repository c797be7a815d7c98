import type { JSX } from "react"
import type { BodyProps } from "../body-props.ts"
import { fieldsOf, textOf } from "../loose.ts"
import { Unbroken } from "../unbroken.tsx"

export function MainTitle({ fields: card }: BodyProps): JSX.Element | undefined {
  const { title, desc } = fieldsOf(card["main_title"])
  const [titleText, description] = [textOf(title), textOf(desc)]
  if (titleText === "" && description === "") return undefined
  return (
    <div className="wb-main-title">
      {titleText !== "" && <p className="wb-title">{titleText}</p>}
      {description !== "" && (
        <p className="wb-quiet wb-prose">
          <Unbroken text={description} />
        </p>
      )}
    </div>
  )
}
