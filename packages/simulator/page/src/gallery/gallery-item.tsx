import { Bubble, type Press } from "@wecom-push/bubble"
import { type Example, exampleMediaName } from "@wecom-push/bubble/examples"
import { useCallback, useId, useState, type JSX } from "react"
import { exampleMediaUrl } from "./example-media.ts"

interface GalleryItemProps {
  readonly example: Example
  readonly language: "zh" | "en"
}

/** One example with its name. A press here goes nowhere, so the text below says what it would send. */
export function GalleryItem({ example, language }: GalleryItemProps): JSX.Element {
  const nameId = useId()
  const [press, setPress] = useState<Press>()
  const onPress = useCallback((press: Press) => setPress(press), [])
  return (
    <li className="gallery-item" aria-labelledby={nameId}>
      <h2 id={nameId}>{example.name[language]}</h2>
      <Bubble
        message={example.message[language]}
        language={language}
        mediaUrl={exampleMediaUrl}
        mediaName={exampleMediaName}
        onPress={onPress}
        pressed={example.pressed}
        recalled={example.recalled}
      />
      <output className="gallery-press">{press !== undefined && <code>{JSON.stringify(press)}</code>}</output>
    </li>
  )
}
