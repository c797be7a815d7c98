import { memo, useImperativeHandle, useRef, type JSX, type Ref } from "react"
import { lineAt } from "./json-places.ts"

export interface JsonEditorHandle {
  /** Brings the place into sight and marks the rest of its line. */
  readonly goTo: (offset: number) => void
}

interface JsonEditorProps {
  readonly ref: Ref<JsonEditorHandle>
  readonly label: string
  readonly text: string
  readonly badLines: readonly number[]
  readonly onChange: (text: string) => void
}

// As the style sheet has it.
const LINE_PX = 20
const LINES_ABOVE = 4

/** A text field with the numbers of its lines. */
export function JsonEditor({ ref, label, text, badLines, onChange }: JsonEditorProps): JSX.Element {
  const field = useRef<HTMLTextAreaElement>(null)
  const numbers = useRef<HTMLDivElement>(null)
  useImperativeHandle(ref, () => ({
    goTo(offset) {
      const { current } = field
      if (current === null) return
      const lineEnd = text.indexOf("\n", offset)
      current.focus()
      current.setSelectionRange(offset, lineEnd < 0 ? text.length : lineEnd)
      current.scrollTop = Math.max(lineAt(text, offset) - 1 - LINES_ABOVE, 0) * LINE_PX
      current.scrollLeft = 0
    },
  }))
  return (
    <div className="json-editor sheet">
      <div ref={numbers} className="line-numbers" aria-hidden="true">
        <LineNumbers count={lineAt(text, text.length)} badLines={badLines} />
      </div>
      <textarea
        ref={field}
        aria-label={label}
        aria-invalid={badLines.length > 0}
        wrap="off"
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        value={text}
        onChange={({ target }) => onChange(target.value)}
        onScroll={({ currentTarget }) => {
          if (numbers.current !== null) numbers.current.scrollTop = currentTarget.scrollTop
        }}
      />
    </div>
  )
}

/** Drawn anew only when their number changes, or what is bad: not by every letter. */
const LineNumbers = memo(function LineNumbers({
  count,
  badLines,
}: {
  readonly count: number
  readonly badLines: readonly number[]
}): JSX.Element {
  const bad = new Set(badLines)
  return (
    <>
      {Array.from({ length: count }, (_, index) => (
        <span key={index} className={bad.has(index + 1) ? "bad" : undefined}>
          {index + 1}
        </span>
      ))}
    </>
  )
})
