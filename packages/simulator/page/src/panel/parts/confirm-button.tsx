import { useId, useRef, type JSX, type ReactNode } from "react"
import { usePanelWords } from "../language.ts"

export interface ConfirmButtonProps {
  readonly children: ReactNode
  readonly question: string
  readonly className?: string
  readonly isDisabled?: boolean
  readonly onConfirmed: () => void
}

/** A button that asks before it does what cannot be taken back. */
export function ConfirmButton({
  children,
  question,
  className = "",
  isDisabled = false,
  onConfirmed,
}: ConfirmButtonProps): JSX.Element {
  const words = usePanelWords()
  const dialog = useRef<HTMLDialogElement>(null)
  const questionId = useId()
  const confirm = (): void => {
    dialog.current?.close()
    onConfirmed()
  }
  return (
    <>
      <button
        type="button"
        className={`button ${className}`}
        disabled={isDisabled}
        onClick={() => dialog.current?.showModal()}
      >
        {children}
      </button>
      <dialog ref={dialog} className="question" aria-labelledby={questionId}>
        <p id={questionId}>{question}</p>
        <div className="buttons">
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            {words.no}
          </button>
          <button type="button" className="button danger filled" onClick={confirm}>
            {words.yes}
          </button>
        </div>
      </dialog>
    </>
  )
}
