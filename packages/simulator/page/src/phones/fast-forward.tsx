import { useId, useState, type JSX } from "react"
import { useLanguage, useWords } from "../shell/language.ts"
import { fetchJson } from "../shell/read-json.ts"
import { fullTimeOf } from "./times.ts"

/** Advances the simulator's clock by steps, as the panel does with more choice. */
export function FastForward(): JSX.Element {
  const words = useWords()
  const language = useLanguage()
  const id = useId()
  const [told, setTold] = useState("")
  const advance = async (seconds: number): Promise<void> => {
    try {
      const body = JSON.stringify({ advance_s: seconds })
      const { now } = await fetchJson<{ readonly now: string }>("/_sim/clock", { method: "POST", body })
      setTold(words.simulatorTime(fullTimeOf(now, language)))
    } catch {
      setTold(words.clockFailed)
    }
  }
  return (
    <>
      <button type="button" className="icon-button" popoverTarget={id} aria-label={words.clock} title={words.clock}>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="m2.5 4 5 4-5 4zM8.5 4l5 4-5 4z" />
        </svg>
      </button>
      {/* The note on the last press is removed when it is opened again. */}
      <div id={id} popover="auto" className="fast-forward" onBeforeToggle={() => setTold("")}>
        <p>{words.clock}</p>
        <div className="steps">
          {words.steps.map(([seconds, name]) => (
            <button key={seconds} type="button" onClick={() => void advance(seconds)}>
              +{name}
            </button>
          ))}
        </div>
        <output>{told}</output>
      </div>
    </>
  )
}
