import { Fragment, type JSX } from "react"

/**
 * Text in which no date and no telephone number is broken over two lines at a hyphen, as some browsers do. One that is longer
 * than any line may be broken.
 */
export function Unbroken({ text }: { readonly text: string }): JSX.Element {
  const pieces = text.split(/(?<![\d-])(\d[\d-]{3,22}\d)(?![\d-])/)
  return (
    <>
      {pieces.map((piece, index) => {
        // Each second one is a number.
        const isBroken = index % 2 === 1 && piece.includes("-")
        return isBroken ? (
          <span key={index} className="wb-unbroken">
            {piece}
          </span>
        ) : (
          <Fragment key={index}>{piece}</Fragment>
        )
      })}
    </>
  )
}
