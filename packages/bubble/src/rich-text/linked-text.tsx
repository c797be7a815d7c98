import { useMemo, type JSX } from "react"
import { Link } from "../link.tsx"
import { parseLinks } from "./parse-links.ts"
import { Unbroken } from "../unbroken.tsx"

/** Text as it was typed, with its links. */
export function LinkedText({ text }: { readonly text: string }): JSX.Element {
  const pieces = useMemo(() => parseLinks(text), [text])
  return (
    <>
      {pieces.map((piece, index) =>
        piece.url === undefined ? (
          <Unbroken key={index} text={piece.text} />
        ) : (
          <Link key={index} url={piece.url}>
            <bdi>{piece.text}</bdi>
          </Link>
        ),
      )}
    </>
  )
}
