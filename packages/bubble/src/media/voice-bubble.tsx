import { useCallback, useEffect, useRef, useState, type JSX } from "react"
import { classNames } from "../class-names.ts"
import type { BodyProps } from "../body-props.ts"
import { Waves } from "../icons/icons.tsx"
import { textOf } from "../loose.ts"
import { useWords } from "../surroundings.ts"
import { Gone } from "./gone.tsx"
import { useMedium } from "./use-medium.ts"

/** Played where the browser can; few can play AMR, so it can be downloaded where not. */
export function VoiceBubble({ fields }: BodyProps): JSX.Element {
  const words = useWords()
  const { url, name } = useMedium(textOf(fields["media_id"]))
  const audio = useRef<HTMLAudioElement>(null)
  const [isPlaying, setPlaying] = useState(false)
  const [seconds, setSeconds] = useState<number>()
  const [failedUrl, setFailedUrl] = useState<string>()
  const look = useCallback(
    ({ error, duration }: HTMLAudioElement): void => {
      if (error !== null) setFailedUrl(url)
      if (Number.isFinite(duration)) setSeconds(Math.max(Math.round(duration), 1))
    },
    [url],
  )
  // React drops what an element tells before it is in the document, where it may wait after it began to load.
  useEffect(() => {
    if (audio.current !== null) look(audio.current)
  }, [look])
  if (url === undefined) return <Gone kind="voice" />

  if (url === failedUrl) {
    return (
      <a className="wb-bubble wb-voice" href={url} download={name ?? ""}>
        <Waves />
        {words.voiceNotPlayable}
      </a>
    )
  }
  const toggle = (): void => {
    const { current } = audio
    if (current === null) return
    if (isPlaying) {
      current.pause()
      current.currentTime = 0
    } else current.play().catch(() => setFailedUrl(url))
  }
  return (
    <button
      type="button"
      className={classNames("wb-bubble", "wb-voice", isPlaying && "wb-playing")}
      aria-label={isPlaying ? words.stop : words.play(seconds)}
      onClick={toggle}
    >
      <Waves />
      {seconds !== undefined && <span>{seconds}″</span>}
      {/* oxlint-disable-next-line jsx-a11y/media-has-caption -- WeCom's voice messages come without any */}
      <audio
        ref={audio}
        src={url}
        preload="metadata"
        onDurationChange={({ currentTarget }) => look(currentTarget)}
        onError={({ currentTarget }) => look(currentTarget)}
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={() => setPlaying(false)}
      />
    </button>
  )
}
