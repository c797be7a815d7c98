import { useVirtualizer, type Range, defaultRangeExtractor } from "@tanstack/react-virtual"
import type { Press } from "@wecom-push/bubble"
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type JSX } from "react"
import type { Conversation } from "../../../src/ledger.ts"
import type { PhoneApp, ShownEntry } from "../../../src/phones/feed-events.ts"
import { useLanguage, useWords } from "../shell/language.ts"
import { useKey } from "../shell/use-key.ts"
import { EntryView } from "./entry-view.tsx"
import type { PhoneState } from "./phone-state.ts"
import { press, type PressResult } from "./press.ts"
import { isNewStretch } from "./times.ts"
import type { LivePhone } from "./use-phone.ts"

export interface TimelineViewProps {
  readonly phone: PhoneState
  /** The phone's entries that were not deleted here. */
  readonly entries: PhoneState["entries"]
  readonly userid: string
  readonly older: LivePhone["older"]
  readonly loadOlder: () => void
  readonly onDelete: (turn: number) => void
}

// Between the height of a line of text and that of a card; visible bubbles are measured.
const ESTIMATED_PX = 110
const END_PX = 60
/** When fewer entries than this are left above the visible ones, the next older entries are fetched. */
const AHEAD = 15

/** The conversation, newest at the bottom. Only the visible entries are in the document, however many there are. */
export function TimelineView(props: TimelineViewProps): JSX.Element {
  const { phone, entries, userid, older, loadOlder, onDelete } = props
  const words = useWords()
  const { before } = phone
  const scroller = useRef<HTMLDivElement>(null)
  const [touched, setTouched] = useState<ReadonlySet<number>>(NONE)
  const { opened, toggle, raw, toggleRaw, results, pressOn } = useEntryStates(userid)
  const names = useAppNames(phone.apps)

  // oxlint-disable-next-line react/incompatible-library -- no compiler memoizes this component, and nothing memoized gets the virtualizer
  const virtualizer = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ESTIMATED_PX,
    // Starts at the end, because at the beginning it would fetch older entries.
    initialOffset: () => entries.length * ESTIMATED_PX,
    getItemKey: useCallback((index: number) => entries[index]?.turn ?? index, [entries]),
    rangeExtractor: useCallback((range: Range) => rangeWith(touched, entries, range), [touched, entries]),
    overscan: 5,
    paddingStart: TOP_PX,
    paddingEnd: 16,
    // Older entries are added above without moving what the user reads; new ones scroll into view for a user who is at
    // the end.
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: END_PX,
  })
  useLayoutEffect(() => virtualizer.scrollToEnd(), [virtualizer])

  const items = virtualizer.getVirtualItems()
  // Undefined before the first layout, when nothing is visible yet.
  const firstSeen = items[0]?.index
  useEffect(() => {
    if (firstSeen !== undefined && firstSeen < AHEAD && before !== null && older === "idle") loadOlder()
  }, [firstSeen, before, older, loadOlder])

  // A message that is to get the focus may have to be drawn first.
  const wanted = useRef<number>(undefined)
  const focusWanted = (): void => {
    const row = wanted.current === undefined ? null : rowOf(scroller.current, wanted.current)
    if (row === null) return
    wanted.current = undefined
    row.focus({ preventScroll: true })
  }
  useEffect(focusWanted)
  const goBy = (step: 1 | -1): void => {
    const turn = document.activeElement === null ? undefined : turnOf(document.activeElement)
    const at = turn === undefined ? -1 : entries.findIndex((entry) => entry.turn === turn)
    const index = at < 0 ? entries.length - 1 : Math.min(Math.max(at + step, 0), entries.length - 1)
    wanted.current = entries[index]?.turn
    virtualizer.scrollToIndex(index, { align: "auto" })
    focusWanted()
  }
  // Reads the entries through a ref, because a new function each time would draw all entries again.
  const held = useRef(entries)
  useEffect(() => {
    held.current = entries
  })
  const deleteAt = useCallback(
    (turn: number): void => {
      const index = held.current.findIndex((entry) => entry.turn === turn)
      // The focused button is removed with its message, so the focus moves to a neighbour.
      wanted.current = (held.current[index + 1] ?? held.current[index - 1])?.turn
      onDelete(turn)
    },
    [onDelete],
  )
  useKey("j", () => goBy(1))
  useKey("k", () => goBy(-1))

  const isAtEnd = virtualizer.isAtEnd(END_PX)
  const unseen = useUnseen(entries, isAtEnd)

  return (
    <div className="timeline-frame">
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- it has the focus while one scrolls, and gets the events of what is filled in inside of it */}
      <section
        ref={scroller}
        className="timeline"
        aria-label={words.messages}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
        tabIndex={0}
        onKeyDown={(event) => {
          // The browser's own scrolling to an end stops early, because entries are measured on the way.
          if (event.target !== event.currentTarget || (event.key !== "Home" && event.key !== "End")) return
          event.preventDefault()
          if (event.key === "End") virtualizer.scrollToEnd()
          else virtualizer.scrollToOffset(0)
        }}
        onInput={({ target }) => {
          const turn = turnOf(target)
          if (turn !== undefined) setTouched((touched) => new Set([...touched, turn]))
        }}
      >
        <ul className="timeline-entries" style={{ height: virtualizer.getTotalSize() }}>
          <TimelineTop before={before} older={older} loadOlder={loadOlder} />
          {items.map(({ index, key, start }) => {
            const entry = entries[index]
            if (entry === undefined) return null
            return (
              <li
                key={key}
                ref={virtualizer.measureElement}
                data-index={index}
                data-turn={entry.turn}
                aria-setsize={before === null ? entries.length : -1}
                aria-posinset={index + 1}
                className="timeline-entry"
                tabIndex={-1}
                style={{ transform: `translateY(${start}px)` }}
              >
                <EntryView
                  entry={entry}
                  appName={names(entry.conversation)}
                  // The oldest held entry gets no time, because the time would disappear when older entries arrive, and
                  // move what the user reads.
                  isNewStretch={(index > 0 || before === null) && isNewStretch(entry.at, entries[index - 1]?.at)}
                  isOpen={opened.has(entry.turn)}
                  isRaw={raw.has(entry.turn)}
                  userid={userid}
                  result={results.get(entry.turn)}
                  onToggle={toggle}
                  onRaw={toggleRaw}
                  onDelete={deleteAt}
                  onPress={pressOn}
                />
              </li>
            )
          })}
        </ul>
      </section>
      {!isAtEnd && (
        <button type="button" className="to-newest" onClick={() => virtualizer.scrollToEnd()}>
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M8 3v9M4 8.5 8 12.5l4-4" />
          </svg>
          {unseen === 0 ? <span className="hidden-text">{words.toNewest}</span> : words.newBelow(unseen)}
        </button>
      )}
    </div>
  )
}

/** The room above the first entry, for the text that there is nothing older or that it is being loaded. */
const TOP_PX = 40

function TimelineTop({
  before,
  older,
  loadOlder,
}: Pick<TimelineViewProps, "older" | "loadOlder"> & { before: number | null }) {
  const words = useWords()
  if (older === "failed") {
    return (
      <li className="timeline-top">
        <button type="button" className="link-button" onClick={loadOlder}>
          {words.olderFailed}
        </button>
      </li>
    )
  }
  return <li className="timeline-top">{before === null ? words.beginning : words.olderLoading}</li>
}

const NONE: ReadonlySet<number> = new Set()

/**
 * An entry whose form the user has filled in stays in the document when it is scrolled out of sight; otherwise its
 * values would be lost.
 */
function rangeWith(touched: ReadonlySet<number>, entries: PhoneState["entries"], range: Range): number[] {
  const indexes = defaultRangeExtractor(range)
  if (touched.size === 0) return indexes
  const kept = entries.flatMap(({ turn }, index) => (touched.has(turn) ? [index] : []))
  return [...new Set([...indexes, ...kept])].sort((a, b) => a - b)
}

function rowOf(list: HTMLElement | null, turn: number): HTMLElement | null {
  return list?.querySelector<HTMLElement>(`[data-turn="${turn}"]`) ?? null
}

function turnOf(target: EventTarget): number | undefined {
  const row = target instanceof Element ? target.closest<HTMLElement>("[data-turn]") : null
  return row === null ? undefined : Number(row.dataset["turn"])
}

/** The state of single entries, kept while they are scrolled out of sight. */
function useEntryStates(userid: string) {
  const language = useLanguage()
  const [opened, toggle] = useToggles()
  const [raw, toggleRaw] = useToggles()
  const [results, setResults] = useState<ReadonlyMap<number, PressResult>>(new Map())
  const pressOn = useCallback(
    async ({ turn, msgid }: ShownEntry, what: Press): Promise<void> => {
      const result = await press(userid, msgid, what, language)
      setResults((results) => new Map([...results, [turn, result]]))
    },
    [userid, language],
  )
  return { opened, toggle, raw, toggleRaw, results, pressOn }
}

function useToggles(): [ReadonlySet<number>, (turn: number) => void] {
  const [turns, setTurns] = useState<ReadonlySet<number>>(NONE)
  const toggle = useCallback((turn: number): void => {
    setTurns((turns) => {
      const changed = new Set(turns)
      if (!changed.delete(turn)) changed.add(turn)
      return changed
    })
  }, [])
  return [turns, toggle]
}

function useAppNames(apps: readonly PhoneApp[]): (conversation: Conversation) => string {
  return (conversation) => apps.find((app) => app.conversation === conversation)?.name ?? String(conversation)
}

/** How many entries arrived while the user was reading older ones. */
function useUnseen(entries: PhoneState["entries"], isAtEnd: boolean): number {
  const newest = entries.at(-1)?.turn ?? 0
  const [lastSeen, setLastSeen] = useState(newest)
  if (isAtEnd && lastSeen !== newest) setLastSeen(newest)
  return isAtEnd ? 0 : entries.length - 1 - entries.findLastIndex(({ turn }) => turn <= lastSeen)
}
