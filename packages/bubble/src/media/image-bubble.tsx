import { useState, type JSX } from "react"
import type { BodyProps } from "../body-props.ts"
import { textOf } from "../loose.ts"
import { useWords } from "../surroundings.ts"
import { Gone } from "./gone.tsx"
import { useMedium } from "./use-medium.ts"

/** A group robot's picture is in the message itself. */
function inlineUrl(base64: string): string | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined
  return `data:image/${base64.startsWith("/9j/") ? "jpeg" : "png"};base64,${base64}`
}

export function ImageBubble({ fields }: BodyProps): JSX.Element {
  const words = useWords()
  const { url: uploaded, name } = useMedium(textOf(fields["media_id"]))
  const url = inlineUrl(textOf(fields["base64"])) ?? uploaded
  const [failedUrl, setFailedUrl] = useState<string>()
  if (url === undefined || url === failedUrl) return <Gone kind="image" />
  return (
    <a className="wb-image" href={url} target="_blank" rel="noopener noreferrer">
      <img src={url} alt={name ?? words.picture} loading="lazy" decoding="async" onError={() => setFailedUrl(url)} />
    </a>
  )
}
