import { kindName } from "@wecom-push/bubble"
import { useVirtualizer } from "@tanstack/react-virtual"
import { useEffect, useRef, useState, type JSX, type KeyboardEvent, type RefObject } from "react"
import type { LatestMessage, MemberRow } from "../../../src/phones/feed-events.ts"
import { useLanguage, useWords, type Language } from "../shell/language.ts"
import { Link } from "../shell/link.tsx"
import type { Words } from "../shell/words.ts"
import { Avatar } from "./avatar.tsx"
import { shortWhenOf } from "./times.ts"
import type { Members } from "./use-members.ts"

export interface MemberListProps {
  readonly members: Members
  readonly current: string
  readonly unread: ReadonlyMap<string, number>
  /** Whether the user searches: then rows show who the members are instead of what came last. */
  readonly isSearch: boolean
  readonly search: RefObject<HTMLInputElement | null>
  readonly hrefOf: (userid: string) => string
}

const ROW_PX = 64

/** Members who got something last are at the top. Arrow keys go through it, from and back to the search. */
export function MemberList({ members, current, unread, isSearch, search, hrefOf }: MemberListProps): JSX.Element {
  const words = useWords()
  const scroller = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState(0)
  const { total = 0, show } = members
  // oxlint-disable-next-line react/incompatible-library -- no compiler memoizes this component, and nothing memoized gets the virtualizer
  const virtualizer = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 6,
    paddingEnd: 8,
  })
  const items = virtualizer.getVirtualItems()
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0]
  useEffect(() => show(first, last), [show, first, last])

  // A row that is gone to may have to be fetched and drawn first.
  const wanted = useRef<number>(undefined)
  useEffect(() => {
    const row = wanted.current === undefined ? null : rowAt(scroller.current, wanted.current)
    if (row === null) return
    wanted.current = undefined
    row.focus({ preventScroll: true })
  })
  const focusRow = (index: number): void => {
    wanted.current = index
    setActive(index)
    virtualizer.scrollToIndex(index, { align: "auto" })
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const index = indexAfter(event.key, active, total, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_PX))
    if (index === undefined) return
    event.preventDefault()
    if (index < 0) search.current?.focus()
    else focusRow(index)
  }

  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- keys that its links do not use move between them
    <div ref={scroller} className="member-scroller" onKeyDown={onKeyDown}>
      <ul className="members" aria-label={words.members} style={{ height: virtualizer.getTotalSize() }}>
        {items.map(({ index, start }) => {
          const member = members.row(index)
          return (
            <li
              key={index}
              aria-setsize={total}
              aria-posinset={index + 1}
              style={{ transform: `translateY(${start}px)` }}
            >
              {member === undefined ? (
                <div className="member placeholder" />
              ) : (
                <Link
                  className="member"
                  data-index={index}
                  href={hrefOf(member.userid)}
                  aria-current={member.userid === current ? "true" : undefined}
                  tabIndex={index === Math.min(active, total - 1) ? 0 : -1}
                  onFocus={() => setActive(index)}
                >
                  <MemberContent member={member} unread={unread.get(member.userid) ?? 0} isSearch={isSearch} />
                </Link>
              )}
            </li>
          )
        })}
      </ul>
    </div>
  )
}

/** From the search into the list. */
export function focusFirstMember(list: HTMLElement | null): void {
  list?.querySelector<HTMLElement>(".member-scroller")?.scrollTo({ top: 0 })
  requestAnimationFrame(() => rowAt(list, 0)?.focus())
}

function rowAt(list: HTMLElement | null, index: number): HTMLElement | null {
  return list?.querySelector<HTMLElement>(`a[data-index="${index}"]`) ?? null
}

/** -1 is above the first; undefined where the key means nothing here. */
function indexAfter(key: string, active: number, total: number, perPage: number): number | undefined {
  switch (key) {
    case "ArrowDown":
      return Math.min(active + 1, total - 1)
    case "ArrowUp":
      return active - 1
    case "PageDown":
      return Math.min(active + perPage, total - 1)
    case "PageUp":
      return Math.max(active - perPage, 0)
    case "Home":
      return 0
    case "End":
      return total - 1
    default:
      return undefined
  }
}

interface MemberContentProps {
  readonly member: MemberRow
  readonly unread: number
  readonly isSearch: boolean
}

function MemberContent({ member, unread, isSearch }: MemberContentProps): JSX.Element {
  const language = useLanguage()
  const words = useWords()
  const { name, userid, mobile, departments, licensed, latest } = member
  const identity = [userid, mobile, ...departments].filter((part) => part !== "").join(" · ")
  return (
    <>
      <Avatar name={name} kind="member" />
      <span className="member-name">
        <span className="name">{name}</span>
        {!licensed && <span className="tag">{words.unlicensed}</span>}
      </span>
      {latest !== null && (
        <time className="member-time" dateTime={latest.at}>
          {shortWhenOf(latest.at, language)}
        </time>
      )}
      <span className="member-line">{isSearch ? identity : (lineOf(latest, words, language) ?? identity)}</span>
      {unread > 0 && (
        <span className="badge">
          <span aria-hidden="true">{unread > 99 ? "99+" : unread}</span>
          <span className="hidden-text">{words.newMessages(unread)}</span>
        </span>
      )}
    </>
  )
}

function lineOf(latest: LatestMessage | null, words: Words, language: Language): string | undefined {
  if (latest === null) return undefined
  if (latest.recalled) return words.recalledShort
  return latest.preview || `[${kindName(latest.msgtype, language)}]`
}
