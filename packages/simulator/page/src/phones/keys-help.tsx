import { useRef, type JSX } from "react"
import { useWords } from "../shell/language.ts"
import { useKey } from "../shell/use-key.ts"

/** Which keys do what; `?` opens it. */
export function KeysHelp(): JSX.Element {
  const words = useWords()
  const dialog = useRef<HTMLDialogElement>(null)
  const open = (): void => dialog.current?.showModal()
  useKey("?", open)
  return (
    <>
      <button
        type="button"
        className="icon-button keys-button"
        aria-label={words.keys}
        title={words.keys}
        onClick={open}
      >
        <span aria-hidden="true">?</span>
      </button>
      <dialog ref={dialog} className="keys" aria-label={words.keys} closedby="any">
        <h2>{words.keys}</h2>
        <dl>
          {words.keyMeanings.map(([key, meaning]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
        <form method="dialog">
          <button type="submit" className="plain-button">
            {words.close}
          </button>
        </form>
      </dialog>
    </>
  )
}
