import { useState, type JSX } from "react"
import { useWords } from "../shell/language.ts"
import { Link } from "../shell/link.tsx"
import { AppTabs, type AppTabsProps } from "./app-tabs.tsx"
import { MemberDetails } from "./member-details.tsx"
import type { PhoneState } from "./phone-state.ts"
import { SendCommand } from "./send-command.tsx"
import { TimelineView } from "./timeline-view.tsx"
import type { LivePhone, PhoneChoice } from "./use-phone.ts"

export interface PhoneViewProps extends Pick<AppTabsProps, "unread"> {
  readonly choice: PhoneChoice
  readonly live: LivePhone
  readonly membersHref: string
  readonly keptBackHref: string
  readonly appHref: (agentid: number | null) => string
}

/** A member's phone with the conversation of one app, or of all. */
export function PhoneView(props: PhoneViewProps): JSX.Element {
  const { choice, live, membersHref, keptBackHref, unread, appHref } = props
  const { phone } = live
  const words = useWords()
  const [hasDetails, setDetails] = useState(false)
  const name = phone?.member?.name ?? choice.userid
  return (
    <section className="phone" aria-label={words.phoneOf(name)}>
      <header className="phone-header">
        <Link className="icon-button back" href={membersHref} aria-label={words.back}>
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M10 2.5 4.5 8l5.5 5.5" />
          </svg>
        </Link>
        <h2>{name}</h2>
        <div className="phone-tools">
          {phone !== undefined && (phone.keptBack > 0 || choice.withKeptBack) && (
            <Link
              className="kept-back-switch"
              href={keptBackHref}
              role="switch"
              aria-checked={choice.withKeptBack}
              title={words.keptBackTitle}
            >
              {words.keptBack(phone.keptBack)}
            </Link>
          )}
          <button
            type="button"
            className="icon-button more"
            aria-label={words.details}
            aria-expanded={hasDetails}
            onClick={() => setDetails(!hasDetails)}
          >
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <circle cx="3" cy="8" r="1.2" />
              <circle cx="8" cy="8" r="1.2" />
              <circle cx="13" cy="8" r="1.2" />
            </svg>
          </button>
        </div>
      </header>
      {hasDetails && phone?.member != null && (
        <div className="phone-details">
          <MemberDetails member={phone.member} apps={phone.apps} />
        </div>
      )}
      {phone !== undefined && phone.member !== null && (
        <AppTabs apps={phone.apps} current={choice.agentid} unread={unread} hrefOf={appHref} />
      )}
      <div id="conversation" className="conversation" role="tabpanel" aria-labelledby={`app-tab-${choice.agentid}`}>
        {phone !== undefined && <Notices phone={phone} agentid={choice.agentid} />}
        {phone !== undefined && <Conversation {...props} phone={phone} />}
      </div>
    </section>
  )
}

function Conversation({ choice, live, phone }: PhoneViewProps & { readonly phone: PhoneState }): JSX.Element | null {
  const words = useWords()
  if (phone.entries.length > 0) {
    const { older, loadOlder } = live
    return (
      <TimelineView key={phone.generation} phone={phone} userid={choice.userid} older={older} loadOlder={loadOlder} />
    )
  }
  if (phone.member === null) return null
  const app = phone.apps.find(({ agentid }) => agentid === choice.agentid)
  return (
    <div className="empty">
      <p>{app === undefined ? words.emptyPhone : words.emptyApp(app.name)}</p>
      <SendCommand member={phone.member} />
    </div>
  )
}

/** Why nothing arrives here, where that is so. */
function Notices({ phone, agentid }: { readonly phone: PhoneState; readonly agentid: number | null }): JSX.Element {
  const words = useWords()
  const app = phone.apps.find((one) => one.agentid === agentid)
  const notices = [
    phone.member === null ? words.unknownMember : "",
    phone.member?.licensed === false ? words.unlicensedNotice : "",
    app?.visible === false && phone.member !== null ? words.invisibleNotice(app.name) : "",
    app?.enabled === false ? words.disabledNotice(app.name) : "",
  ].filter((notice) => notice !== "")
  return (
    <>
      {notices.map((notice) => (
        <p key={notice} className="notice">
          {notice}
        </p>
      ))}
    </>
  )
}
