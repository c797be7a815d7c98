import { useEffect, useRef, useState, type JSX } from "react"
import { useWords } from "../shell/language.ts"

interface TextSearchProps {
  readonly text: string
  readonly onText: (text: string) => void
  readonly onClose: () => void
}

/** The simulator searches all that it keeps, so it is asked once one pauses. */
const PAUSE_MS = 200

/** Looks for a text in the messages of a phone. Escape ends it. */
export function TextSearch({ text, onText, onClose }: TextSearchProps): JSX.Element {
  const words = useWords()
  const [typed, setTyped] = useState(text)
  const input = useRef<HTMLInputElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const onTyped = (value: string): void => {
    setTyped(value)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => onText(value), PAUSE_MS)
  }
  useEffect(() => () => clearTimeout(timer.current), [])
  useEffect(() => input.current?.focus(), [])
  return (
    <div className="text-search">
      <input
        ref={input}
        type="search"
        autoComplete="off"
        spellCheck={false}
        aria-label={words.searchTexts}
        placeholder={words.searchTexts}
        value={typed}
        onChange={({ target }) => onTyped(target.value)}
        onKeyDown={({ key }) => {
          if (key === "Escape") onClose()
        }}
      />
      <button type="button" className="icon-button" aria-label={words.close} onClick={onClose}>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="m4 4 8 8M12 4l-8 8" />
        </svg>
      </button>
    </div>
  )
}
