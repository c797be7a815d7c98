import { useState, type JSX } from "react"
import { copyText } from "./copy-text.ts"
import { useWords } from "./language.ts"

/** Copies a text, and says whether it did. */
export function CopyButton({ text }: { readonly text: string }): JSX.Element {
  const words = useWords()
  const [done, setDone] = useState({ text: "", label: "" })
  const copy = (): void => {
    copyText(text).then(
      () => setDone({ text, label: words.copied }),
      () => setDone({ text, label: words.copyFailed }),
    )
  }
  return (
    <button type="button" onClick={copy}>
      {done.label !== "" && done.text === text ? done.label : words.copy}
    </button>
  )
}
