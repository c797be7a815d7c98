import "@wecom-push/bubble/bubble.css"
import { Bubble, type Press } from "@wecom-push/bubble"
import { memo, useMemo, type JSX } from "react"
import type { KeptBackEntry, ShownEntry, TimelineEntry } from "../../../src/phones/feed-events.ts"
import { useLanguage, useWords } from "../shell/language.ts"
import { Avatar } from "./avatar.tsx"
import type { PressResult } from "./press.ts"
import { clockOf, fullTimeOf, whenOf } from "./times.ts"

export interface EntryProps {
  readonly entry: TimelineEntry
  readonly appName: string
  /** Whether a time stands above it. */
  readonly isNewStretch: boolean
  /** Of a recalled message: whether it is shown all the same. */
  readonly isOpen: boolean
  readonly result: PressResult | undefined
  readonly onToggle: (turn: number) => void
  readonly onPress: (entry: ShownEntry, press: Press) => Promise<void>
}

/** One message of a conversation, with all that is said about it. Drawn anew only when something of it changed. */
export const EntryView = memo(function EntryView(props: EntryProps): JSX.Element {
  const { entry, isNewStretch } = props
  const language = useLanguage()
  return (
    <>
      {isNewStretch && (
        <p className="stretch">
          <time dateTime={entry.at} title={fullTimeOf(entry.at, language)}>
            {whenOf(entry.at, language)}
          </time>
        </p>
      )}
      {entry.kind === "kept_back" ? (
        <KeptBack {...props} entry={entry} />
      ) : entry.recalled === true ? (
        <Recalled {...props} entry={entry} />
      ) : (
        <Shown {...props} entry={entry} />
      )}
    </>
  )
})

function Shown({ entry, appName, result, onPress }: EntryProps & { readonly entry: ShownEntry }): JSX.Element {
  const language = useLanguage()
  const words = useWords()
  return (
    <div className="entry">
      <Sender name={appName} entry={entry} />
      <div className="entry-body">
        <MessageBubble entry={entry} onPress={(press) => onPress(entry, press)} />
        {entry.confidential === true && <p className="mark">{words.confidential}</p>}
        {entry.updated_at !== undefined && (
          <p className="mark" title={fullTimeOf(entry.updated_at, language)}>
            {words.updated(clockOf(entry.updated_at, language))}
          </p>
        )}
        <output className={result?.isRefused === true ? "mark refused" : "mark"}>{result?.text}</output>
      </div>
    </div>
  )
}

function Recalled({ entry, appName, isOpen, onToggle }: EntryProps & { readonly entry: ShownEntry }): JSX.Element {
  const words = useWords()
  return (
    <>
      <p className="system">
        {words.recalled(appName)}
        <button type="button" className="link-button" aria-expanded={isOpen} onClick={() => onToggle(entry.turn)}>
          {isOpen ? words.hideRecalled : words.showRecalled}
        </button>
      </p>
      {isOpen && (
        <div className="entry faded">
          <Sender name={appName} entry={entry} />
          <div className="entry-body">
            <MessageBubble entry={entry} />
          </div>
        </div>
      )}
    </>
  )
}

function KeptBack({ entry, appName }: EntryProps & { readonly entry: KeptBackEntry }): JSX.Element {
  const words = useWords()
  return (
    <div className="entry kept-back">
      <Sender name={appName} entry={entry} />
      <div className="entry-body">
        <p className="reason">
          <strong>
            {words.notShown} · {words.reasons[entry.reason]}
          </strong>
          {words.whys[entry.reason]}
        </p>
        <div className="faded">
          <MessageBubble entry={entry} />
        </div>
      </div>
    </div>
  )
}

function Sender({ name, entry }: { readonly name: string; readonly entry: TimelineEntry }): JSX.Element {
  const language = useLanguage()
  return (
    <>
      <Avatar name={name} kind="app" />
      <p className="sender">
        <span>{name}</span>
        <time dateTime={entry.at} title={fullTimeOf(entry.at, language)}>
          {clockOf(entry.at, language)}
        </time>
      </p>
    </>
  )
}

interface MessageBubbleProps {
  readonly entry: TimelineEntry
  readonly onPress?: (press: Press) => Promise<void>
}

function MessageBubble({ entry, onPress }: MessageBubbleProps): JSX.Element {
  const { message, media } = entry
  const language = useLanguage()
  const found = useMemo(
    () => ({
      url: (id: string) => (media[id] === undefined ? undefined : `/_sim/media/${encodeURIComponent(id)}`),
      name: (id: string) => media[id],
    }),
    [media],
  )
  return <Bubble message={message} language={language} mediaUrl={found.url} mediaName={found.name} onPress={onPress} />
}
