import { useEffect, useMemo, useRef, useState, type ChangeEvent, type JSX } from "react"
import type { OrgDocument } from "../../../../src/org/types.ts"
import { ask } from "../control.ts"
import { usePanelLanguage, usePanelWords } from "../language.ts"
import { ConfirmButton } from "../parts/confirm-button.tsx"
import { PANEL_WORDS } from "../words.ts"
import { brokenPlace, placedMistakes, type Mistake } from "./find-mistakes.ts"
import { JsonEditor, type JsonEditorHandle } from "./json-editor.tsx"

interface OrgEditorProps {
  readonly org: OrgDocument
  readonly onSaved: (org: OrgDocument) => void
  readonly tell: (text: string) => void
}

// With a longer text (about 1000 members) a text field becomes slow.
const LONG_CHARACTERS = 250_000
const MISTAKES_SHOWN = 50

/** The edited text that is not saved, kept while the user is in other views of the page. */
let unsaved: string | undefined

/** The whole organisation as JSON. It is saved whole or not at all, and each mistake is shown with its place. */
export function OrgEditor({ org, onSaved, tell }: OrgEditorProps): JSX.Element {
  const words = usePanelWords().organisation
  const [draft, setDraft] = useState(unsaved)
  const [mistakes, setMistakes] = useState(NO_MISTAKES)
  const [showsLong, setShowsLong] = useState(false)
  const editor = useRef<JsonEditorHandle>(null)
  const saved = useMemo(() => JSON.stringify(org, null, 2), [org])
  const badLines = useMemo(() => mistakes.map(({ line }) => line), [mistakes])
  const text = draft ?? saved
  const isEdited = draft !== undefined && draft !== saved
  useWarningBeforeLeaving(isEdited)

  const change = (text: string | undefined): void => {
    unsaved = text
    setDraft(text)
    // Always the same empty list, so that nothing else is drawn again for it.
    setMistakes(NO_MISTAKES)
  }
  const save = async (): Promise<void> => {
    const broken = brokenPlace(text, BROKEN)
    if (broken !== undefined) return setMistakes([broken])
    const reply = await ask<OrgDocument>("PUT", "/_sim/org", text)
    if (reply.problems !== undefined) return setMistakes(placedMistakes(text, reply.problems))
    change(undefined)
    onSaved(reply.value)
    tell(words.saved)
  }
  const open = async ({ target }: ChangeEvent<HTMLInputElement>): Promise<void> => {
    const [file] = target.files ?? []
    // Clearing the value lets the user choose the same file again after changing it.
    if (file !== undefined) change(await file.text())
    target.value = ""
  }

  const isLong = text.length > LONG_CHARACTERS && !showsLong
  return (
    <>
      <div className="heading-row">
        <h3>{words.document}</h3>
        {isEdited && <span className="count kept">{words.edited}</span>}
      </div>
      <p className="hint">{words.documentHint}</p>
      {isLong ? (
        <div className="nothing sheet">
          <p>{words.tooLong(org.members.length, sizeText(text))}</p>
          <button type="button" className="button" onClick={() => setShowsLong(true)}>
            {words.showAll}
          </button>
        </div>
      ) : (
        <JsonEditor ref={editor} label={words.editor} text={text} badLines={badLines} onChange={change} />
      )}
      {mistakes.length > 0 && (
        <MistakeList mistakes={mistakes} onChosen={isLong ? undefined : ({ offset }) => editor.current?.goTo(offset)} />
      )}
      <div className="buttons">
        <button type="button" className="button filled" disabled={!isEdited} onClick={() => void save()}>
          {words.save}
        </button>
        <ConfirmButton question={words.discardQuestion} isDisabled={!isEdited} onConfirmed={() => change(undefined)}>
          {words.discard}
        </ConfirmButton>
        <span className="apart" />
        <label className="button">
          <input
            type="file"
            accept=".json,application/json"
            className="hidden-text"
            onChange={(event) => void open(event)}
          />
          {words.upload}
        </label>
        <button type="button" className="button" onClick={() => download(text)}>
          {words.download}
        </button>
      </div>
    </>
  )
}

const NO_MISTAKES: readonly Mistake[] = []
const BROKEN = { en: PANEL_WORDS.en.organisation.broken, zh: PANEL_WORDS.zh.organisation.broken }

interface MistakeListProps {
  readonly mistakes: readonly Mistake[]
  /** Undefined while the text is not shown. */
  readonly onChosen: ((mistake: Mistake) => void) | undefined
}

function MistakeList({ mistakes, onChosen }: MistakeListProps): JSX.Element {
  const words = usePanelWords().organisation
  const language = usePanelLanguage()
  return (
    <div className="mistakes" role="alert">
      <p>{words.problems(mistakes.length)}</p>
      <ul>
        {mistakes.slice(0, MISTAKES_SHOWN).map((mistake) => (
          <li key={`${mistake.offset} ${mistake.path} ${mistake.detail.en}`}>
            <button type="button" disabled={onChosen === undefined} onClick={() => onChosen?.(mistake)}>
              {words.line(mistake.line)}
            </button>
            <span>
              {mistake.path === "" ? words.whole : <code>{mistake.path}</code>} {mistake.detail[language]}
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}

function sizeText(text: string): string {
  return `${(new Blob([text]).size / 1_000_000).toFixed(1)} MB`
}

function download(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }))
  const link = document.createElement("a")
  link.href = url
  link.download = "organisation.json"
  link.click()
  URL.revokeObjectURL(url)
}

function useWarningBeforeLeaving(isNeeded: boolean): void {
  useEffect(() => {
    if (!isNeeded) return undefined
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault()
    addEventListener("beforeunload", warn)
    return () => removeEventListener("beforeunload", warn)
  }, [isNeeded])
}
