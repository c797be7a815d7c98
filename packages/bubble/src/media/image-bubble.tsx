import { useState, type JSX } from "react"
import type { BodyProps } from "../body-props.ts"
import { textOf } from "../loose.ts"
import { useWords } from "../surroundings.ts"
import { Gone } from "./gone.tsx"
import { useMedium } from "./use-medium.ts"

export function ImageBubble({ fields }: BodyProps): JSX.Element {
  const words = useWords()
  const { url, name } = useMedium(textOf(fields["media_id"]))
  const [failedUrl, setFailedUrl] = useState<string>()
  if (url === undefined || url === failedUrl) return <Gone kind="image" />
  return (
    <a className="wb-image" href={url} target="_blank" rel="noopener noreferrer">
      <img src={url} alt={name ?? words.picture} loading="lazy" decoding="async" onError={() => setFailedUrl(url)} />
    </a>
  )
}
