import { useEffect, useId, useRef, useState, type JSX } from "react"
import type { BodyProps } from "../body-props.ts"
import { PressButton } from "../form/press-button.tsx"
import { Dots } from "../icons/icons.tsx"
import { listOf, textOf } from "../loose.ts"
import { useWords } from "../surroundings.ts"

/** `action_menu`. Open, it is closed by a choice, by Escape, and by whatever happens elsewhere. */
export function ActionMenu({ fields: menu }: BodyProps): JSX.Element {
  const words = useWords()
  const id = useId()
  const place = useRef<HTMLDivElement>(null)
  const opener = useRef<HTMLButtonElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const [isOpen, setOpen] = useState(false)

  useEffect(() => {
    if (!isOpen) return undefined
    // Below the newest card of a conversation there is no room for it.
    list.current?.scrollIntoView({ block: "nearest" })
    const closeFromOutside = ({ target }: Event): void => {
      if (target instanceof Node && place.current?.contains(target) !== true) setOpen(false)
    }
    const closeByKey = ({ key }: KeyboardEvent): void => {
      if (key !== "Escape") return
      setOpen(false)
      opener.current?.focus()
    }
    document.addEventListener("pointerdown", closeFromOutside)
    document.addEventListener("focusin", closeFromOutside)
    document.addEventListener("keydown", closeByKey)
    return () => {
      document.removeEventListener("pointerdown", closeFromOutside)
      document.removeEventListener("focusin", closeFromOutside)
      document.removeEventListener("keydown", closeByKey)
    }
  }, [isOpen])

  const close = (): void => {
    setOpen(false)
    opener.current?.focus()
  }
  const description = textOf(menu["desc"])
  return (
    <div ref={place} className="wb-menu">
      <button
        ref={opener}
        type="button"
        className="wb-menu-opener"
        aria-label={description === "" ? words.menu : `${words.menu}: ${description}`}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        <Dots />
      </button>
      <div ref={list} id={id} className="wb-menu-list" hidden={!isOpen}>
        {description !== "" && <p className="wb-small">{description}</p>}
        {listOf(menu["action_list"]).map(({ text, key }, index) => (
          <PressButton
            key={index}
            className="wb-menu-item"
            name={textOf(key)}
            text={textOf(text)}
            isWithAnswers={false}
            onPressed={close}
          />
        ))}
      </div>
    </div>
  )
}
