import { useRef, useState, type JSX } from "react"
import { navigate, withParameters } from "../../shell/location.ts"
import { usePanelWords } from "../language.ts"
import { Field } from "../parts/field.tsx"
import { SectionHeading } from "../parts/section-heading.tsx"
import { choiceOf, filterOf, queryOf } from "./call-filter.ts"
import type { CallItem } from "./call-item.ts"
import { CallRow } from "./call-row.tsx"
import { CALLS_PER_PAGE } from "./merge-calls.ts"
import { useCalls } from "./use-calls.ts"
import "./calls.css"

/**
 * The calls that the simulator got, newest first. While a call is open or the user has scrolled down, the list does not
 * move.
 */
export function CallsSection({ url, tell }: { readonly url: URL; readonly tell: (text: string) => void }): JSX.Element {
  const all = usePanelWords()
  const words = all.calls
  const filter = filterOf(url)
  const query = queryOf(filter)
  const [open, setOpen] = useState<ReadonlySet<number>>(NONE)
  const top = useRef<HTMLDivElement>(null)
  const isRead = (calls: readonly CallItem[]): boolean =>
    calls.some(({ seq }) => open.has(seq)) || isScrolledAway(top.current)
  const list = useCalls(query, isRead)
  const { calls, waiting, hasOlder, older } = list

  const toggle = (seq: number): void => {
    const changed = new Set(open)
    if (!changed.delete(seq)) changed.add(seq)
    setOpen(changed)
  }
  const toNewest = (): void => {
    setOpen(NONE)
    list.takeWaiting()
    top.current?.closest(SCROLLER)?.scrollTo({ top: 0 })
  }

  return (
    <>
      <SectionHeading title={all.sections.calls} />
      <div ref={top} className="call-filter">
        <CallFilterFields url={url} />
      </div>
      {waiting > 0 && (
        <div className="waiting-calls">
          <button type="button" onClick={toNewest}>
            {words.waiting(waiting, waiting === CALLS_PER_PAGE)}
          </button>
        </div>
      )}
      {calls === undefined && <p className="quiet-line">{all.loading}</p>}
      {calls?.length === 0 && (
        <p className="nothing">{filter.path === "" && filter.answer === "" ? words.none : words.noneFit}</p>
      )}
      {calls !== undefined && calls.length > 0 && (
        <>
          <ul className="calls sheet" aria-label={words.list}>
            {calls.toReversed().map((call) => (
              <CallRow key={call.seq} call={call} isOpen={open.has(call.seq)} onToggle={toggle} tell={tell} />
            ))}
          </ul>
          {hasOlder ? (
            <button type="button" className="button older" disabled={older === "loading"} onClick={list.loadOlder}>
              {older === "loading" ? all.loading : older === "failed" ? words.olderFailed : words.older}
            </button>
          ) : (
            <p className="quiet-line">{words.oldest}</p>
          )}
        </>
      )}
    </>
  )
}

const NONE: ReadonlySet<number> = new Set()
const SCROLLER = ".page"
// Up to this distance the list counts as scrolled to its top.
const NEAR_PX = 80

function isScrolledAway(element: HTMLElement | null): boolean {
  return (element?.closest(SCROLLER)?.scrollTop ?? 0) > NEAR_PX
}

function CallFilterFields({ url }: { readonly url: URL }): JSX.Element {
  const words = usePanelWords().calls
  const { path, answer } = filterOf(url)
  // The user has chosen "one errcode" but typed none yet, so there is no filter yet.
  const [wantsOne, setWantsOne] = useState(false)
  const choice = wantsOne ? "one" : choiceOf(answer)
  const change = (parameters: Readonly<Record<string, string | null>>): void =>
    navigate(withParameters(url, parameters), { replace: true })
  const choose = (chosen: string): void => {
    setWantsOne(chosen === "one")
    change({ answer: chosen === "one" || chosen === "" ? null : chosen })
  }
  return (
    <>
      <Field label={words.path} className="grows">
        {(attributes) => (
          <input
            {...attributes}
            type="search"
            autoComplete="off"
            spellCheck={false}
            placeholder={words.pathHint}
            value={path}
            onChange={({ target }) => change({ path: target.value === "" ? null : target.value })}
          />
        )}
      </Field>
      <Field label={words.answer}>
        {(attributes) => (
          <select {...attributes} value={choice} onChange={({ target }) => choose(target.value)}>
            <option value="">{words.anyAnswer}</option>
            <option value="0">{words.accepted}</option>
            <option value="refused">{words.refused}</option>
            <option value="none">{words.noAnswer}</option>
            <option value="one">{words.oneErrcode}</option>
          </select>
        )}
      </Field>
      {choice === "one" && (
        <Field label={words.errcode} className="short">
          {(attributes) => (
            <input
              {...attributes}
              inputMode="numeric"
              autoComplete="off"
              placeholder="81013"
              value={answer}
              onChange={({ target }) => {
                setWantsOne(true)
                change({ answer: target.value === "" ? null : target.value })
              }}
            />
          )}
        </Field>
      )}
    </>
  )
}
