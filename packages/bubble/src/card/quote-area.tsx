import type { JSX } from "react"
import type { BodyProps } from "../body-props.ts"
import { fieldsOf, textOf } from "../loose.ts"
import { Target } from "../target.tsx"
import { Unbroken } from "../unbroken.tsx"

export function QuoteArea({ fields: card }: BodyProps): JSX.Element | undefined {
  const quote = fieldsOf(card["quote_area"])
  const [title, text] = [textOf(quote["title"]), textOf(quote["quote_text"])]
  if (title === "" && text === "") return undefined
  return (
    <Target className="wb-quote" to={quote}>
      {title !== "" && <span className="wb-quote-title">{title}</span>}
      <span className="wb-prose">
        <Unbroken text={text} />
      </span>
    </Target>
  )
}
