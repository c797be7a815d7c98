import type { JSX } from "react"
import type { BodyProps } from "../body-props.ts"
import { textOf } from "../loose.ts"
import { LinkedText } from "./linked-text.tsx"

export function TextBubble({ fields }: BodyProps): JSX.Element {
  const mentioned = [...namesIn(fields["mentioned_list"]), ...namesIn(fields["mentioned_mobile_list"])]
  return (
    <div className="wb-bubble wb-prose">
      <LinkedText text={textOf(fields["content"])} />
      {mentioned.length > 0 && <span className="wb-mentioned">{mentioned.map((one) => ` @${one}`).join("")}</span>}
    </div>
  )
}

/** Whom the text of a group mentions: userids and mobiles as they were sent, `@all` for everybody. */
function namesIn(list: unknown): string[] {
  if (!Array.isArray(list)) return []
  return list.filter((one) => typeof one === "string").map((one) => (one === "@all" ? "all" : one))
}
