import { useState, type JSX } from "react"
import type { Stats } from "../../../../src/ledger.ts"
import { ask, type Problem } from "../control.ts"
import { usePanelLanguage, usePanelWords } from "../language.ts"
import { ConfirmButton } from "../parts/confirm-button.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import { SectionHeading } from "../parts/section-heading.tsx"
import type { Overview } from "../use-overview.ts"
import "./simulator.css"

interface SimulatorSectionProps {
  readonly overview: Overview
  readonly tell: (text: string) => void
  readonly onReset: () => void
}

const STATS = ["calls", "recipients", "tokens", "lookups", "suppressed", "dropped"] as const satisfies (keyof Stats)[]
const PATHS = ["stats", "messages", "calls", "callbacks", "faults", "settings", "clock", "org"]

/** The simulator as a whole: what it counted, and back to its beginning. */
export function SimulatorSection({ overview, tell, onReset }: SimulatorSectionProps): JSX.Element {
  const all = usePanelWords()
  const words = all.simulator
  const locale = usePanelLanguage() === "zh" ? "zh-CN" : "en"
  const [problems, setProblems] = useState<readonly Problem[]>([])
  const revoke = async (): Promise<void> => {
    const reply = await ask<{ readonly revoked: number }>("POST", "/_sim/tokens/revoke")
    setProblems(reply.problems ?? [])
    if (reply.problems === undefined) tell(words.revoked(reply.value.revoked))
  }
  const reset = async (): Promise<void> => {
    const reply = await ask("POST", "/_sim/reset")
    setProblems(reply.problems ?? [])
    if (reply.problems !== undefined) return
    tell(words.wasReset)
    onReset()
  }
  return (
    <>
      <SectionHeading title={all.sections.simulator} />
      <h3>{words.counted}</h3>
      <dl className="stats sheet">
        {STATS.map((name) => (
          <div key={name}>
            <dt>{words.stats[name]}</dt>
            <dd>{overview.stats?.[name].toLocaleString(locale) ?? "–"}</dd>
          </div>
        ))}
      </dl>
      <ProblemNotice problems={problems} />
      <ul className="acts sheet">
        <li>
          <span>
            <strong>{words.revoke}</strong>
            <span className="hint">{words.revokeHint}</span>
          </span>
          <button type="button" className="button" onClick={() => void revoke()}>
            {words.revoke}
          </button>
        </li>
        <li>
          <span>
            <strong>{words.reset}</strong>
            <span className="hint">{words.resetHint}</span>
          </span>
          <ConfirmButton className="danger" question={words.resetQuestion} onConfirmed={() => void reset()}>
            {words.reset}
          </ConfirmButton>
        </li>
      </ul>
      <h3>{words.paths}</h3>
      <p className="hint">{words.pathsHint}</p>
      <ul className="control-paths">
        {PATHS.map((name) => (
          <li key={name}>
            <a href={`/_sim/${name}`}>/_sim/{name}</a>
          </li>
        ))}
      </ul>
    </>
  )
}
