import { useState, type JSX } from "react"
import { ask, type Problem } from "../control.ts"
import { usePanelLanguage, usePanelWords } from "../language.ts"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import { SectionHeading } from "../parts/section-heading.tsx"
import type { Overview } from "../use-overview.ts"
import { FaultForm } from "./fault-form.tsx"
import { LeftFaults } from "./left-faults.tsx"
import { READY_MADE, type ReadyMade } from "./ready-made.ts"
import "./faults.css"

interface FaultsSectionProps {
  readonly overview: Overview
  readonly tell: (text: string) => void
}

/** The faults that are still to come, and controls that add new ones. */
export function FaultsSection({ overview, tell }: FaultsSectionProps): JSX.Element {
  const all = usePanelWords()
  const words = all.faults
  return (
    <>
      <SectionHeading title={all.sections.faults} />
      <LeftFaults overview={overview} tell={tell} />
      <h3>{words.readyMade}</h3>
      <ReadyMadeFaults overview={overview} tell={tell} />
      <h3>{words.own}</h3>
      <FaultForm overview={overview} tell={tell} />
    </>
  )
}

function ReadyMadeFaults({ overview, tell }: FaultsSectionProps): JSX.Element {
  const words = usePanelWords().faults
  const language = usePanelLanguage()
  const [problems, setProblems] = useState<readonly Problem[]>([])
  const add = async ({ name, fault }: ReadyMade): Promise<void> => {
    const reply = await ask("POST", "/_sim/faults", JSON.stringify(fault))
    setProblems(reply.problems ?? [])
    if (reply.problems !== undefined) return
    tell(words.added(name[language]))
    overview.refresh()
  }
  return (
    <>
      <ul className="ready-made">
        {READY_MADE.map((one) => (
          <li key={one.name.en}>
            <button type="button" onClick={() => void add(one)}>
              <span className="name">{one.name[language]}</span>
              <span className="hint">{one.effect[language]}</span>
            </button>
          </li>
        ))}
      </ul>
      <ProblemNotice problems={problems} />
    </>
  )
}
