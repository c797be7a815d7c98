import type { JSX } from "react"
import { classNames } from "../class-names.ts"
import type { BodyProps } from "../body-props.ts"
import { Link } from "../link.tsx"
import { type Fields, fieldsOf, listOf, numberOf, textOf } from "../loose.ts"
import { useWords } from "../surroundings.ts"
import { PressButton } from "./press-button.tsx"

/** `button_list`: up to six, each with a callback or an address. */
export function ButtonList({ fields: card }: BodyProps): JSX.Element | undefined {
  const buttons = listOf(card["button_list"])
  const replaced = textOf(card["replace_text"])
  if (replaced !== "") return <DeadButton text={replaced} />
  if (buttons.length === 0) return undefined
  return (
    <div className={classNames("wb-buttons", buttons.length > 2 && "wb-buttons-many")}>
      {buttons.map((button, index) => (
        <CardButton key={index} button={button} />
      ))}
    </div>
  )
}

function CardButton({ button }: { readonly button: Fields }): JSX.Element {
  const { type, text, style, key, url } = button
  const className = `wb-button wb-button-${styleOf(style)}`
  if (numberOf(type) !== 1) return <PressButton className={className} name={textOf(key)} text={textOf(text)} />
  return (
    <Link className={className} url={textOf(url)}>
      {textOf(text)}
    </Link>
  )
}

/** `submit_button`; a card that replaced another may have none. */
export function SubmitButton({ fields: card }: BodyProps): JSX.Element | undefined {
  const words = useWords()
  const replaced = textOf(card["replace_text"])
  if (replaced !== "") return <DeadButton text={replaced} />
  if (card["submit_button"] === undefined) return undefined
  const { text, key } = fieldsOf(card["submit_button"])
  return (
    <div className="wb-buttons">
      <PressButton className="wb-button wb-button-1" name={textOf(key)} text={textOf(text) || words.submit} />
    </div>
  )
}

const DeadButton = ({ text }: { readonly text: string }): JSX.Element => (
  <div className="wb-buttons">
    <button type="button" className="wb-button wb-dead" disabled>
      {text}
    </button>
  </div>
)

function styleOf(style: unknown): number {
  const number = numberOf(style) ?? 1
  return [1, 2, 3, 4].includes(number) ? number : 1
}
