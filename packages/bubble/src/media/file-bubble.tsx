import type { JSX } from "react"
import type { BodyProps } from "../body-props.ts"
import { textOf } from "../loose.ts"
import { useWords } from "../surroundings.ts"
import { fileKind } from "./file-kind.ts"
import { fileSize } from "./file-size.ts"
import { useMedium } from "./use-medium.ts"

export function FileBubble({ fields }: BodyProps): JSX.Element {
  const words = useWords()
  const { url, name = words.unnamedFile, bytes } = useMedium(textOf(fields["media_id"]))
  const { extension, kind } = fileKind(name)
  const note = url === undefined ? words.gone.file : bytes === undefined ? "" : fileSize(bytes)
  const inside = (
    <>
      <span className="wb-file-words">
        <bdi className="wb-file-name">{name}</bdi>
        <span className="wb-small">{note}</span>
      </span>
      <span className={`wb-file-icon wb-file-${kind}`} aria-hidden="true">
        {extension.slice(0, 4).toUpperCase() || "?"}
      </span>
    </>
  )
  if (url === undefined) return <div className="wb-file wb-off">{inside}</div>
  return (
    <a className="wb-file" href={url} download={name} title={words.download(name)}>
      {inside}
    </a>
  )
}
