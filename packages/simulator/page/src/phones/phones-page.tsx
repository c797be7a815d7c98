import { kindName } from "@wecom-push/bubble"
import { useEffect, useReducer, useRef, useState, useSyncExternalStore, type JSX } from "react"
import type { Conversation } from "../../../src/ledger.ts"
import type { Arrival, ShownEntry } from "../../../src/phones/feed-events.ts"
import { useLanguage, useWords, type Language } from "../shell/language.ts"
import { navigate, withParameters } from "../shell/location.ts"
import type { Words } from "../shell/words.ts"
import { MemberDetails } from "./member-details.tsx"
import { MemberPanel } from "./member-panel.tsx"
import { PhoneView } from "./phone-view.tsx"
import "../styles/phones.css"
import { unreadReducer } from "./unread.ts"
import { useMembers } from "./use-members.ts"
import { usePhone, type PhoneChoice } from "./use-phone.ts"

/** The list of members, and the phone of one of them. A narrow screen shows only one of the two. */
export function PhonesPage({ url }: { readonly url: URL }): JSX.Element {
  const language = useLanguage()
  const words = useWords()
  const choice = choiceOf(url)
  const [query, setQuery] = useState("")
  const members = useMembers(query)
  const [unread, countUnread] = useReducer(unreadReducer, new Map())
  const [announcement, setAnnouncement] = useState({ text: "", number: 0 })
  const refreshSoon = useThrottled(members.refresh)

  const live = usePhone(choice, {
    onArrived(arrivals: readonly Arrival[]) {
      // In a hidden tab nothing counts as seen.
      countUnread({ kind: "arrived", arrivals, seen: document.hidden ? UNSEEN : choice })
      refreshSoon()
    },
    onShown(entries: readonly ShownEntry[]) {
      const newest = entries.at(-1)
      if (newest === undefined) return
      const app =
        live.phone?.apps.find(({ conversation }) => conversation === newest.conversation)?.name ??
        String(newest.conversation)
      const text = announcementOf(newest, app, words, language)
      setAnnouncement(({ number }) => ({ text, number: number + 1 }))
    },
    onMembersChanged: members.refresh,
    onReset: () => countUnread({ kind: "reset" }),
  })

  const { userid, conversation } = choice
  useEffect(() => {
    const see = (): void => {
      if (!document.hidden) countUnread({ kind: "seen", userid, conversation })
    }
    see()
    document.addEventListener("visibilitychange", see)
    return () => document.removeEventListener("visibilitychange", see)
  }, [userid, conversation])
  const unreadOf = unreadByMember(unread)
  useTitle(
    words.title,
    unreadOf.values().reduce((sum, count) => sum + count, 0),
  )

  const isNarrow = useIsNarrow()
  const firstMember = members.row(0)?.userid
  useEffect(() => {
    // On a wide screen a phone is always shown beside the list.
    if (isNarrow || userid !== "" || firstMember === undefined || query !== "") return
    // If the user has already gone back, this address would replace the one that the user went to.
    if (location.href !== url.href) return
    navigate(withParameters(url, { user: firstMember }), { replace: true })
  }, [isNarrow, userid, firstMember, query, url])

  const { phone } = live
  return (
    <div className={userid === "" ? "phones" : "phones has-phone"}>
      {!live.isOnline && (
        <p className="offline" role="alert">
          {words.offline}
        </p>
      )}
      <MemberPanel
        query={query}
        onQuery={setQuery}
        members={members}
        current={userid}
        unread={unreadOf}
        hrefOf={(user) => withParameters(url, { user, app: null, find: null })}
      />
      <main id="content" className="stage" tabIndex={-1}>
        {userid === "" ? (
          <p className="choose">{words.choose}</p>
        ) : (
          <PhoneView
            key={userid}
            choice={choice}
            live={live}
            unread={unread.get(userid) ?? NONE}
            membersHref={withParameters(url, { user: null, app: null, find: null })}
            keptBackHref={withParameters(url, { not_shown: choice.withKeptBack ? null : "1" })}
            appHref={(app) => withParameters(url, { app: app === null ? null : String(app) })}
            onText={searchFor}
          />
        )}
        {phone?.member != null && (
          <aside className="beside" aria-label={words.details}>
            <MemberDetails member={phone.member} apps={phone.apps} />
          </aside>
        )}
      </main>
      <p className="hidden-text" aria-live="polite">
        {/* A new element each time: what is said twice would otherwise be read out once. */}
        <span key={announcement.number}>{announcement.text}</span>
      </p>
    </div>
  )
}

/** The text read out for a message that arrived or changed. */
function announcementOf(
  { recalled, updated_at, preview, message }: ShownEntry,
  app: string,
  words: Words,
  language: Language,
): string {
  if (recalled === true) return words.recalled(app)
  const text = preview || `[${kindName(message.msgtype, language)}]`
  return updated_at === undefined ? words.arrived(app, text) : words.changed(app, text)
}

const NONE: ReadonlyMap<Conversation, number> = new Map()
const UNSEEN = { userid: "", conversation: null }

/** Shows the number of unread messages in the title, for users who have the page in a background tab. */
function useTitle(title: string, unread: number): void {
  useEffect(() => {
    document.title = unread === 0 ? title : `(${unread}) ${title}`
    return () => {
      document.title = title
    }
  }, [title, unread])
}

function choiceOf({ searchParams }: URL): PhoneChoice {
  const app = searchParams.get("app") ?? ""
  return {
    userid: searchParams.get("user") ?? "",
    conversation: /^\d{1,15}$/.test(app) ? Number(app) : /^[a-z]+:./.test(app) ? app : null,
    withKeptBack: searchParams.get("not_shown") === "1",
    text: searchParams.get("find") ?? "",
  }
}

/** Uses the address at the time of the call: the user may have left while the search waited for more letters. */
function searchFor(text: string): void {
  navigate(withParameters(new URL(location.href), { find: text === "" ? null : text }), { replace: true })
}

function unreadByMember(unread: ReadonlyMap<string, ReadonlyMap<Conversation, number>>): ReadonlyMap<string, number> {
  const sums = new Map<string, number>()
  for (const [userid, byApp] of unread)
    sums.set(
      userid,
      [...byApp.values()].reduce((sum, count) => sum + count, 0),
    )
  return sums
}

const REFRESH_MS = 400

/** Calls at once, and once more at the end of a burst. */
function useThrottled(act: () => void): () => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const isWanted = useRef(false)
  const run = (): void => {
    isWanted.current = timer.current !== undefined
    if (isWanted.current) return
    act()
    timer.current = setTimeout(() => {
      timer.current = undefined
      if (isWanted.current) run()
    }, REFRESH_MS)
  }
  return run
}

const narrow = matchMedia("(max-width: 760px)")

function useIsNarrow(): boolean {
  return useSyncExternalStore(
    (tell) => {
      narrow.addEventListener("change", tell)
      return () => narrow.removeEventListener("change", tell)
    },
    () => narrow.matches,
  )
}
