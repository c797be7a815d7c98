import "@wecom-push/bubble/bubble.css"
import { Bubble, type Press } from "@wecom-push/bubble"
import { memo, useMemo, type JSX } from "react"
import type { KeptBackEntry, ShownEntry, TimelineEntry } from "../../../src/phones/feed-events.ts"
import { useLanguage, useWords } from "../shell/language.ts"
import { Avatar } from "./avatar.tsx"
import type { PressResult } from "./press.ts"
import { RawJson } from "./raw-json.tsx"
import { clockOf, fullTimeOf, whenOf } from "./times.ts"

export interface EntryProps {
  readonly entry: TimelineEntry
  readonly appName: string
  /** Whether a time is shown above the message. */
  readonly isNewStretch: boolean
  /** Whether a recalled message is shown all the same. */
  readonly isOpen: boolean
  /** Whether its JSON is shown. */
  readonly isRaw: boolean
  /** The member whose phone it is on. */
  readonly userid: string
  readonly result: PressResult | undefined
  readonly onToggle: (turn: number) => void
  readonly onRaw: (turn: number) => void
  readonly onDelete: (turn: number) => void
  readonly onPress: (entry: ShownEntry, press: Press) => Promise<void>
}

/** One message of a conversation, with everything that is shown about it. Drawn again only when a part of it changes. */
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
      {props.isRaw && <RawJson userid={props.userid} entry={entry} />}
    </>
  )
})

function Shown(props: EntryProps & { readonly entry: ShownEntry }): JSX.Element {
  const { entry, appName, result, onPress } = props
  const language = useLanguage()
  const words = useWords()
  return (
    <div className="entry">
      <Sender name={appName} entry={entry} actions={<EntryActions {...props} />} />
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

function Recalled(props: EntryProps & { readonly entry: ShownEntry }): JSX.Element {
  const { entry, appName, isOpen, onToggle } = props
  const words = useWords()
  return (
    <>
      <p className="system">
        {words.recalled(appName)}
        <button type="button" className="link-button" aria-expanded={isOpen} onClick={() => onToggle(entry.turn)}>
          {isOpen ? words.hideRecalled : words.showRecalled}
        </button>
        <EntryActions {...props} />
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

function KeptBack(props: EntryProps & { readonly entry: KeptBackEntry }): JSX.Element {
  const { entry, appName } = props
  const words = useWords()
  return (
    <div className="entry kept-back">
      <Sender name={appName} entry={entry} actions={<EntryActions {...props} />} />
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

/** The actions that testers have and phones do not. */
function EntryActions({ entry, isRaw, onRaw, onDelete }: EntryProps): JSX.Element {
  const words = useWords()
  return (
    <span className="entry-actions">
      <button
        type="button"
        aria-label={words.rawJson}
        title={words.rawJson}
        aria-expanded={isRaw}
        onClick={() => onRaw(entry.turn)}
      >
        {"{ }"}
      </button>
      <button
        type="button"
        aria-label={words.deleteEntry}
        title={words.deleteEntry}
        onClick={() => onDelete(entry.turn)}
      >
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.6 8.5h5.8l.6-8.5" />
        </svg>
      </button>
    </span>
  )
}

interface SenderProps {
  readonly name: string
  readonly entry: TimelineEntry
  readonly actions?: JSX.Element
}

function Sender({ name, entry, actions }: SenderProps): JSX.Element {
  const language = useLanguage()
  return (
    <>
      <Avatar name={name} kind="app" />
      <p className="sender">
        <span>{name}</span>
        <time dateTime={entry.at} title={fullTimeOf(entry.at, language)}>
          {clockOf(entry.at, language)}
        </time>
        {actions}
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
