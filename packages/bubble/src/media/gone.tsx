import type { JSX } from "react"
import { BrokenPicture } from "../icons/icons.tsx"
import { useWords } from "../surroundings.ts"

/** Replaces a file that WeCom no longer has: a `media_id` is valid for three days. */
export function Gone({ kind }: { readonly kind: "image" | "voice" | "video" }): JSX.Element {
  const words = useWords()
  return (
    <p className="wb-gone">
      <BrokenPicture />
      {words.gone[kind]}
    </p>
  )
}
