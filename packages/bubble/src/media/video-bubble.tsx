import { useEffect, useRef, useState, type JSX } from "react"
import type { BodyProps } from "../body-props.ts"
import { textOf } from "../loose.ts"
import { useWords } from "../surroundings.ts"
import { Gone } from "./gone.tsx"
import { useMedium } from "./use-medium.ts"

export function VideoBubble({ fields }: BodyProps): JSX.Element {
  const title = textOf(fields["title"])
  const description = textOf(fields["description"])
  return (
    <figure className="wb-video">
      <Player mediaId={textOf(fields["media_id"])} title={title} />
      {(title !== "" || description !== "") && (
        <figcaption className="wb-caption">
          {title !== "" && <p className="wb-title">{title}</p>}
          {description !== "" && <p className="wb-quiet wb-prose">{description}</p>}
        </figcaption>
      )}
    </figure>
  )
}

function Player({ mediaId, title }: { readonly mediaId: string; readonly title: string }): JSX.Element {
  const words = useWords()
  const { url, name } = useMedium(mediaId)
  const video = useRef<HTMLVideoElement>(null)
  const [failedUrl, setFailedUrl] = useState<string>()
  // React drops what an element tells before it is in the document, where it may wait after it began to load.
  useEffect(() => {
    if (video.current?.error != null) setFailedUrl(url)
  }, [url])
  if (url === undefined) return <Gone kind="video" />
  const label = title || name || mediaId
  if (url === failedUrl) {
    return (
      <a className="wb-gone" href={url} download={name ?? ""}>
        {words.download(label)}
      </a>
    )
  }
  return (
    // oxlint-disable-next-line jsx-a11y/media-has-caption -- WeCom's videos come without any
    <video
      ref={video}
      src={url}
      aria-label={label}
      controls
      playsInline
      preload="metadata"
      onError={() => setFailedUrl(url)}
    />
  )
}
