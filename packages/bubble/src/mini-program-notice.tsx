import type { JSX } from "react"
import type { BodyProps } from "./body-props.ts"
import { Chevron, MiniProgramMark } from "./icons/icons.tsx"
import { longestNumber, MOST_LARGE } from "./longest-number.ts"
import { isYes, listOf, textOf } from "./loose.ts"
import { pairClass } from "./pair-class.ts"
import { useWords } from "./surroundings.ts"
import { Unbroken } from "./unbroken.tsx"

export function MiniProgramNotice({ fields }: BodyProps): JSX.Element {
  const words = useWords()
  const page = textOf(fields["page"])
  const items = listOf(fields["content_item"])
    .map(({ key, value }) => ({ key: textOf(key), value: textOf(value) }))
    .filter(({ key, value }) => key !== "" || value !== "")
  const isFirstLarge = isYes(fields["emphasis_first_item"])
  return (
    <div className="wb-card">
      <p className="wb-source">
        <MiniProgramMark />
        <span>{words.miniProgram}</span>
      </p>
      <p className="wb-title">{textOf(fields["title"])}</p>
      <p className="wb-quiet">{textOf(fields["description"])}</p>
      <dl className="wb-pairs">
        {items.map(({ key, value }, index) => (
          <div key={index} className={isFirstLarge && index === 0 ? "wb-first-large" : pairClass(value)}>
            <dt>{key}</dt>
            <dd className={longestNumber(value) > MOST_LARGE ? "wb-long" : undefined}>
              <Unbroken text={value} />
            </dd>
          </div>
        ))}
      </dl>
      {page !== "" && (
        <p className="wb-foot wb-row" title={`${textOf(fields["appid"])} ${page}`}>
          {words.openMiniProgram}
          <Chevron />
        </p>
      )}
    </div>
  )
}
