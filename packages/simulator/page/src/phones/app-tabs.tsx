import type { JSX, KeyboardEvent } from "react"
import type { PhoneApp } from "../../../src/phones/feed-events.ts"
import { useWords } from "../shell/language.ts"
import { navigate } from "../shell/location.ts"

export interface AppTabsProps {
  readonly apps: readonly PhoneApp[]
  /** Null: all of them. */
  readonly current: number | null
  readonly unread: ReadonlyMap<number, number>
  readonly hrefOf: (agentid: number | null) => string
}

/** WeCom has one conversation per app; here they can also be read as one. */
export function AppTabs({ apps, current, unread, hrefOf }: AppTabsProps): JSX.Element {
  const words = useWords()
  const tabs = [{ agentid: null, name: words.allApps, visible: true }, ...apps]
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const index = tabs.findIndex(({ agentid }) => agentid === current)
    const next = tabs[(index + step + tabs.length) % tabs.length]
    if (next === undefined) return
    navigate(hrefOf(next.agentid), { replace: true })
    event.currentTarget.parentElement?.querySelector<HTMLElement>(`[data-app="${next.agentid}"]`)?.focus()
  }
  return (
    <div className="app-tabs" role="tablist" aria-label={words.apps}>
      {tabs.map(({ agentid, name, visible }) => {
        const count = agentid === null ? 0 : (unread.get(agentid) ?? 0)
        return (
          <button
            key={agentid}
            type="button"
            role="tab"
            id={`app-tab-${agentid}`}
            data-app={agentid}
            aria-selected={agentid === current}
            aria-controls="conversation"
            tabIndex={agentid === current ? 0 : -1}
            className={visible ? "" : "unreachable"}
            title={visible ? undefined : words.invisibleApp}
            onClick={() => navigate(hrefOf(agentid), { replace: true })}
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
