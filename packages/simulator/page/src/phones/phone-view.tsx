import { useEffect, useRef, useState, type JSX } from "react"
import { botIn } from "../../../src/bots/bot-conversation.ts"
import type { Conversation } from "../../../src/ledger.ts"
import type { PhoneApp } from "../../../src/phones/feed-events.ts"
import { useWords } from "../shell/language.ts"
import { Link } from "../shell/link.tsx"
import { useKey } from "../shell/use-key.ts"
import { AppTabs, type AppTabsProps } from "./app-tabs.tsx"
import { MemberDetails } from "./member-details.tsx"
import type { PhoneState } from "./phone-state.ts"
import { SendCommand } from "./send-command.tsx"
import { TextSearch } from "./text-search.tsx"
import { TimelineView } from "./timeline-view.tsx"
import { WriteTo } from "./write-to.tsx"
import { useDeletions, type Deletions } from "./use-deletions.ts"
import type { LivePhone, PhoneChoice } from "./use-phone.ts"

export interface PhoneViewProps extends Pick<AppTabsProps, "unread"> {
  readonly choice: PhoneChoice
  readonly live: LivePhone
  readonly membersHref: string
  readonly keptBackHref: string
  readonly appHref: (conversation: Conversation | null) => string
  readonly onText: (text: string) => void
}

/** A member's phone with one conversation, or with all of them. */
export function PhoneView(props: PhoneViewProps): JSX.Element {
  const { choice, live, membersHref, keptBackHref, unread, appHref, onText } = props
  const { phone } = live
  const words = useWords()
  const [hasDetails, setDetails] = useState(false)
  const [isSearching, setSearching] = useState(choice.text !== "")
  const [searches, setSearches] = useState(0)
  const deletions = useDeletions(choice, phone)
  useKey("/", () => {
    setSearching(true)
    setSearches(searches + 1)
  })
  const searchButton = useRef<HTMLButtonElement>(null)
  const endSearch = (): void => {
    setSearching(false)
    onText("")
    searchButton.current?.focus()
  }
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
          <button
            ref={searchButton}
            type="button"
            className="icon-button"
            aria-label={words.searchTexts}
            title={words.searchTexts}
            aria-expanded={isSearching}
            onClick={() => (isSearching ? endSearch() : setSearching(true))}
          >
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <circle cx="7" cy="7" r="4.5" />
              <path d="m10.5 10.5 3 3" />
            </svg>
          </button>
          <button
            type="button"
            className="icon-button"
            aria-label={words.clear}
            title={words.clear}
            // Not `disabled`, because the button still has the focus after it has deleted everything.
            aria-disabled={deletions.visible.length === 0}
            onClick={deletions.clear}
          >
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d="M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.6 8.5h5.8l.6-8.5M7 7v3.5M9 7v3.5" />
            </svg>
          </button>
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
        <AppTabs apps={phone.apps} current={choice.conversation} unread={unread} hrefOf={appHref} />
      )}
      {isSearching && <TextSearch key={searches} text={choice.text} onText={onText} onClose={endSearch} />}
      {phone !== undefined && (
        <PhoneNotes phone={phone} choice={choice} keptBackHref={keptBackHref} deletions={deletions} />
      )}
      <div
        id="conversation"
        className="conversation"
        role="tabpanel"
        aria-labelledby={`app-tab-${choice.conversation}`}
      >
        {phone !== undefined && <Notices phone={phone} conversation={choice.conversation} />}
        {phone !== undefined && <Conversation {...props} phone={phone} deletions={deletions} />}
      </div>
      {phone?.member != null && <Reply phone={phone} choice={choice} />}
    </section>
  )
}

interface NotesProps extends Pick<PhoneViewProps, "choice" | "keptBackHref"> {
  readonly phone: PhoneState
  readonly deletions: Deletions
}

/** Says which messages are not shown here, and lets the user show them. */
function PhoneNotes({ phone, choice, keptBackHref, deletions }: NotesProps): JSX.Element | null {
  const words = useWords()
  const hasKeptBack = phone.keptBack > 0 || choice.withKeptBack
  if (!hasKeptBack && !deletions.areThere) return null
  return (
    <div className="phone-notes">
      {hasKeptBack && (
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
      {deletions.areThere && (
        <p title={words.deletedExplained}>
          {words.deletedHere}{" "}
          <button
            type="button"
            className="link-button"
            onClick={() => {
              deletions.showAgain()
              // The button disappears, so the focus is moved.
              document.getElementById("content")?.focus()
            }}
          >
            {words.showAgain}
          </button>
        </p>
      )}
    </div>
  )
}

interface ConversationProps extends PhoneViewProps {
  readonly phone: PhoneState
  readonly deletions: Deletions
}

function Conversation({ choice, live, phone, deletions }: ConversationProps): JSX.Element | null {
  const words = useWords()
  const { older, loadOlder } = live
  const { visible } = deletions
  const isFetchingMore = visible.length === 0 && phone.before !== null
  useEffect(() => {
    // All held entries were deleted, but older ones may not be.
    if (isFetchingMore && older === "idle") loadOlder()
  }, [isFetchingMore, older, loadOlder])
  if (visible.length > 0) {
    return (
      <TimelineView
        key={phone.generation}
        phone={phone}
        entries={visible}
        userid={choice.userid}
        older={older}
        loadOlder={loadOlder}
        onDelete={deletions.deleteOne}
      />
    )
  }
  if (phone.member === null) return null
  if (choice.text !== "" || deletions.areThere) {
    return (
      <div className="empty">
        <p>{choice.text === "" ? words.deletedExplained : words.noText(choice.text)}</p>
      </div>
    )
  }
  const app = phone.apps.find(({ conversation }) => conversation === choice.conversation)
  return (
    <div className="empty">
      <p>{app === undefined ? words.emptyPhone : words.emptyApp(app.name)}</p>
      <SendCommand member={phone.member} />
    </div>
  )
}

/** The member can write in the conversation of an app or a smart robot. */
function Reply({ phone, choice }: Pick<ConversationProps, "phone" | "choice">): JSX.Element | null {
  const { conversation, userid } = choice
  const other = phone.apps.find((one) => one.conversation === conversation)
  if (other === undefined) return null
  const bot = botIn(conversation)
  if (bot !== undefined) return <WriteTo key={bot} userid={userid} to={{ bot }} name={other.name} />
  if (typeof conversation !== "number" || !other.visible || !other.enabled) return null
  return <WriteTo key={conversation} userid={userid} to={{ agentid: conversation }} name={other.name} />
}

/** Says why no message can arrive here, if that is so. */
function Notices({
  phone,
  conversation,
}: {
  readonly phone: PhoneState
  readonly conversation: Conversation | null
}): JSX.Element {
  const words = useWords()
  const app = phone.apps.find((one) => one.conversation === conversation)
  const notices = [
    phone.member === null ? words.unknownMember : "",
    phone.member?.licensed === false ? words.unlicensedNotice : "",
    ...(app?.chat === undefined ? appNotices(words, phone, app) : chatNotices(words, app, app.chat)),
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

type Words = ReturnType<typeof useWords>

function appNotices(words: Words, { member }: PhoneState, app: PhoneApp | undefined): string[] {
  return [
    app?.visible === false && member !== null ? words.invisibleNotice(app.name) : "",
    app?.enabled === false ? words.disabledNotice(app.name) : "",
  ]
}

function chatNotices(words: Words, { visible, enabled }: PhoneApp, chat: NonNullable<PhoneApp["chat"]>): string[] {
  return [words.chatNotice(chat.app, chat.members), visible ? "" : words.notInChat, enabled ? "" : words.disbandedChat]
}
