import { useState, type JSX } from "react"
import { ask, type Problem } from "../control.ts"
import { usePanelWords } from "../language.ts"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import type { Overview } from "../use-overview.ts"
import type { PanelWords } from "../words.ts"
import type { LeftFault } from "./left-fault.ts"

interface LeftFaultsProps {
  readonly overview: Overview
  readonly tell: (text: string) => void
}

/** The faults that wait for their calls, in their order. */
export function LeftFaults({ overview, tell }: LeftFaultsProps): JSX.Element {
  const all = usePanelWords()
  const words = all.faults
  const [problems, setProblems] = useState<readonly Problem[]>([])
  const { faults, refresh } = overview
  const act = async (method: "POST" | "DELETE", path: string, done: string, json?: string): Promise<void> => {
    const reply = await ask(method, path, json)
    setProblems(reply.problems ?? [])
    if (reply.problems === undefined) tell(done)
    refresh()
  }
  const removeOne = (nth: number, fault: LeftFault): Promise<void> =>
    act("POST", "/_sim/faults/remove", words.removedOne, JSON.stringify({ nth, fault }))

  return (
    <>
      <div className="heading-row">
        <h3>{words.left}</h3>
        {faults !== undefined && faults.length > 0 && (
          <button
            type="button"
            className="button danger"
            onClick={() => void act("DELETE", "/_sim/faults", words.removed)}
          >
            {words.removeAll}
          </button>
        )}
      </div>
      <ProblemNotice problems={problems} />
      {faults === undefined && <p className="quiet-line">{all.loading}</p>}
      {faults?.length === 0 && <p className="nothing sheet">{words.noneLeft}</p>}
      {faults !== undefined && faults.length > 0 && (
        <ol className="left-faults sheet" aria-label={words.left}>
          {faults.map((fault, nth) => (
            <li key={nth}>
              <span className="left-fault">
                <code>{fault.path === "*" ? words.everyCall : fault.path}</code>
                <strong>{nameOf(fault)}</strong>
                <span className="hint">{aimOf(fault, all).join(" · ")}</span>
              </span>
              <button
                type="button"
                className="small-button"
                aria-label={words.remove(`${fault.path} ${nameOf(fault)}`)}
                title={words.remove(`${fault.path} ${nameOf(fault)}`)}
                onClick={() => void removeOne(nth, fault)}
              >
                <svg viewBox="0 0 16 16" aria-hidden="true">
                  <path d="m4 4 8 8m0-8-8 8" />
                </svg>
              </button>
            </li>
          ))}
        </ol>
      )}
    </>
  )
}

/** As in `errcode 60020`. */
function nameOf({ kind, errcode, status }: LeftFault): string {
  return [kind, errcode, status].filter((part) => part !== undefined).join(" ")
}

/** Which calls it strikes, and with what besides its name. */
function aimOf(fault: LeftFault, { faults: words }: PanelWords): string[] {
  const parts = [words.timesLeft(fault.times)]
  if (fault.after > 0) parts.push(words.afterLeft(fault.after))
  if (fault.match !== undefined) parts.push(words.onlyWith(fault.match))
  if (fault.delay_ms !== undefined) parts.push(words.ms(fault.delay_ms))
  if (fault.bytes !== undefined) parts.push(words.bytes(fault.bytes))
  if (fault.body !== undefined || fault.body_base64 !== undefined) parts.push(words.withBody)
  if (fault.acts === true) parts.push(words.done)
  return parts
}
