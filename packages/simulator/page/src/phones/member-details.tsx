import type { JSX } from "react"
import type { MemberView, PhoneApp } from "../../../src/phones/feed-events.ts"
import { useWords } from "../shell/language.ts"
import { Avatar } from "./avatar.tsx"
import { SendCommand } from "./send-command.tsx"

export interface MemberDetailsProps {
  readonly member: MemberView
  readonly apps: readonly PhoneApp[]
}

/** What the organisation knows of the member, and what to run to send something here. */
export function MemberDetails({ member, apps }: MemberDetailsProps): JSX.Element {
  const words = useWords()
  const { userid, name, mobile, email, departments, licensed } = member
  const reaching = apps.filter(({ visible, enabled }) => visible && enabled)
  const rows = [
    [words.userid, userid],
    [words.mobile, mobile],
    [words.email, email],
    [words.departments, departments.join(" · ")],
    [words.licence, licensed ? words.licensed : words.unlicensed],
    [words.reachedBy, reaching.map((app) => app.name).join(" · ") || words.noAppReaches],
  ].filter(([, value]) => value !== "")
  return (
    <div className="member-details">
      <div className="member-card">
        <Avatar name={name} kind="member" />
        <strong>{name}</strong>
      </div>
      <dl>
        {rows.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <SendCommand member={member} />
    </div>
  )
}
