import type { JSX } from "react"
import { problemAt, type Problem } from "../control.ts"
import { usePanelLanguage } from "../language.ts"

const NOWHERE: readonly string[] = []

/** Problems of the whole, and those for which the page has no field. */
export function ProblemNotice({
  problems,
  shownElsewhere = NOWHERE,
}: {
  readonly problems: readonly Problem[]
  readonly shownElsewhere?: readonly string[]
}): JSX.Element | null {
  const language = usePanelLanguage()
  const rest = [...new Set(problems.map(({ path }) => path))].filter((path) => !shownElsewhere.includes(path))
  if (rest.length === 0) return null
  return (
    <div className="problem-notice" role="alert">
      {rest.map((path) => (
        <p key={path}>
          {path !== "" && <code>{path}</code>} {problemAt(problems, path, language)}
        </p>
      ))}
    </div>
  )
}
