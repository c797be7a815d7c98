import type { JSX } from "react"
import type { MemberView } from "../../../src/phones/feed-events.ts"
import { CopyButton } from "../shell/copy-button.tsx"
import { useWords } from "../shell/language.ts"

/** What to run to send something to this very member. */
export function SendCommand({ member }: { readonly member: MemberView }): JSX.Element {
  const words = useWords()
  const whom = member.mobile === "" ? `--user ${member.userid}` : `--mobile ${member.mobile}`
  const parts = ["npx wecom-push send", whom, '--text "你好"']
  return (
    <div className="send-command">
      <p>{words.run}</p>
      <pre>
        <code>
          {parts.map((part) => (
            <span key={part}>{part} </span>
          ))}
        </code>
        <CopyButton text={parts.join(" ")} />
      </pre>
    </div>
  )
}
