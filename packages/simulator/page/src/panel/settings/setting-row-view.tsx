import { useId, useState, type JSX, type KeyboardEvent } from "react"
import { problemAt, type Problem } from "../control.ts"
import { asNumber } from "../faults/fault-fields.ts"
import { usePanelLanguage, usePanelWords } from "../language.ts"
import { isChanged, pathOf, valueText, type SettingRow, type SettingValue } from "./setting-values.ts"

interface SettingRowProps {
  readonly row: SettingRow
  /** Resolves to the problems that the simulator finds. */
  readonly onChange: (value: SettingValue) => Promise<readonly Problem[]>
}

/** One setting: its description, its value, and its default. */
export function SettingRowView({ row, onChange }: SettingRowProps): JSX.Element {
  const words = usePanelWords().settings
  const language = usePanelLanguage()
  const id = useId()
  const [problems, setProblems] = useState<readonly Problem[]>([])
  const [resets, setResets] = useState(0)
  const change = async (value: SettingValue): Promise<void> => setProblems(await onChange(value))
  const reset = (): void => {
    setResets(resets + 1)
    void change(row.default)
    // The reset button disappears, so the focus is moved.
    document.getElementById(id)?.focus()
  }
  const problem = problemAt(problems, pathOf(row), language) ?? problemAt(problems, "", language)
  const wasChanged = isChanged(row)
  return (
    <li className={wasChanged ? "setting is-changed" : "setting"}>
      <div className="setting-about">
        <label htmlFor={id}>
          <code>{row.name}</code>
        </label>
        <p id={`${id}-about`}>{row.spec.about[language]}</p>
      </div>
      <div className="setting-value">
        <Control
          row={row}
          resets={resets}
          id={id}
          describedBy={`${id}-about ${id}-note`}
          isBad={problem !== undefined}
          onChange={(value) => void change(value)}
        />
        <div id={`${id}-note`} className="setting-note">
          {problem !== undefined && <p className="problem">{problem}</p>}
          <span className="hint">
            {wasChanged ? words.default(valueText(row, row.default, language, words)) : words.isDefault}
          </span>
        </div>
        {(wasChanged || problem !== undefined) && (
          <button
            type="button"
            className="small-button"
            aria-label={words.reset(row.name)}
            title={words.reset(row.name)}
            onClick={reset}
          >
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d="M3.5 8a4.5 4.5 0 1 0 1.6-3.4M3.5 2.8v2.6h2.6" />
            </svg>
          </button>
        )}
      </div>
    </li>
  )
}

interface ControlProps {
  readonly row: SettingRow
  /** How often the setting was reset: a reset also clears a refused text. */
  readonly resets: number
  readonly id: string
  readonly describedBy: string
  readonly isBad: boolean
  readonly onChange: (value: SettingValue) => void
}

function Control({ row, resets, id, describedBy, isBad, onChange }: ControlProps): JSX.Element {
  const { settings: words } = usePanelWords()
  const language = usePanelLanguage()
  const { spec, value } = row
  switch (spec.kind) {
    case "switch":
      return (
        <span className="switch-line">
          <input
            id={id}
            type="checkbox"
            role="switch"
            aria-checked={value === true}
            className="switch"
            aria-describedby={describedBy}
            checked={value === true}
            onChange={({ target }) => onChange(target.checked)}
          />
          <span aria-hidden="true">{value === true ? words.on : words.off}</span>
        </span>
      )
    case "choice":
      return (
        <select
          id={id}
          aria-describedby={describedBy}
          value={String(value)}
          onChange={({ target }) => onChange(spec.options[target.selectedIndex]?.value ?? value)}
        >
          {spec.options.map((option) => (
            <option key={option.value} value={String(option.value)}>
              {`${option.value} · ${option.means[language]}`}
            </option>
          ))}
        </select>
      )
    case "number":
    case "numberOrNull":
      break
  }
  return (
    <NumberControl
      row={row}
      resets={resets}
      id={id}
      describedBy={describedBy}
      isBad={isBad}
      onChange={onChange}
      none={spec.kind === "numberOrNull" ? spec.none[language] : undefined}
      unit={spec.kind === "number" ? spec.unit?.[language] : undefined}
    />
  )
}

interface NumberControlProps extends ControlProps {
  /** The text that an empty field shows, when it may be empty. */
  readonly none: string | undefined
  readonly unit: string | undefined
}

/** Saves on Enter, or when the focus leaves the field. */
function NumberControl({ row, resets, id, describedBy, isBad, onChange, none, unit }: NumberControlProps): JSX.Element {
  const words = usePanelWords().settings
  const held = row.value === null ? "" : String(row.value)
  const [typed, setTyped] = useState({ held, resets, text: held, tried: held })
  // The simulator has another value now, so the typed text no longer counts.
  if (typed.held !== held || typed.resets !== resets) setTyped({ held, resets, text: held, tried: held })
  const { text, tried } = typed
  const save = (): void => {
    const wanted = text.trim()
    if (wanted === tried) return
    setTyped({ ...typed, tried: wanted })
    // A text that is not a number is sent unchanged, and the simulator reports it.
    onChange(wanted === "" && none !== undefined ? null : asNumber(wanted))
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter") save()
    if (event.key === "Escape") setTyped({ ...typed, text: held })
  }
  return (
    <span className="number-line">
      <input
        id={id}
        inputMode="numeric"
        autoComplete="off"
        aria-describedby={describedBy}
        aria-invalid={isBad}
        title={none === undefined ? undefined : words.emptyMeans(none)}
        placeholder={none}
        value={text}
        onChange={({ target }) => setTyped({ ...typed, text: target.value })}
        onBlur={save}
        onKeyDown={onKeyDown}
      />
      {unit !== undefined && <span className="hint">{unit}</span>}
    </span>
  )
}
