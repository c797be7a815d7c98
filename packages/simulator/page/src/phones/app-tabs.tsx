import type { JSX, KeyboardEvent } from "react"
import type { Conversation } from "../../../src/ledger.ts"
import type { PhoneApp } from "../../../src/phones/feed-events.ts"
import { useWords } from "../shell/language.ts"
import { navigate } from "../shell/location.ts"

export interface AppTabsProps {
  readonly apps: readonly PhoneApp[]
  /** Null: all of them. */
  readonly current: Conversation | null
  readonly unread: ReadonlyMap<Conversation, number>
  readonly hrefOf: (conversation: Conversation | null) => string
}

/** WeCom has one conversation per app; here they can also be read as one. */
export function AppTabs({ apps, current, unread, hrefOf }: AppTabsProps): JSX.Element {
  const words = useWords()
  const tabs = [{ conversation: null, name: words.allApps, visible: true }, ...apps]
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const index = tabs.findIndex(({ conversation }) => conversation === current)
    const next = tabs[(index + step + tabs.length) % tabs.length]
    if (next === undefined) return
    navigate(hrefOf(next.conversation), { replace: true })
    event.currentTarget.parentElement
      ?.querySelector<HTMLElement>(`[data-app="${CSS.escape(String(next.conversation))}"]`)
      ?.focus()
  }
  return (
    <div className="app-tabs" role="tablist" aria-label={words.apps}>
      {tabs.map(({ conversation, name, visible }) => {
        const count = conversation === null ? 0 : (unread.get(conversation) ?? 0)
        return (
          <button
            key={conversation}
            type="button"
            role="tab"
            id={`app-tab-${conversation}`}
            data-app={conversation}
            aria-selected={conversation === current}
            aria-controls="conversation"
            tabIndex={conversation === current ? 0 : -1}
            className={visible ? "" : "unreachable"}
            title={visible ? undefined : words.invisibleApp}
            onClick={() => navigate(hrefOf(conversation), { replace: true })}
            onKeyDown={onKeyDown}
          >
            {name}
            {count > 0 && (
              <span className="dot">
                <span className="hidden-text">{words.newMessages(count)}</span>
              </span>
            )}
          </button>
        )
      })}
    </div>
  )
}
