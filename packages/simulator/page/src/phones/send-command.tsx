import { useState, type JSX } from "react"
import type { MemberView } from "../../../src/phones/feed-events.ts"
import { useWords } from "../shell/language.ts"

/** What to run to send something to this very member. */
export function SendCommand({ member }: { readonly member: MemberView }): JSX.Element {
  const words = useWords()
  const [isCopied, setCopied] = useState(false)
  const whom = member.mobile === "" ? `--user ${member.userid}` : `--mobile ${member.mobile}`
  const parts = ["npx wecom-push send", whom, '--text "你好"']
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(parts.join(" "))
    setCopied(true)
  }
  return (
    <div className="send-command">
      <p>{words.run}</p>
      <pre>
        <code>
          {parts.map((part) => (
            <span key={part}>{part} </span>
          ))}
        </code>
        <button type="button" onClick={() => void copy()}>
          {isCopied ? words.copied : words.copy}
        </button>
      </pre>
    </div>
  )
}
