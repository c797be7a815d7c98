import { useMemo, type JSX } from "react"
import type { BodyProps } from "./body-props.ts"
import { Chevron } from "./icons/icons.tsx"
import { Link } from "./link.tsx"
import { textOf } from "./loose.ts"
import { parseDescription } from "./rich-text/parse-description.ts"
import { useWords } from "./surroundings.ts"
import { Unbroken } from "./unbroken.tsx"

export function TextCard({ fields }: BodyProps): JSX.Element {
  const words = useWords()
  const description = textOf(fields["description"])
  const blocks = useMemo(() => parseDescription(description), [description])
  return (
    <div className="wb-card">
      <p className="wb-title">{textOf(fields["title"])}</p>
      <div className="wb-description">
        {blocks.map(({ colour, text }, index) => (
          <p key={index} className={`wb-prose wb-${colour}`}>
            <Unbroken text={text} />
          </p>
        ))}
      </div>
      <p className="wb-foot">
        <Link className="wb-cover wb-row" url={textOf(fields["url"])}>
          {textOf(fields["btntxt"]) || words.details}
          <Chevron />
        </Link>
      </p>
    </div>
  )
}
