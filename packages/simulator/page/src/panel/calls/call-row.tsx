import { memo, useId, type JSX } from "react"
import { usePanelWords } from "../language.ts"
import { CallDetails } from "./call-details.tsx"
import type { CallItem } from "./call-item.ts"

interface CallRowProps {
  readonly call: CallItem
  readonly isOpen: boolean
  readonly onToggle: (seq: number) => void
  readonly tell: (text: string) => void
}

/** A call in one line, which opens to show everything that is known of it. */
export const CallRow = memo(function CallRow({ call, isOpen, onToggle, tell }: CallRowProps): JSX.Element {
  const words = usePanelWords().calls
  const detailsId = useId()
  const { seq, at, path, errcode, fault, shown, suppressed, dropped } = call
  return (
    <li>
      <button
        type="button"
        className="call"
        aria-expanded={isOpen}
        aria-controls={isOpen ? detailsId : undefined}
        onClick={() => onToggle(seq)}
      >
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="m6 4 4 4-4 4" />
        </svg>
        <time dateTime={at}>{timeOfDay(at)}</time>
        <code className="call-path">{path.replace(/^\/cgi-bin\//, "")}</code>
        <span className="call-marks">
          {shown.length > 0 && <span className="count">{words.shownBadge(shown.length)}</span>}
          {suppressed.length > 0 && <span className="count kept">{words.suppressedBadge(suppressed.length)}</span>}
          {dropped.length > 0 && <span className="count kept">{words.droppedBadge(dropped.length)}</span>}
          {fault !== null && <span className="count kept">{fault}</span>}
        </span>
        <span className={errcode === 0 ? "errcode" : "errcode bad"}>{errcode ?? words.unanswered}</span>
      </button>
      {isOpen && (
        <div id={detailsId} className="call-details">
          <CallDetails call={call} tell={tell} />
        </div>
      )}
    </li>
  )
})

/** The time with milliseconds, because the calls of one program come close together. */
function timeOfDay(at: string): string {
  const time = new Date(at)
  const seconds = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
  return `${seconds}.${String(time.getMilliseconds()).padStart(3, "0")}`
}

const two = (number: number): string => String(number).padStart(2, "0")
