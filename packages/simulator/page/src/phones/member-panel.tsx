import { useDeferredValue, useRef, type JSX } from "react"
import { useWords } from "../shell/language.ts"
import { focusFirstMember, MemberList, type MemberListProps } from "./member-list.tsx"

export interface MemberPanelProps extends Omit<MemberListProps, "search" | "isSearch"> {
  readonly query: string
  readonly onQuery: (query: string) => void
}

export function MemberPanel({ query, onQuery, ...list }: MemberPanelProps): JSX.Element {
  const words = useWords()
  const panel = useRef<HTMLElement>(null)
  const search = useRef<HTMLInputElement>(null)
  const { total, of } = list.members
  const count = total === undefined ? "" : query === "" ? words.membersInAll(of) : words.membersFound(total, of)
  return (
    <nav ref={panel} className="member-panel" aria-label={words.members}>
      <div className="search">
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <circle cx="7" cy="7" r="4.5" />
          <path d="m10.5 10.5 3 3" />
        </svg>
        <input
          ref={search}
          type="search"
          autoComplete="off"
          spellCheck={false}
          aria-label={words.search}
          placeholder={words.search}
          value={query}
          onChange={({ target }) => onQuery(target.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape" && query !== "") onQuery("")
            if (event.key !== "ArrowDown") return
            event.preventDefault()
            focusFirstMember(panel.current)
          }}
        />
      </div>
      <output className="member-count">{useDeferredValue(count)}</output>
      {total === 0 ? (
        <div className="no-member">
          <p>{words.noMember}</p>
          <p className="quiet">{words.noMemberHint}</p>
        </div>
      ) : (
        <MemberList key={query} {...list} isSearch={query !== ""} search={search} />
      )}
    </nav>
  )
}
