import { useState, type JSX } from "react"
import type { Settings } from "../../../../src/settings.ts"
import { ask, type Problem } from "../control.ts"
import { usePanelLanguage, usePanelWords } from "../language.ts"
import { ConfirmButton } from "../parts/confirm-button.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import { SectionHeading } from "../parts/section-heading.tsx"
import type { Overview } from "../use-overview.ts"
import { SettingRowView } from "./setting-row-view.tsx"
import { changedSettings, fitsSearch, isChanged, rowGroups, settingsBody, type SettingRow } from "./setting-values.ts"
import "./settings.css"

interface SettingsSectionProps {
  readonly overview: Overview
  readonly tell: (text: string) => void
}

/** How the simulator behaves, switch by switch, each beside its default. */
export function SettingsSection({ overview, tell }: SettingsSectionProps): JSX.Element {
  const all = usePanelWords()
  const { settings, defaults } = overview
  return (
    <>
      <SectionHeading title={all.sections.settings} />
      {settings === undefined || defaults === undefined ? (
        <p className="quiet-line">{all.loading}</p>
      ) : (
        <SettingList settings={settings} defaults={defaults} onChanged={overview.refresh} tell={tell} />
      )}
    </>
  )
}

interface SettingListProps {
  readonly settings: Settings
  readonly defaults: Settings
  readonly onChanged: () => void
  readonly tell: (text: string) => void
}

function SettingList({ settings, defaults, onChanged, tell }: SettingListProps): JSX.Element {
  const words = usePanelWords().settings
  const language = usePanelLanguage()
  const [query, setQuery] = useState("")
  const [onlyChanged, setOnlyChanged] = useState(false)
  const [problems, setProblems] = useState<readonly Problem[]>([])
  const changed = changedSettings(settings, defaults)
  const isSought = (row: SettingRow): boolean =>
    (!onlyChanged || isChanged(row)) && fitsSearch(row, query.trim(), language)
  const groups = rowGroups(settings, defaults)
    .map(({ title, rows }) => ({ title, rows: rows.filter(isSought) }))
    .filter(({ rows }) => rows.length > 0)

  const put = async (json: string, done: string): Promise<readonly Problem[]> => {
    const reply = await ask("PUT", "/_sim/settings", json)
    if (reply.problems !== undefined) return reply.problems
    tell(done)
    onChanged()
    return []
  }
  const resetAll = async (): Promise<void> => {
    const body = settingsBody(changed.map((row) => ({ row, value: row.default })))
    setProblems(await put(body, words.allReset))
  }

  return (
    <>
      <div className="setting-filter">
        <input
          type="search"
          autoComplete="off"
          spellCheck={false}
          aria-label={words.find}
          placeholder={words.find}
          value={query}
          onChange={({ target }) => setQuery(target.value)}
        />
        <label className="check">
          <input type="checkbox" checked={onlyChanged} onChange={({ target }) => setOnlyChanged(target.checked)} />
          <span>{words.onlyChanged}</span>
        </label>
        <ConfirmButton
          question={words.resetAllQuestion(changed.length)}
          isDisabled={changed.length === 0}
          onConfirmed={() => void resetAll()}
        >
          {words.resetAll}
        </ConfirmButton>
      </div>
      <ProblemNotice problems={problems} />
      {groups.length === 0 && <p className="nothing">{words.none}</p>}
      {groups.map(({ title, rows }) => (
        <section key={title?.en ?? ""} className="setting-group">
          <h3>{title?.[language] ?? words.limits}</h3>
          <ul className="sheet">
            {rows.map((row) => (
              <SettingRowView
                key={row.name}
                row={row}
                onChange={(value) => put(settingsBody([{ row, value }]), words.saved(row.name))}
              />
            ))}
          </ul>
        </section>
      ))}
    </>
  )
}
